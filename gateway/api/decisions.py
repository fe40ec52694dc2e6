"""What people decide about batches beside signing them: another day."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from gateway.api.auth import Caller, TheHub, needs
from gateway.api.signing import StandingView, view
from gateway.domain.roles import Verb
from gateway.persistence import queries
from gateway.steps import approve, schedule

router = APIRouter(tags=["decisions"])
Renewer = Annotated[Caller, Depends(needs(Verb.BATCH_RENEW, person=True))]


class RenewalRequest(BaseModel):
    """The day on which what missed its cut-off is wanted instead, and why."""

    requested_date: date
    reason: Annotated[str, Field(min_length=3, max_length=500)]


@router.post("/batches/{batch_id}/renewal")
def post_renewal(hub: TheHub, caller: Renewer, batch_id: str, body: RenewalRequest) -> StandingView:
    """Asks for a new day for what missed its cut-off; it then waits for approval like new."""
    with hub.unit_of_work(actor=caller.id) as work:
        batch = queries.get_batch(work.connection, caller.scope, batch_id)
        caller.check(Verb.BATCH_RENEW, batch.entity)
        schedule.renew(
            work, batch_id, requested=body.requested_date, person_id=caller.counts_as, reason=body.reason,
            duplicate_days=hub.settings.duplicate_days,
        )  # fmt: skip
        standing = approve.standing(work, batch_id, hub.policy)
        work.commit()
    return view(standing, hub.policy)
