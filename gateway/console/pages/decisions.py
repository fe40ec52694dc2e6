"""Deciding about a batch: what will happen, to how much, what is unusual about it, who else must agree."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.console.pages.batches import gathered
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, Form, TheVisitor, Visitor
from gateway.console.standing import VERBS, Standing, standing, window_of
from gateway.domain import delegation
from gateway.domain.approval import Decision
from gateway.domain.cutoff import Window
from gateway.domain.errors import Conflict, Forbidden, NotFound
from gateway.domain.roles import check_any
from gateway.persistence import queries
from gateway.persistence.queries import BatchDetail, PaymentLine, console
from gateway.steps import approve
from gateway.stopping import withdraw
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303
REASON_LENGTH_MIN = 3
REASON_LENGTH_MAX = 500
NO_SUCH_PAGE = "There is no such page of a batch."
DECISIONS = {
    "approve": Decision.APPROVE,
    "release": Decision.RELEASE,
    "decline": Decision.DECLINE,
    "break-glass": Decision.BREAK_GLASS,
}
WITHOUT_REASON = ("approve", "release")
PROVEN = ("approve", "release", "break-glass")
"""Acts that let something go, and so ask for the second factor."""
LARGE_SHARE = 2
"""A payment that is more than one part in this many of the whole batch is worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a person should see before deciding. ``windows`` are what the payments would leave through."""

    batch: BatchDetail
    standing: Standing
    largest: list[PaymentLine]
    windows: list[Window]
    later: bool


def reason_of(form: Form, errors: dict[str, str], *, needed: bool) -> str:
    """The reason that was typed; notes in ``errors`` what is wrong with it."""
    reason = form.get("reason", "").strip()
    if len(reason) > REASON_LENGTH_MAX:
        errors["reason"] = f"Write at most {REASON_LENGTH_MAX} characters."
    elif needed and len(reason) < REASON_LENGTH_MIN:
        errors["reason"] = "Say why, in a few words; others will read it."
    return reason


@router.get("/batches/{batch_id}/{act}")
def show_decision(request: Request, hub: TheHub, visitor: TheVisitor, batch_id: str, act: str) -> Response:
    """The page before the decision."""
    return _show(request, hub, visitor, batch_id, act)


@router.post("/batches/{batch_id}/{act}")
def post_decision(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, batch_id: str, act: str
) -> Response:  # fmt: skip
    """Decides, or shows the page again with what is in the way."""
    if act not in VERBS:
        raise NotFound(NO_SUCH_PAGE)
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=act not in WITHOUT_REASON)
    if not errors:
        try:
            _decide(hub, visitor, batch_id, act, digest=form.get("digest", ""), reason=reason,
                code=form.get("code", ""),
            )  # fmt: skip
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show(request, hub, visitor, batch_id, act, errors=errors, reason=reason, status=422)
    did = "release-batch" if act == "release" else act
    return RedirectResponse(f"{PATH}/batches/{batch_id}?did={did}", SEE_OTHER)


def _decide(hub: Hub, visitor: Visitor, batch_id: str, act: str, *, digest: str, reason: str, code: str) -> None:
    person = visitor.person
    with hub.reading() as connection:
        batch = queries.get_batch(connection, visitor.scope, batch_id)
    check_any(visitor.grants, VERBS[act], batch.entity)
    if act in PROVEN:
        second_factor.prove(hub, person.id, code)
    with hub.unit_of_work(actor=person.id) as work:
        if act == "withdraw":
            withdraw.withdraw(work, batch_id=batch_id, actor=person.id, reason=reason)
        else:
            approve.decide(
                work, batch_id=batch_id, person_id=person.counts_as, person_name=person.display_name, digest=digest,
                decision=DECISIONS[act], reason=reason, policy=hub.policy,
                stands_in_for=delegation.stands_in_for(visitor.grants, batch.entity, *VERBS[act]),
            )  # fmt: skip
        work.commit()


def _show(
    request: Request, hub: Hub, visitor: Visitor, batch_id: str, act: str, *, errors: dict[str, str] | None = None,
    reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    if act not in VERBS:
        raise NotFound(NO_SUCH_PAGE)
    with hub.reading() as connection:
        look = _look(connection, hub, visitor, batch_id, act)
        built = queries.withdrawable_in_files(connection, batch_id)
    groups = [one for one in look.batch.states if one.state in withdraw.WITHDRAWABLE] + built
    shown = gathered([one for one in look.batch.findings if one.severity in ("WARN", "FIX", "HALT")])
    return page(
        "decision", request, hub, visitor, status=status, section="batches", act=act, look=look, groups=groups,
        batch=look.batch, standing=look.standing, findings=shown, unusual=_unusual(look), errors=errors or {},
        reason=reason, asks_code=act in PROVEN and second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip


def _look(connection: Connection, hub: Hub, visitor: Visitor, batch_id: str, act: str) -> Look:
    batch = queries.get_batch(connection, visitor.scope, batch_id)
    at = hub.clock.now()
    kinds = queries.waiting_kinds(connection, batch_id=batch_id)
    windows = {window.id: window for kind in kinds if (window := window_of(hub, kind, at)) is not None}
    return Look(
        batch=batch,
        standing=standing(connection, hub, batch, visitor, act),
        largest=console.largest(connection, batch_id),
        windows=sorted(windows.values(), key=lambda one: one.release_by),
        later=any(
            window.value_date > kind.requested_date
            for kind in kinds
            if (window := window_of(hub, kind, at)) is not None
        ),
    )  # fmt: skip


def _unusual(look: Look) -> list[str]:
    """What is not as every day, one sentence each."""
    said = []
    now = look.standing
    if now.held:
        said.append(f"{now.held:,} held payments of this batch are not part of this decision.")
    said += [f"{one.person_name} agreed, but {now.void[one.id]}." for one in now.lapsed]
    if now.glass:
        said.append(f"{now.glass[0].person_name} broke the glass: “{now.glass[0].reason}”. One more person lets it go.")
    if look.later:
        said.append("The day asked for cannot be reached any more; it would be paid on the next possible day.")
    for total in now.totals:
        first = next((one for one in look.largest if one.currency == total.currency), None)
        if first is not None and now.count > LARGE_SHARE and first.amount * LARGE_SHARE > total.amount:
            said.append(f"One payment, to {first.creditor_name}, is more than half of the {total.currency} total.")
    if len(now.totals) > 1:
        said.append(f"It pays in {len(now.totals)} currencies.")
    return said
