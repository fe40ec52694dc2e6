"""What people are shown of the days on which payments will be made: it is part of what they sign."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from gateway.domain.account import OwnAccount
from gateway.domain.cutoff import OnLate
from gateway.domain.errors import Misconfigured
from gateway.domain.routing import Routes, route_of, wanted_date, window_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What decides the way of a payment: payments of a batch that agree in this leave together."""

    debtor_account: str
    service_level: str | None
    local_instrument: str | None
    category_purpose: str | None
    currency: str
    requested_date: date


KIND = tuple(one.name for one in fields(Kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What would become of payments of one kind if they were approved now. ``value_date`` is None where they would not
    leave at all: too late, and the policy is not to send them later. ``on_late`` says what becomes of them should
    their window be missed after the approval. Without a product nothing can be promised.
    """

    kind: Kind
    bank: str | None = None
    product: str | None = None
    value_date: date | None = None
    release_by: datetime | None = None
    on_late: OnLate | None = None

    @property
    def signed(self) -> str:
        """The line of it that is signed: the day and the late conduct, not the minute."""
        kind = "|".join(str(getattr(self.kind, name) or "") for name in KIND)
        return f"{kind}|{self.bank or ''}|{self.product or ''}|{self.value_date or ''}|{self.on_late or ''}"


def promise(kind: Kind, routes: Routes, accounts: Mapping[str, OwnAccount], at: datetime) -> Promise:
    """What approving this kind now would lead to: the same code that schedules it."""
    route = route_of(kind, routes, accounts)
    if route is None:
        return Promise(kind=kind)
    known: dict[str, Any] = {"bank": route.bank, "product": route.product, "on_late": route.cutoff.on_late}
    try:
        window = window_at(kind, route, at)
        late = window.value_date > wanted_date(kind, route, at)
    except Misconfigured:  # beyond the calendar's horizon nothing is promised; the start and every intake say so
        return Promise(kind=kind, **known)
    if late and route.cutoff.on_late is not OnLate.ROLL:
        return Promise(kind=kind, **known, release_by=window.release_by)
    return Promise(kind=kind, **known, value_date=window.value_date, release_by=window.release_by)


def signed_digest(content: str, promises: Iterable[Promise], *, edit: str = "") -> str:
    """SHA-256 over the content's digest and the days that were shown with it: what a signature binds to.

    ``edit`` is the act that last gave some of it another day. It may be the day it had before: a signature that let the
    payments go once does not let them go again.
    """
    digest = hashlib.sha256(f"{content}\n".encode())
    for line in sorted(one.signed for one in promises):
        digest.update(f"{line}\n".encode())
    if edit:
        digest.update(f"edit|{edit}\n".encode())
    return digest.hexdigest()
