"""Which way a payment goes: the product of the bank that keeps the account it is paid from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from gateway.domain.account import OwnAccount
from gateway.domain.calendar import Calendar
from gateway.domain.cutoff import CutOff, Window, next_window, value_date_for

LATE_DAYS_MAX = 30
"""Longer than any run of closed days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One product of one bank. An absent ``service_level``, ``local_instrument`` or ``currency`` takes any.

    ``checks`` names the rule profile payments are checked against, ``overrides`` the bank's own severities.
    ``directory`` is where this product's files go at the bank, where they have a place of their own.
    """

    bank: str
    product: str
    message: str
    charset: str
    transactions_max: int
    batch_booking: bool | None
    name_template: str
    profile_digest: str
    cutoff: CutOff
    calendar: Calendar
    answer_within: timedelta
    part_unlisted_accepted: bool
    checks: str
    service_level: str | None = None
    local_instrument: str | None = None
    currency: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    directory: str | None = None

    def takes(self, *, service_level: str | None, local_instrument: str | None, currency: str) -> bool:
        """Whether the product is for such a payment."""
        return (
            self.service_level in (None, service_level)
            and self.local_instrument in (None, local_instrument)
            and self.currency in (None, currency)
            and (local_instrument != "INST" or self.local_instrument == "INST")
        )


Routes = Mapping[str, tuple[Route, ...]]
"""Every bank's products in the order of its profile: the first that takes a payment is chosen."""


def choose(
    routes: Iterable[Route], *, service_level: str | None, local_instrument: str | None, currency: str
) -> Route | None:
    """The first product that takes the payment; one that names no service level takes the first of its currency."""
    offered = tuple(routes)
    for route in offered:
        if route.takes(service_level=service_level, local_instrument=local_instrument, currency=currency):
            return route
    if service_level is None:
        for route in offered:
            if route.takes(service_level=route.service_level, local_instrument=local_instrument, currency=currency):
                return route
    return None


def product_of(bank: str, product: str, routes: Routes) -> Route | None:
    """The product that payments were given to when they were scheduled; None where it is configured no longer."""
    return next((one for one in routes.get(bank, ()) if one.product == product), None)


class Kind(Protocol):
    """What decides the way of a payment: payments that agree in this leave together."""

    @property
    def debtor_account(self) -> str: ...  # noqa: D102 - the names say it
    @property
    def service_level(self) -> str | None: ...  # noqa: D102
    @property
    def local_instrument(self) -> str | None: ...  # noqa: D102
    @property
    def category_purpose(self) -> str | None: ...  # noqa: D102
    @property
    def currency(self) -> str: ...  # noqa: D102
    @property
    def requested_date(self) -> date: ...  # noqa: D102


def route_of(kind: Kind, routes: Routes, accounts: Mapping[str, OwnAccount]) -> Route | None:
    """The product that payments of this kind go by; None where their bank has none for them."""
    account = accounts.get(kind.debtor_account)
    return choose(
        routes.get(account.bank, ()) if account is not None else (),
        service_level=kind.service_level, local_instrument=kind.local_instrument, currency=kind.currency,
    )  # fmt: skip


def window_at(kind: Kind, route: Route, at: datetime) -> Window:
    """The window through which payments of this kind leave when they are approved at ``at``: the one answer that
    schedule, the console, ``payhub cutoffs --at`` and the warnings give. Raises ``Misconfigured`` past the horizon.
    """
    return next_window(route.cutoff, route.calendar, kind.requested_date, at, category_purpose=kind.category_purpose)


def wanted_date(kind: Kind, route: Route, at: datetime) -> date:
    """The value date that was asked for, on an open day. Raises ``Misconfigured`` past the horizon.

    A day of years ago is late like one of last week, and no calendar reaches back for ever.
    """
    long_ago = at.date() - timedelta(days=LATE_DAYS_MAX)
    asked = max(kind.requested_date, long_ago)
    return value_date_for(route.cutoff, route.calendar, asked, category_purpose=kind.category_purpose)
