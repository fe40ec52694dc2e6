"""Schedule: picks bank, product, value date and window. What it decides is rows, never memory."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gateway.domain.account import OwnAccount
from gateway.domain.cutoff import OnLate, Window, next_window
from gateway.domain.errors import Misconfigured
from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.domain.ports import UnitOfWork
from gateway.domain.routing import Route, Routes, choose

LATE_DAYS_MAX = 30
"""Longer than any run of closed days."""
_KINDS = ("debtor_account", "service_level", "local_instrument", "currency", "requested_date")


def schedule(work: UnitOfWork, batch_id: str, *, routes: Routes, accounts: Mapping[str, OwnAccount]) -> None:
    """Gives every approved payment of a batch its way and its window, one statement a kind of payment."""
    for kind in work.payments.groups(Selection(batch_id=batch_id), State.APPROVED, *_KINDS):
        account = accounts.get(kind["debtor_account"])
        route = choose(
            routes.get(account.bank, ()) if account is not None else (),
            service_level=kind["service_level"], local_instrument=kind["local_instrument"], currency=kind["currency"],
        )  # fmt: skip
        if route is None:
            raise Misconfigured(
                f"The bank of {kind['debtor_account']} no longer has a product for approved payments of {batch_id}.",
                code="schedule.no_product",
            )
        _give_window(work, Selection(batch_id=batch_id, exactly=frozenset(_KINDS), **_values(kind)), route, kind)


def roll(work: UnitOfWork, batch_id: str, *, routes: Routes) -> None:
    """Scheduled payments whose window closed before their file was built: the next window, or the end."""
    columns = ("bank", "product", "window_id", "requested_date")
    for kind in work.payments.groups(Selection(batch_id=batch_id), State.SCHEDULED, *columns):
        window = work.windows.get(kind["window_id"])
        if window is None or work.at <= window.release_by:
            continue
        route = next(one for one in routes[kind["bank"]] if one.product == kind["product"])
        where = Selection(batch_id=batch_id, window_id=window.id, requested_date=kind["requested_date"])
        if route.cutoff.on_late is not OnLate.ROLL:
            work.payments.move(
                where, State.SCHEDULED, State.EXPIRED, step="schedule",
                reason=f"the window that closed at {window.closes_at:%Y-%m-%d %H:%M} UTC was missed",
            )  # fmt: skip
            continue
        following = work.windows.ensure(next_window(route.cutoff, route.calendar, window.value_date, work.at))
        work.payments.assign(where, State.SCHEDULED, window_id=following.id, value_date=following.value_date)
        work.note(
            action="payment.rolled", subject=batch_id,
            data={"from": window.id, "to": following.id, "count": kind["count"]},
        )  # fmt: skip


def _give_window(work: UnitOfWork, where: Selection, route: Route, kind: Mapping[str, Any]) -> None:
    # a date of years ago is late like one of last week, and no calendar reaches back for ever
    long_ago = work.at.date() - timedelta(days=LATE_DAYS_MAX)
    wanted = route.calendar.on_or_after(max(kind["requested_date"], long_ago))
    window = work.windows.ensure(next_window(route.cutoff, route.calendar, kind["requested_date"], work.at))
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


def _values(kind: Mapping[str, Any]) -> dict[str, Any]:
    return {name: kind[name] for name in _KINDS}
