"""Account reports without a version: camt.052, .053, .054, MT940 and MT942 all become this.

Amounts are positive with a direction; balances are signed. ``direction`` is the *booking* direction also where
``reversal`` is true (rulebook ENT-05). Everything a bank may leave out is None, never a default.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from formats.findings import Finding
from formats.initiation import Account, Agent, Party, StructuredRemittance
from formats.values import Money

Direction = Literal["credit", "debit"]
Kind = Literal["statement", "report", "notification"]
"""camt.053 and MT940 are statements, camt.052 and MT942 reports, camt.054 notifications."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A balance, signed (debit negative). ``code`` is OPBD, CLBD … or the bank's proprietary word."""

    code: str | None
    amount: Money
    as_of: date | None = None
    sub_type: str | None = None
    proprietary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BankTransactionCode:
    """Domain, family and sub-family (PMNT/ICDT/ESCT) and the bank's own code, each where given."""

    domain: str | None = None
    family: str | None = None
    sub_family: str | None = None
    proprietary: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyExchange:
    """How one amount became another; the rate's direction follows ``unit_currency`` (rulebook ENT-12)."""

    source_currency: str | None = None
    target_currency: str | None = None
    unit_currency: str | None = None
    rate: str | None = None
    contract: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A charge record. ``included`` is tri-state: True, False, or None where the bank does not say (ENT-13)."""

    amount: Money
    direction: Direction | None = None
    included: bool | None = None
    bearer: str | None = None
    type_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Money that came back: the reason and what the original entry was."""

    reason: str | None = None
    reason_proprietary: str | None = None
    text: tuple[str, ...] = ()
    original_code: BankTransactionCode | None = None
    originator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What a transaction is known by. Absent is None; ``NOTPROVIDED`` is kept as written (ENT-15)."""

    message_id: str | None = None
    account_servicer_reference: str | None = None
    payment_information_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    transaction_id: str | None = None
    mandate_id: str | None = None
    cheque_number: str | None = None
    clearing_system_reference: str | None = None
    proprietary: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One TxDtls. ``amount`` is the transaction's own, or the entry's where it is the only one and has none (ENT-10),
    or None where it cannot be known.
    """

    amount: Money | None
    direction: Direction | None
    references: References = field(default_factory=References)
    debtor: Party | None = None
    debtor_account: Account | None = None
    debtor_agent: Agent | None = None
    creditor: Party | None = None
    creditor_account: Account | None = None
    creditor_agent: Agent | None = None
    ultimate_debtor: Party | None = None
    ultimate_creditor: Party | None = None
    instructed: Money | None = None
    transaction_amount: Money | None = None
    counter_value: Money | None = None
    exchange: CurrencyExchange | None = None
    charges: tuple[Charge, ...] = ()
    charges_total: Money | None = None
    code: BankTransactionCode | None = None
    purpose: str | None = None
    purpose_proprietary: str | None = None
    local_instrument: str | None = None
    initiating_party: Party | None = None
    intermediary_agents: tuple[Agent, ...] = ()
    accepted_at: datetime | None = None
    settlement_date: date | None = None
    """IntrBkSttlmDt: the day the banks settled."""
    remittance: tuple[str, ...] = ()
    structured_remittance: tuple[StructuredRemittance, ...] = ()
    returned: Return | None = None
    additional_information: str | None = None

    @property
    def counterparty(self) -> Party | None:
        """The other side, seen from the account: who was paid on a debit, who paid on a credit."""
        return self.creditor if self.direction == "debit" else self.debtor

    @property
    def counterparty_account(self) -> Account | None:
        """The other side's account."""
        return self.creditor_account if self.direction == "debit" else self.debtor_account


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchBlock:
    """The Btch block of an entry: one booking that stands for many payments of ours."""

    message_id: str | None = None
    payment_information_id: str | None = None
    number_of_transactions: str | None = None
    total: Money | None = None
    direction: Direction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One booking. ``status`` is BOOK, PDNG, INFO or FUTR as written, None where the bank left it out."""

    amount: Money
    direction: Direction | None
    status: str | None = None
    reversal: bool = False
    booking_date: date | None = None
    value_date: date | None = None
    bank_reference: str | None = None
    """AcctSvcrRef of the entry; in MT940 the part after ``//``."""
    reference: str | None = None
    """NtryRef; in MT940 the customer reference."""
    code: BankTransactionCode | None = None
    batches: tuple[BatchBlock, ...] = ()
    charges: tuple[Charge, ...] = ()
    charges_total: Money | None = None
    instructed: Money | None = None
    transaction_amount: Money | None = None
    counter_value: Money | None = None
    exchange: CurrencyExchange | None = None
    additional_information: str | None = None
    transactions: tuple[Transaction, ...] = ()
    line: int | None = field(default=None, compare=False)

    @property
    def booked(self) -> bool:
        """Whether the entry counts into the closing balance: BOOK, or no status at all (rulebook BAL-03)."""
        return self.status in (None, "BOOK")

    @property
    def signed(self) -> Decimal:
        """The amount with its sign seen from the account, in the entry's currency."""
        return self.amount.value if self.direction == "credit" else -self.amount.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One Stmt, Rpt or Ntfctn. ``entries`` is a tuple when the whole message was asked for, and an iterator that
    can be walked once when the message is streamed.
    """

    id: str | None
    account: Account
    currency: str | None
    owner: Party | None = None
    servicer: Agent | None = None
    balances: tuple[Balance, ...] = ()
    opening: Balance | None = None
    closing: Balance | None = None
    balanced: bool | None = None
    """opening + booked entries = closing; None where either balance is missing."""
    electronic_sequence: str | None = None
    legal_sequence: str | None = None
    page_number: str | None = None
    last_page: bool | None = None
    from_date: datetime | date | None = None
    to_date: datetime | date | None = None
    copy_duplicate: str | None = None
    created_at: datetime | None = None
    additional_information: str | None = None
    related_reference: str | None = None
    """MT940's :21:; camt has nothing like it."""
    entries: Iterable[Entry] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementMessage:
    """A whole camt or MT message: ``message`` is the version (``camt.053.001.08``, ``MT940``)."""

    message: str
    kind: Kind
    message_id: str | None
    created_at: datetime | None = None
    page_number: str | None = None
    last_page: bool | None = None
    statements: tuple[Statement, ...] = ()
    findings: tuple[Finding, ...] = ()
