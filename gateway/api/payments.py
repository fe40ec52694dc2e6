"""``/v1/payments``: where each payment stands and what happened to it."""

from typing import Annotated

from fastapi import APIRouter, Query

from gateway.api.auth import Seer, TheHub
from gateway.api.looking import note_listing, note_view
from gateway.api.paging import LIMIT_DEFAULT, After, Limit, Listing, listing
from gateway.domain.lifecycle import State
from gateway.persistence import queries
from gateway.persistence.queries import Moment, PaymentDetail, PaymentLine

router = APIRouter(tags=["payments"])


@router.get("/payments")
def list_payments(
    hub: TheHub, caller: Seer, after: After = None, limit: Limit = LIMIT_DEFAULT, state: State | None = None,
    held: bool | None = None, batch_id: Annotated[str | None, Query(max_length=40)] = None,
    file_id: Annotated[str | None, Query(max_length=40)] = None,
    end_to_end_id: Annotated[str | None, Query(max_length=140)] = None,
) -> Listing[PaymentLine]:  # fmt: skip
    """Payments in the order they came in."""
    query = {
        "after": after, "state": state, "held": held, "batch_id": batch_id, "file_id": file_id,
        "end_to_end_id": end_to_end_id,
    }  # fmt: skip
    with hub.reading() as connection:
        found = queries.list_payments(
            connection, caller.scope, after=after, limit=limit, state=state, held=held, batch_id=batch_id,
            file_id=file_id, end_to_end_id=end_to_end_id,
        )  # fmt: skip
    if caller.is_person:
        note_listing(hub, caller.id, "payments", len(found.items), subject=batch_id or file_id, query=query)
    return listing(found)


@router.get("/batches/{batch_id}/payments", tags=["batches"])
def payments_of_batch(
    hub: TheHub, caller: Seer, batch_id: str, after: After = None, limit: Limit = LIMIT_DEFAULT,
    state: State | None = None, held: bool | None = None,
) -> Listing[PaymentLine]:  # fmt: skip
    """The payments of one batch, in the order of the message they came in."""
    with hub.reading() as connection:
        queries.get_batch(connection, caller.scope, batch_id)
        found = queries.list_payments(
            connection, caller.scope, batch_id=batch_id, after=after, limit=limit, state=state, held=held
        )
    if caller.is_person:
        query = {"after": after, "state": state, "held": held}
        note_listing(hub, caller.id, "payments", len(found.items), subject=batch_id, query=query)
    return listing(found)


@router.get("/payments/{payment_id}")
def get_payment(hub: TheHub, caller: Seer, payment_id: str) -> PaymentDetail:
    """One payment, with the ERP's own keys and its findings."""
    with hub.reading() as connection:
        found = queries.get_payment(connection, caller.scope, payment_id)
    if caller.is_person:
        note_view(hub, caller.id, "payment", payment_id)
    return found


@router.get("/payments/{payment_id}/timeline")
def timeline(hub: TheHub, caller: Seer, payment_id: str) -> list[Moment]:
    """Everything that happened to a payment, oldest first."""
    with hub.reading() as connection:
        return queries.timeline(connection, caller.scope, payment_id)
