"""What a simulated bank is: its accounts, its hours, how it is reached and what it does wrong."""

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from banks.simulator.rules import Rule

Doors = Literal["sftp", "http", "both"]
Booking = Literal["batch", "single", "as_sent"]
Detail = Literal["all", "mixed", "exceptions"]

STATUS_REPORTS = ("pain.002.001.03", "pain.002.001.10")
STATEMENT_MESSAGES = ("camt.053.001.02", "camt.053.001.08")
BERLIN = ZoneInfo("Europe/Berlin")
NOTIFICATIONS = ("camt.054.001.02", "camt.054.001.08")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountConfig:
    """An account the bank keeps. ``overdraft`` is how far below zero it may go."""

    number: str
    currency: str
    balance: Decimal = Decimal(0)
    overdraft: Decimal = Decimal(0)
    owner: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpConfig:
    """The SFTP door. Port 0 takes a free one. ``authorized_keys`` are public key lines."""

    user: str = "payhub"
    authorized_keys: tuple[str, ...] = ()
    password: str | None = None
    port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpConfig:
    """The API door. ``status_documents`` also offers the pain.002 of an API upload under /v1/documents.

    ``tls`` serves HTTPS under certificates the bank makes itself, ``mutual_tls`` also wants the client's and binds
    tokens to it; its own is good for ``certificate_days`` more days (0: it has expired).
    ``client_key`` (PEM or JWKS) is the client's: with it, tokens are had by a signed assertion and, where
    ``signed`` says so, every upload must carry a detached JWS. Statuses are called back to ``callback_url``, signed
    with ``callback_secret`` (HMAC), or with a key of the bank's own where there is none.
    """

    client_id: str = "payhub"
    client_secret: str = "simulated-secret"  # noqa: S105 - a made-up bank has a made-up secret
    port: int = 0
    token_lifetime_s: int = 3600
    status_documents: bool = False
    tls: bool = False
    mutual_tls: bool = False
    certificate_days: int = 90
    client_key: str | None = None
    signed: bool = False
    signature_header: str = "x-jws-signature"
    callback_url: str | None = None
    callback_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankConfig:
    """A whole bank.

    ``booking`` says whether one entry stands for a PmtInf (``batch``), each payment has its own (``single``) or
    BtchBookg decides (``as_sent``; batch where it is silent). ``detail`` says which payments a pain.002 lists: all,
    those of mixed blocks, or the refused ones only. ``statements_over`` None takes the first door the bank has.
    ``clock_ahead_minutes`` is how wrong the time is that the bank writes into its messages, ``local_times`` that it
    writes its own wall clock without a zone.
    """

    name: str
    accounts: tuple[AccountConfig, ...]
    bic: str = "SIMBDEFFXXX"
    timezone: ZoneInfo = BERLIN
    booking_time: time = time(16)
    statement_time: time = time(18)
    holidays: frozenset[date] = frozenset()
    status_report: str = "pain.002.001.10"
    statement: str = "camt.053.001.08"
    notification: str | None = None
    booking: Booking = "as_sent"
    detail: Detail = "mixed"
    accepted_status: str = "ACSP"
    settlement_report: bool = False
    """Whether a second pain.002 (ACSC) follows when the payments of a file are booked."""
    cancellation_report: bool = True
    """Whether, beside the answer, a pain.002 (CANC) tells of a payment that a recall stopped."""
    duplicate_code: str = "DU01"
    statements_over: Doors | None = None
    clock_ahead_minutes: int = 0
    local_times: bool = False
    sftp: SftpConfig | None = None
    http: HttpConfig | None = None
    rules: tuple[Rule, ...] = ()
