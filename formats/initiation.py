"""A payment initiation without a version: what pain.001, pain.008's parties, JSON and CSV all say.

Read leniently (what was sent may be wrong: the rules say so), write strictly. Texts are kept as sent;
amounts are :class:`formats.values.Money`, exact and with the text they came from.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from formats.findings import Finding
from formats.values import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address, structured, free (``lines``) or both (hybrid). ISO 20022 PostalAddress24."""

    department: str | None = None
    sub_department: str | None = None
    street: str | None = None
    building_number: str | None = None
    building_name: str | None = None
    floor: str | None = None
    post_box: str | None = None
    room: str | None = None
    post_code: str | None = None
    town: str | None = None
    town_location: str | None = None
    district: str | None = None
    country_subdivision: str | None = None
    country: str | None = None
    lines: tuple[str, ...] = ()
    type_code: str | None = None
    """AdrTp: read so that ADR-07 can speak of it; never written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """An organisation or private id: ``scheme`` is the ISO code, ``scheme_proprietary`` the bank's own word."""

    value: str
    scheme: str | None = None
    scheme_proprietary: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A person or company. ``private`` tells whether the ids are of a person (PrvtId) or an organisation (OrgId)."""

    name: str | None = None
    address: Address | None = None
    bic: str | None = None
    lei: str | None = None
    ids: tuple[Identification, ...] = ()
    private: bool = False
    birth_date: date | None = None
    birth_province: str | None = None
    birth_town: str | None = None
    birth_country: str | None = None
    residence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account: an IBAN, or another number with its scheme. ``currency`` as written, often absent."""

    iban: str | None = None
    other: str | None = None
    scheme: str | None = None
    scheme_proprietary: str | None = None
    currency: str | None = None
    type_code: str | None = None
    name: str | None = None
    issuer: str | None = None
    type_proprietary: str | None = None
    proxy: str | None = None
    """Prxy: what stands for the number, such as a phone number or an address (since .09)."""
    proxy_type: str | None = None
    """TELE, EMAL …; a bank's own word is ``proxy_type_proprietary``."""
    proxy_type_proprietary: str | None = None

    @property
    def number(self) -> str | None:
        """The IBAN where there is one, else the other number."""
        return self.iban if self.iban is not None else self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A bank: BIC, or a clearing-system member id (``clearing_system`` is e.g. USABA, GBDSC, CHBCC), or another id."""

    bic: str | None = None
    clearing_system: str | None = None
    clearing_system_proprietary: str | None = None
    member_id: str | None = None
    lei: str | None = None
    name: str | None = None
    address: Address | None = None
    other: str | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentType:
    """Priority, service level, local instrument and category purpose; each code has its proprietary twin."""

    priority: str | None = None
    service_level: str | None = None
    service_level_proprietary: str | None = None
    local_instrument: str | None = None
    local_instrument_proprietary: str | None = None
    category_purpose: str | None = None
    category_purpose_proprietary: str | None = None
    sequence: str | None = None
    """SeqTp of a direct debit: FRST, RCUR, FNAL, OOFF."""
    more_service_levels: tuple[tuple[str | None, str | None], ...] = ()
    """The second service level and those behind it, (code, proprietary) each: there may be several since .09."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferredDocument:
    """A document a remittance speaks of: an invoice (CINV), a credit note (CREN) …"""

    number: str | None = None
    type_code: str | None = None
    type_proprietary: str | None = None
    issued_on: date | None = None
    due: Money | None = None
    remitted: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredRemittance:
    """One Strd block: a creditor reference and/or the documents it settles."""

    reference: str | None = None
    reference_type: str | None = None
    """SCOR for ISO 11649; QRR and the like are ``reference_type_proprietary``."""
    reference_type_proprietary: str | None = None
    reference_issuer: str | None = None
    documents: tuple[ReferredDocument, ...] = ()
    additional: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """Names of the other elements that stood here (Invcr, Invcee, TaxRmt, GrnshmtRmt …): rules ask whether any did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegulatoryReporting:
    """One RgltryRptg block, reduced to what corporates send."""

    indicator: str | None = None
    authority: str | None = None
    authority_country: str | None = None
    code: str | None = None
    amount: Money | None = None
    information: tuple[str, ...] = ()
    country: str | None = None
    reported_on: date | None = None
    type: str | None = None
    """Dtls/Tp, which some countries ask for beside the code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """The mandate behind a direct debit (DrctDbtTx/MndtRltdInf) and its amendment."""

    id: str | None = None
    signed_on: date | None = None
    amended: bool = False
    original_id: str | None = None
    original_creditor_id: str | None = None
    original_creditor_name: str | None = None
    original_debtor_account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTransfer:
    """One payment. In a collection (pain.008, see :attr:`Initiation.collection`) the roles swap: ``creditor`` and its
    account and agent are then the party *we are paid by*, and the block's ``debtor`` is the one who collects.
    """

    end_to_end_id: str | None
    amount: Money
    creditor: Party = field(default_factory=Party)
    creditor_account: Account | None = None
    creditor_agent: Agent | None = None
    creditor_agent_account: Account | None = None
    instruction_id: str | None = None
    uetr: str | None = None
    payment_type: PaymentType | None = None
    equivalent_currency_of_transfer: str | None = None
    """Set where the amount is an EqvtAmt: the currency the payee receives."""
    exchange_rate: str | None = None
    exchange_contract: str | None = None
    exchange_rate_type: str | None = None
    """RateTp: SPOT, SALE or AGRD."""
    exchange_unit_currency: str | None = None
    charge_bearer: str | None = None
    ultimate_debtor: Party | None = None
    ultimate_creditor: Party | None = None
    intermediary_agents: tuple[Agent, ...] = ()
    instructions_for_creditor_agent: tuple[tuple[str | None, str | None], ...] = ()
    instruction_for_debtor_agent: str | None = None
    purpose: str | None = None
    purpose_proprietary: str | None = None
    regulatory_reporting: tuple[RegulatoryReporting, ...] = ()
    remittance: tuple[str, ...] = ()
    """Unstructured lines (Ustrd), in order."""
    structured_remittance: tuple[StructuredRemittance, ...] = ()
    mandate: Mandate | None = None
    creditor_scheme_id: str | None = None
    """Creditor identifier of a direct debit, where it stands at the payment and not at its block."""
    related_remittance: bool = False
    """Whether a RltdRmtInf block stood here: rules ask, nobody writes it."""
    tax: bool = False
    """Whether a Tax block stood here: rules ask, nobody writes it."""
    line: int | None = field(default=None, compare=False)
    """1-based line of the payment in the file it was read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentInformation:
    """One PmtInf: the payments that leave one account on one day in one way.

    ``payments`` may be any iterable when writing, so that a million of them need not be in memory; a reader that
    is asked for the whole message gives a tuple. ``number_of_transactions`` and ``control_sum`` are what the block
    *declares* (None where it says nothing).
    """

    id: str
    execution_date: date | datetime | None
    debtor: Party = field(default_factory=Party)
    debtor_account: Account | None = None
    debtor_agent: Agent | None = None
    debtor_agent_account: Account | None = None
    payments: Iterable[CreditTransfer] = ()
    method: str = "TRF"
    batch_booking: bool | None = None
    payment_type: PaymentType | None = None
    charge_bearer: str | None = None
    ultimate_debtor: Party | None = None
    charges_account: Account | None = None
    charges_agent: Agent | None = None
    creditor_scheme_id: str | None = None
    """Creditor identifier of a SEPA direct debit."""
    number_of_transactions: str | None = None
    control_sum: str | None = None
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiation:
    """The whole message. ``message`` is the version it was read from (``pain.001.001.09``), None when built."""

    message_id: str
    created_at: datetime | None
    initiating_party: Party = field(default_factory=Party)
    batches: Iterable[PaymentInformation] = ()
    number_of_transactions: str | None = None
    control_sum: str | None = None
    collection: bool = False
    """True for direct debits (pain.008): ``debtor`` and ``creditor`` swap their roles."""
    message: str | None = None
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    """What reading found; nothing where the message was built."""
