"""Schedule: picks bank, product, value date and window. What it decides is rows, never memory."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta

from formats import canonical
from gateway.domain.account import OwnAccount
from gateway.domain.content import Content
from gateway.domain.cutoff import OnLate, Window, next_window
from gateway.domain.errors import Conflict, Misconfigured, Unacceptable
from gateway.domain.hold import OWNER
from gateway.domain.lifecycle import State
from gateway.domain.payment import Payment, Selection
from gateway.domain.ports import UnitOfWork
from gateway.domain.routing import Route, Routes, product_of, route_of, wanted_date, window_at

_KINDS = ("debtor_account", "service_level", "local_instrument", "category_purpose", "currency", "requested_date")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Payments of one batch that leave together."""

    debtor_account: str
    service_level: str | None
    local_instrument: str | None
    category_purpose: str | None
    currency: str
    requested_date: date


def schedule(work: UnitOfWork, batch_id: str, *, routes: Routes, accounts: Mapping[str, OwnAccount]) -> None:
    """Gives every approved payment of a batch its way and its window, one statement a kind of payment. Those that have
    no way stay where they are: see :func:`demand_ways`.
    """
    for group in work.payments.groups(Selection(batch_id=batch_id), State.APPROVED, *_KINDS):
        kind = _Kind(**{name: group[name] for name in _KINDS})
        route = route_of(kind, routes, accounts)
        if route is not None:
            _give_window(work, Selection(batch_id=batch_id, exactly=frozenset(_KINDS), **asdict(kind)), route, kind)


def roll(work: UnitOfWork, batch_id: str, *, routes: Routes) -> None:
    """Scheduled payments whose window closed before their file was built: the next window, or the end. Those whose
    product is gone stay: nobody knows what is to become of them.
    """
    columns = ("bank", "product", "window_id", "requested_date")
    for kind in work.payments.groups(Selection(batch_id=batch_id), State.SCHEDULED, *columns):
        window = work.windows.get(kind["window_id"])
        if window is None or work.at <= window.release_by:
            continue
        route = product_of(kind["bank"], kind["product"], routes)
        if route is None:
            continue
        where = Selection(batch_id=batch_id, window_id=window.id, requested_date=kind["requested_date"])
        if route.cutoff.on_late is not OnLate.ROLL:
            work.payments.move(
                where, State.SCHEDULED, State.EXPIRED, step="schedule",
                reason=f"the window that closed at {window.closes_at:%Y-%m-%d %H:%M} UTC was missed",
            )  # fmt: skip
            continue
        following = work.windows.ensure(next_window(route.cutoff, route.calendar, window.value_date, work.at))
        work.payments.assign(where, State.SCHEDULED, window_id=following.id, value_date=following.value_date)
        work.alert(
            "payhub.batch.rolled.v1", subject_kind="batch", subject=batch_id,
            client_id=work.batches.get(batch_id).client_id,
            data={"from": window.id, "to": following.id, "count": kind["count"],
                  "value_date": following.value_date.isoformat(), "was": window.value_date.isoformat()},
        )  # fmt: skip


def demand_ways(work: UnitOfWork, batch_id: str, *, routes: Routes, accounts: Mapping[str, OwnAccount]) -> None:
    """Raises ``Misconfigured`` where approved or scheduled payments of a batch need what was taken out of the
    configuration. The other steps leave these where they are, and go on with the rest.
    """
    waiting, missing = Selection(batch_id=batch_id), []
    for group in work.payments.groups(waiting, State.APPROVED, *_KINDS):
        kind = _Kind(**{name: group[name] for name in _KINDS})
        account = accounts.get(kind.debtor_account)
        if account is None:
            missing.append(_no_account(kind.debtor_account))
        elif route_of(kind, routes, accounts) is None:
            missing.append(f"a product for {_words_of(kind)} in banks/{account.bank}.toml")
    for group in work.payments.groups(waiting, State.SCHEDULED, "bank", "product", "debtor_account"):
        if group["debtor_account"] not in accounts:
            missing.append(_no_account(group["debtor_account"]))
        if product_of(group["bank"], group["product"], routes) is None:
            missing.append(f"the product {group['product']} in banks/{group['bank']}.toml")
    if missing:
        raise Misconfigured(
            f"Payments of batch {batch_id} cannot go on: the configuration no longer has "
            f"{', nor '.join(dict.fromkeys(missing))}. Put it back and restart the processes, or withdraw them.",
            code="schedule.no_way",
        )


