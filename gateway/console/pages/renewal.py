"""A new day for what missed its cut-off: which value dates come of it is shown before anybody asks for it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api.auth import TheHub
from gateway.console.pages.decisions import reason_of
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, Form, TheVisitor, Visitor
from gateway.console.standing import window_of
from gateway.domain.cutoff import OnLate, Window
from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.lifecycle import State
from gateway.domain.roles import Verb
from gateway.domain.routing import route_of, wanted_date
from gateway.persistence import queries
from gateway.persistence.queries import WaitingKind
from gateway.steps import schedule
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303
DAYS_TRIED = 14
"""How far ahead the page looks for a first day to offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Payments that leave together, and through which window if they were approved now; None: there is no way.

    ``too_late`` says that the policy of the product is not to send them on a later day than the one asked for.
    """

    kind: WaitingKind
    window: Window | None
    too_late: bool = False


@router.get("/batches/{batch_id}/renewal")
def show_renewal(request: Request, hub: TheHub, visitor: TheVisitor, batch_id: str, on: str = "") -> Response:
    """The day to choose, and what comes of it."""
    errors: dict[str, str] = {}
    return _show(request, hub, visitor, batch_id, _day(hub, on, errors) if on else None, errors)


@router.post("/batches/{batch_id}/renewal")
def post_renewal(request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, batch_id: str) -> Response:
    """Asks for the day, unless the value dates are others by now than those that were shown."""
    with hub.reading() as connection:
        batch = queries.get_batch(connection, visitor.scope, batch_id)
    visitor.check(Verb.BATCH_RENEW, batch.entity)
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=True)
    day = _day(hub, form.get("on", ""), errors)
    if not errors:
        try:
            _renew(hub, visitor, batch_id, day, form, reason)
        except (Conflict, Forbidden, Unacceptable) as err:
            errors["page"] = err.message
    if errors:
        return _show(request, hub, visitor, batch_id, day, errors, reason=reason, status=422)
    return RedirectResponse(f"{PATH}/batches/{batch_id}?did=renew", SEE_OTHER)


def _renew(hub: Hub, visitor: Visitor, batch_id: str, day: date, form: Form, reason: str) -> None:
    if form.get("shown", "") != _shown(_ways(hub, _missed(hub, batch_id), day)):
        raise Conflict(
            "A cut-off passed, or payments changed, since you opened this page. Look at the new value dates below.",
            code="renewal.other_dates",
        )
    with hub.unit_of_work(actor=visitor.person.id) as work:
        schedule.renew(
            work, batch_id, requested=day, person_id=visitor.person.counts_as, reason=reason,
            duplicate_days=hub.settings.duplicate_days,
        )  # fmt: skip
        work.commit()


def _day(hub: Hub, typed: str, errors: dict[str, str]) -> date:
    """The day that was typed; where it is none, today, and a note of what is wrong."""
    today = hub.clock.now().date()
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        errors["on"] = "Write the day like 2026-12-31."
        return today
    if day < today:
        errors["on"] = "This day is over; choose today or a later one."
        return today
    return day


def _missed(hub: Hub, batch_id: str) -> list[WaitingKind]:
    with hub.reading() as connection:
        return queries.waiting_kinds(connection, batch_id=batch_id, state=State.EXPIRED)


def _ways(hub: Hub, missed: list[WaitingKind], day: date) -> list[Way]:
    at = hub.clock.now()
    return [_way(hub, replace(kind, requested_date=day), at) for kind in missed]


def _first_day(hub: Hub, missed: list[WaitingKind]) -> date:
    """The first day on which everything that was missed can leave; today where there is none soon."""
    today = hub.clock.now().date()
    days = (today + timedelta(days=ahead) for ahead in range(DAYS_TRIED))
    return next((day for day in days if all(one.window for one in _ways(hub, missed, day))), today)


def _way(hub: Hub, kind: WaitingKind, at: datetime) -> Way:
    window, route = window_of(hub, kind, at), route_of(kind, hub.routes, hub.accounts)
    if window is None or route is None:
        return Way(kind=kind, window=None)
    late = window.value_date > wanted_date(kind, route, at) and route.cutoff.on_late is not OnLate.ROLL
    return Way(kind=kind, window=None if late else window, too_late=late)


def _shown(ways: list[Way]) -> str:
    """What the reader saw of the ways, so that another outcome is noticed when the form comes back."""
    return " ".join(
        f"{one.kind.debtor_account}/{one.kind.currency}/{one.kind.count}/{one.window.id if one.window else 'none'}"
        for one in sorted(ways, key=lambda one: repr(one.kind))
    )


def _show(
    request: Request, hub: Hub, visitor: Visitor, batch_id: str, chosen: date | None, errors: dict[str, str], *,
    reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        batch = queries.get_batch(connection, visitor.scope, batch_id)
    missed = _missed(hub, batch_id)
    day = chosen or _first_day(hub, missed)
    ways = _ways(hub, missed, day)
    may = visitor.may(Verb.BATCH_RENEW, batch.entity)
    return page(
        "renewal", request, hub, visitor, status=status, section="batches", batch=batch, day=day, ways=ways,
        shown=_shown(ways), errors=errors, reason=reason, count=sum(one.kind.count for one in ways),
        kinds=[one.kind for one in ways], nowhere=sum(one.kind.count for one in ways if one.window is None),
        later=any(one.window is not None and one.window.value_date > day for one in ways),
        why_not=None if may else f"Only a maker or an approver for {batch.entity} asks for another day.",
    )  # fmt: skip
