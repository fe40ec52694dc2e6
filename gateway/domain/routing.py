"""Which way a payment goes: the product of the bank that keeps the account it is paid from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from gateway.domain.calendar import Calendar
from gateway.domain.cutoff import CutOff


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