def _no_account(number: str) -> str:
    return f"the account {number} in accounts.toml"


def _words_of(kind: _Kind) -> str:
    names = (kind.service_level, kind.local_instrument, kind.currency)
    return f"{' '.join(one for one in names if one)} payments from {kind.debtor_account}"


def renew(
    work: UnitOfWork, batch_id: str, *, requested: date, person_id: str, reason: str, duplicate_days: int
) -> int:  # fmt: skip
    """A person asks for a new day for what missed its cut-off; says how many payments now wait for approval anew.

    The day becomes part of the content, so that no earlier approval counts for it; and what the ERP has meanwhile sent
    again is held as a repeat.
    """
    if requested < work.at.date():
        raise Unacceptable("This day is over; ask for today or a later one.", code="renewal.past")
    work.batches.lock(batch_id)
    work.request("batch", batch_id)  # its worker is not in the middle of having more of it miss its cut-off
    missed = Selection(batch_id=batch_id)
    work.payments.keep_approved(missed, State.EXPIRED)
    fresh = (_on(one, requested) for one in work.payments.find(missed, State.EXPIRED))
    if not work.payments.rewrite(fresh, State.EXPIRED):
        raise Conflict("Nothing of this batch has missed its cut-off.", code="batch.nothing_missed")
    moved = work.payments.move(
        missed, State.EXPIRED, State.VALIDATED, step="schedule", reason=f"wanted on {requested} instead: {reason}",
        requested_date=requested, approval_digest=None, window_id=None, value_date=None,
    )  # fmt: skip
    work.payments.hold_repeats(batch_id, since=work.at - timedelta(days=duplicate_days), owner=OWNER)
    work.note(
        action="batch.renewed", subject=batch_id,
        data={"person": person_id, "requested_date": requested.isoformat(), "count": moved, "reason": reason},
    )  # fmt: skip
    return moved


def _on(one: Payment, day: date) -> tuple[str, str, str]:
    """A payment's id, and its content and digest with another day."""
    content = canonical.decode(Content, one.content)
    text = canonical.encode(replace(content, block=replace(content.block, execution_date=day)))
    return one.id, text, hashlib.sha256(text.encode()).hexdigest()


def _give_window(work: UnitOfWork, where: Selection, route: Route, kind: _Kind) -> None:
    wanted = wanted_date(kind, route, work.at)
    window = work.windows.ensure(window_at(kind, route, work.at))
    if window.value_date > wanted and route.cutoff.on_late is not OnLate.ROLL:
        work.payments.move(
            where, State.APPROVED, State.EXPIRED, step="schedule",
            reason=f"the cut-off for {wanted} had passed, and the policy is not to send it later",
        )  # fmt: skip
        return
    work.payments.move(
        where, State.APPROVED, State.SCHEDULED, step="schedule",
        reason=_words(route, window, rolled=window.value_date > wanted),
        bank=route.bank, product=route.product, value_date=window.value_date, window_id=window.id,
    )  # fmt: skip


def _words(route: Route, window: Window, *, rolled: bool) -> str:
    late = "the cut-off for the day wanted had passed; " if rolled else ""
    return (
        f"{late}{route.product} at {route.bank}, value date {window.value_date}, "
        f"to be released by {window.release_by:%Y-%m-%d %H:%M} UTC"
    )
