"""``/v1/recalls``: payments that banks are asked to give back. One person asks, another one confirms."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from gateway import recalls
from gateway.api import second_factor
from gateway.api.auth import Caller, Seer, TheHub, needs
from gateway.api.looking import note_listing, note_view
from gateway.api.paging import LIMIT_DEFAULT, After, Limit, Listing, listing
from gateway.api.signing import Code
from gateway.domain.recall import TEXT_LENGTH_MAX, RecallState
from gateway.domain.roles import Verb
from gateway.persistence import queries
from gateway.persistence.queries import RecallLine
from gateway.recalling import ask
from gateway.wiring import Hub

router = APIRouter(tags=["recalls"])
Asker = Annotated[Caller, Depends(needs(Verb.RECALL_ASK, person=True))]
Confirmer = Annotated[Caller, Depends(needs(Verb.RECALL_CONFIRM, person=True))]
CREATED = 201
Text = Annotated[str, Field(min_length=3, max_length=TEXT_LENGTH_MAX)]


class RecallRequest(BaseModel):
    """Why the payment is asked back: a code of ISO's list (DUPL, TECH, FRAD, CUST, AM09 …), and words for the bank."""

    code: Annotated[str, Field(pattern="^[A-Z0-9]{4}$")]
    reason: Text


class Withdrawal(BaseModel):
    """Why a recall is taken back."""

    reason: Text


@router.post("/payments/{payment_id}/recall", status_code=CREATED, tags=["payments"])
def post_recall(hub: TheHub, caller: Asker, payment_id: str, body: RecallRequest) -> RecallLine:
    """Asks the bank to give a payment back that it holds; another person must confirm before anything is sent."""
    return asked(hub, caller, payment_id, body.code, body.reason)


@router.get("/recalls")
def list_recalls(
    hub: TheHub, caller: Seer, after: After = None, limit: Limit = LIMIT_DEFAULT, state: RecallState | None = None,
    payment_id: Annotated[str | None, Query(max_length=40)] = None,
    bank: Annotated[str | None, Query(max_length=40)] = None, overdue: bool | None = None,
) -> Listing[RecallLine]:  # fmt: skip
    """Recalls, newest first; ``overdue`` ones have a bank that does not answer."""
    with hub.reading() as connection:
        found = queries.list_recalls(
            connection,
            caller.scope,
            after=after,
            limit=limit,
            state=state,
            payment_id=payment_id,
            bank=bank,
            overdue=overdue,
        )
    if caller.is_person:
        query = {"after": after, "state": state, "payment_id": payment_id, "bank": bank, "overdue": overdue}
        note_listing(hub, caller.id, "recalls", len(found.items), subject=payment_id, query=query)
    return listing(found)


@router.get("/recalls/{recall_id}")
def get_recall(hub: TheHub, caller: Seer, recall_id: str) -> RecallLine:
    """One recall."""
    with hub.reading() as connection:
        found = queries.get_recall(connection, caller.scope, recall_id)
    if caller.is_person:
        note_view(hub, caller.id, "payment", found.payment_id)
    return found


@router.post("/recalls/{recall_id}/confirmation")
def post_confirmation(hub: TheHub, caller: Confirmer, recall_id: str, x_second_factor: Code = None) -> RecallLine:
    """Another person agrees; the recall leaves as soon as the bank can be reached."""
    return confirmed(hub, caller, recall_id, x_second_factor)


@router.post("/recalls/{recall_id}/withdrawal")
def post_withdrawal(hub: TheHub, caller: Asker, recall_id: str, body: Withdrawal) -> RecallLine:
    """Takes a recall back that the bank does not have, or says of one that is unclear that the bank has nothing."""
    with hub.unit_of_work(actor=caller.id) as work:
        found = queries.get_recall(work.connection, caller.scope, recall_id)
        caller.check(Verb.RECALL_ASK, found.entity)
        ask.take_back(work, recall_id, reason=body.reason)
        line = queries.get_recall(work.connection, caller.scope, recall_id)
        work.commit()
    return line


def asked(hub: Hub, caller: Caller, payment_id: str, code: str, reason: str) -> RecallLine:
    """A person asks for a recall."""
    with hub.unit_of_work(actor=caller.id) as work:
        caller.check(Verb.RECALL_ASK, queries.get_payment(work.connection, caller.scope, payment_id).entity)
        wish = ask.Wish(
            payment_id=payment_id, reason_code=code, reason=reason, person_id=caller.counts_as, person_name=caller.name
        )
        recall = ask.ask(work, wish, recalls.banks(hub))
        line = queries.get_recall(work.connection, caller.scope, recall.id)
        work.commit()
    return line


def confirmed(hub: Hub, caller: Caller, recall_id: str, code: str | None) -> RecallLine:
    """Another person confirms it, with their second factor where they have one."""
    with hub.reading() as connection:
        caller.check(Verb.RECALL_CONFIRM, queries.get_recall(connection, caller.scope, recall_id).entity)
    second_factor.prove(hub, caller.id, code)
    with hub.unit_of_work(actor=caller.id) as work:
        ask.confirm(work, recall_id, person_id=caller.counts_as, person_name=caller.name, banks=recalls.banks(hub))
        line = queries.get_recall(work.connection, caller.scope, recall_id)
        work.commit()
    return line
