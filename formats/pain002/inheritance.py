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


Effective = tuple[str | None, StatusLevel | None, tuple[Reason, ...]]
"""The status that counts for a payment, the level it came from, and the reasons that go with it."""


def effective(own: str | None, reasons: tuple[Reason, ...], batch: Level, group: Level) -> Effective:
    """The payment's own status; else its batch's unless PART; else the group's unless PART; else none at all.

    A reason is inherited only together with an inherited refusal: what a bank says about a batch it accepted
    is not about the payment.
    """
    if own is not None:
        return own, "transaction", reasons
    if batch.status not in (None, PART):
        return batch.status, "payment_information", _inherited(reasons, batch)
    if group.status not in (None, PART):
        return group.status, "group", _inherited(reasons, group)
    return None, None, reasons


def _inherited(reasons: tuple[Reason, ...], upper: Level) -> tuple[Reason, ...]:
    return reasons or (upper.reasons if upper.status == "RJCT" else ())
