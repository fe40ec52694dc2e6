"""Which status a payment has when the bank wrote it one or two levels higher (rulebook LV-02 to LV-05)."""

from dataclasses import dataclass

from formats.status_report import Reason, StatusLevel

PART = "PART"
"""Some accepted, some not: says nothing about a single payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What one level says: its status as written, and its reasons."""

    status: str | None = None
    reasons: tuple[Reason, ...] = ()


NOTHING = Level()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The status that counts for a payment, the level it came from, and the reasons that go with it."""

    status: str | None
    level: StatusLevel | None
    reasons: tuple[Reason, ...]


def effective(own: Level, batch: Level, group: Level) -> Effective:
    """The payment's own status; else its batch's unless PART; else the group's unless PART; else none at all.

    A reason is inherited only together with an inherited refusal: what a bank says about a batch it accepted
    is not about the payment.
    """
    if own.status is not None:
        return Effective(status=own.status, level="transaction", reasons=own.reasons)
    if batch.status not in (None, PART):
        return _inherited(own, batch, "payment_information")
    if group.status not in (None, PART):
        return _inherited(own, group, "group")
    return Effective(status=None, level=None, reasons=own.reasons)


def _inherited(own: Level, upper: Level, level: StatusLevel) -> Effective:
    reasons = own.reasons
    if not reasons and upper.status == "RJCT":
        reasons = upper.reasons
    return Effective(status=upper.status, level=level, reasons=reasons)
