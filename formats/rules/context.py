"""What a rule may know beside its subject: the profile, the day, the batch it is in, and what was counted so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar

from formats.initiation import CreditTransfer, Initiation, PaymentInformation, PaymentType

Held = TypeVar("Held")
NO_TYPE = PaymentType()


class Place(NamedTuple, Generic[Held]):
    """Something with the element path it stands at (below payment, batch or header) and the role it plays there."""

    value: Held
    path: str
    role: str


def above(payment: CreditTransfer, limit: Decimal) -> bool:
    """Whether the amount is a number and more than ``limit``; an unreadable one is GEN-019's."""
    value = payment.amount.value
    return value.is_finite() and value > limit


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was sent before, as far as the caller knows: id to the day it was sent. Empty means: say nothing."""

    message_ids: Mapping[str, date] = field(default_factory=dict)
    batch_ids: Mapping[str, date] = field(default_factory=dict)
    end_to_end_ids: Mapping[str, date] = field(default_factory=dict)
    mandates_last_used: Mapping[str, date] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Totals:
    """Counted while the payments pass: how many, their sum whatever the currency, and which currencies."""

    count: int = 0
    total: Decimal = Decimal(0)
    currencies: set[str | None] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Seen:
    """Ids met so far, as 64-bit hashes so that 100,000 payments cost a few megabytes.

    Two different ids would have to share a hash to be mistaken for each other: about once in 10^9 such files.
    """

    batch_ids: set[str] = field(default_factory=set)
    instruction_ids: set[int] = field(default_factory=set)
    end_to_end_ids: set[int] = field(default_factory=set)
    local_instruments: set[str | None] = field(default_factory=set)
    """Of the direct debits of this message: CORE and B2B must not meet (SDD-03)."""


@dataclass(slots=True, kw_only=True)
class Context:
    """One check of one message. The engine moves ``batch`` and ``payment`` along; rules only read."""

    profile: str
    as_of: date
    header: Initiation
    history: History = field(default_factory=History)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Bank values by rule id, defaults already filled in."""
    batch: PaymentInformation = field(default_factory=lambda: PaymentInformation(id="", execution_date=None))
    batch_number: int = 0
    """1-based, as element positions are."""
    payment: CreditTransfer | None = None
    payment_number: int = 0
    """1-based within the batch."""
    totals: Totals = field(default_factory=Totals)
    batch_totals: Totals = field(default_factory=Totals)
    seen: Seen = field(default_factory=Seen)

    @property
    def execution_day(self) -> date:
        """The day the batch is to be executed; the day of the check where the batch names none."""
        asked = self.batch.execution_date
        if isinstance(asked, datetime):
            return asked.date()
        return asked if asked is not None else self.as_of

    @property
    def other_side(self) -> str:
        """What people call the party of the payment: the payee of a transfer, the payer of a collection."""
        return "payer" if self.header.collection else "payee"

    @property
    def own_side(self) -> str:
        """What people call the party of the batch: the payer of a transfer, the collecting party of a collection."""
        return "collecting party" if self.header.collection else "payer"

    def payment_type(self, payment: CreditTransfer) -> PaymentType:
        """The payment's own type, else its batch's: where both are given GEN-013 objects."""
        return payment.payment_type or self.batch.payment_type or NO_TYPE

    def charge_bearer(self, payment: CreditTransfer) -> str | None:
        """Who bears the charges, from the payment or its batch."""
        return payment.charge_bearer or self.batch.charge_bearer

    def type_path(self, payment: CreditTransfer) -> str:
        """Where the type in force stands, as a path below the payment."""
        return "PmtTpInf" if payment.payment_type is not None else "../PmtTpInf"

    def charge_path(self, payment: CreditTransfer) -> str:
        """Where the charge bearer in force stands, as a path below the payment."""
        return "ChrgBr" if payment.charge_bearer else "../ChrgBr"
