"""A bank as data: one TOML file says how it is reached, what files it wants, until when, and how it answers."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, time
from enum import StrEnum
from typing import Any

from banks.api_settings import Api, Callback, OAuthSettings, Shape, Signing
from banks.polling import Polling
from banks.settings_pgp import PgpSettings

MIB = 1024 * 1024
PORT_MAX = 65_535
TIMEOUT_S_MAX = 600
DAY_S = 86_400


class AfterFetch(StrEnum):
    """What happens at the bank to an answer that we have stored."""

    DELETE = "delete"
    ARCHIVE = "archive"
    LEAVE = "leave"


class Vanished(StrEnum):
    """What it means when a staged copy that had been proven is gone and the final name is not shown either."""

    HANDED_OVER = "handed_over"
    """The server never removes staged copies and the bank takes files away at once: it was handed over."""
    UNCLEAR = "unclear"
    """The server may sweep temporary names: it proves nothing, look and ask."""
    ABSENT = "absent"
    """The bank leaves every file it received in sight: a name that is not shown is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directories:
    """Folders on the server. ``staging`` is where uploads are written first, on the same file system as ``outbox``;
    ``work`` and ``done`` are where the bank moves what it took, if it lets us see that.
    """

    outbox: str
    staging: str
    inbox: tuple[str, ...] = ()
    work: str | None = None
    done: str | None = None
    archive: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pickup:
    """How answers are taken: names that match one of ``ignore`` (shell patterns) are still being written."""

    after_fetch: AfterFetch = AfterFetch.LEAVE
    stable_wait_s: int = 2
    size_max: int = 200 * MIB
    ignore: tuple[str, ...] = (".*", "*.tmp", "*.part", "*.filepart", "*.crdownload")


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpSettings:
    """How an SFTP server is reached. Secrets are references; ``host_keys`` are pinned ``"ssh-ed25519 AAAA…"`` lines.

    ``interactive``: the server asks for the password as a question (keyboard-interactive), and is not tried otherwise.
    ``rename`` false: the bank forbids it, and files are written under their final name. ``visible`` false: it lets us
    neither stat nor list, so that only its answers to writing and renaming count and a doubt stays one.
    ``read_back`` downloads each staged copy and compares its digest; ``probe`` lets a check write a file of its own.
    ``io_timeout_s`` is how long the line may be silent, ``act_timeout_s`` how long one act may last in all.
    """

    host: str
    port: int
    username: str
    host_keys: tuple[str, ...]
    directories: Directories
    private_key: str | None = None
    passphrase: str | None = None
    password: str | None = None
    interactive: bool = False
    rename: bool = True
    visible: bool = True
    fsync: bool = True
    read_back: bool = False
    probe: bool = False
    marker: str | None = None
    vanished: Vanished = Vanished.HANDED_OVER
    pickup: Pickup = field(default_factory=Pickup)
    connect_timeout_s: int = 20
    io_timeout_s: int = 60
    act_timeout_s: int = 900
    algorithms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpsSettings:
    """How a bank API is reached: a static ``bearer`` token or ``oauth``; ``ca_file`` where its certificate is private;
    ``certificate`` and ``certificate_key`` (PEM, references) for mutual TLS. ``base_url`` has no ``/v1``.

    ``signing`` is how requests are signed, ``api`` what the calls look like: the payhub bank API where it is None.
    """

    base_url: str
    bearer: str | None = None
    oauth: OAuthSettings | None = None
    ca_file: str | None = None
    certificate: str | None = None
    certificate_key: str | None = None
    signing: Signing | None = None
    api: Api | None = None
    pickup: Pickup = field(default_factory=Pickup)
    connect_timeout_s: int = 20
    io_timeout_s: int = 60
    act_timeout_s: int = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSettings:
    """A local folder that a file transfer product or an EBICS client beside us empties and fills."""

    directories: Directories
    fsync: bool = True
    marker: str | None = None
    vanished: Vanished = Vanished.HANDED_OVER
    pickup: Pickup = field(default_factory=Pickup)


ChannelSettings = SftpSettings | HttpsSettings | FolderSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    """What the bank's files look like. ``name`` is a template for :func:`banks.filenames.render`."""

    name: str
    message: str
    charset: str
    batch_booking: bool | None
    transactions_max: int


class OnLate(StrEnum):
    """What becomes of a payment that missed its cut-off."""

    ROLL = "roll"
    EXPIRE = "expire"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product: which payments it takes (an absent field takes any), in which message, until when.

    ``cutoff`` is local wall-clock time in ``time_zone``; the file must leave ``days_before_value`` business days before
    the value date, ``margin_minutes`` (ours) and ``processing_minutes`` (the bank's own) earlier than the bank says.
    A business day is one on which ``calendar`` and all of ``calendars_too`` are open and the bank has no holiday. An
    ``instant`` product has neither calendar nor cut-off. ``roll`` names, by category purpose code (``default`` for the
    rest), where a payment wanted on a closed day goes. ``directory`` is where its files go where that is not the
    channel's outbox, on the same file system.
    """

    name: str
    message: str
    service_level: str | None
    local_instrument: str | None
    currency: str | None
    calendar: str
    time_zone: str
    cutoff: time
    days_before_value: int
    margin_minutes: int
    on_late: OnLate
    directory: str | None = None
    processing_minutes: int = 0
    calendars_too: tuple[str, ...] = ()
    instant: bool = False
    roll: Mapping[str, str] = field(default_factory=dict)


class LateRecall(StrEnum):
    """What becomes of a SEPA recall that is asked after its last day."""

    REFUSE = "refuse"
    WARN = "warn"


class SpanUnit(StrEnum):
    """What a span of time is counted in."""

    BANKING_DAYS = "banking days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A span of time after a payment's day."""

    count: int
    unit: SpanUnit


def _days(count: int) -> Span:
    return Span(count=count, unit=SpanUnit.BANKING_DAYS)


def _months(count: int) -> Span:
    return Span(count=count, unit=SpanUnit.MONTHS)


RECALL_ANSWER_DAYS = 15
"""Banking days the payee's bank has to answer, by the rulebook of SEPA credit transfers."""
RECALL_ASK_WITHIN: Mapping[str, Span] = {
    "DUPL": _days(10), "TECH": _days(10), "FRAD": _months(13), "CUST": _months(13), "AM09": _months(13),
    "AC03": _months(13),
}  # fmt: skip
"""How long after its day a SEPA payment may be recalled, by the reason (rulebook SCT-17); other reasons for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallFormat:
    """How a bank takes recalls: the version of camt.055, the template of the file's name, and where it goes where that
    is not the channel's outbox, on the same file system.

    ``ask_within`` says by reason how long a SEPA payment may be recalled, and ``late`` what becomes of a recall that
    comes later; ``answer_days`` is how many banking days the bank has to answer before people are told (0: never).
    """

    message: str
    name: str
    directory: str | None = None
    answer_days: int = RECALL_ANSWER_DAYS
    ask_within: Mapping[str, Span] = field(default_factory=lambda: dict(RECALL_ASK_WITHIN))
    late: LateRecall = LateRecall.REFUSE


class PartUnlisted(StrEnum):
    """What a bank means by a partly accepted file (PART) that does not list a payment."""

    ACCEPTED = "accepted"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How the bank answers: whether it reports accepted files at all, and within how many minutes."""

    part_unlisted: PartUnlisted
    positive_reports: bool
    expected_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a bank bears: ``files_at_once`` over all workers, ``per_minute`` files begun (None: as many as come).

    A bank without limits of its own shares a queue with the others, in a lane of ``files_at_once`` as here.
    """

    files_at_once: int = 4
    per_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankProfile:
    """Everything payhub knows about a bank. ``rules`` are overrides as :mod:`formats.rules.policy` reads them."""

    name: str
    title: str
    bic: str
    channel: ChannelSettings
    file: FileFormat
    products: tuple[Product, ...]
    answers: Answers
    rules: Mapping[str, Any] = field(default_factory=dict)
    polling: Polling = field(default_factory=Polling)
    limits: Limits = field(default_factory=Limits)
    holidays: frozenset[date] = frozenset()
    """Days on which this bank is closed although the payment system is open."""
    early_closings: Mapping[date, time] = field(default_factory=dict)
    """Days on which every product of the bank closes by this wall time at the latest (rulebook CAL-21)."""
    callback: Callback | None = None
    pgp: PgpSettings | None = None
    """Absent: files go as they are, and a document that is encrypted is not understood."""
    recall: RecallFormat | None = None
    """Absent: the bank takes no recalls by message, and is called instead."""

    @property
    def place(self) -> str:
        """``host:port`` of an SFTP server, to which its host keys belong; empty for other connectors."""
        return f"{self.channel.host}:{self.channel.port}" if isinstance(self.channel, SftpSettings) else ""

    @property
    def connector(self) -> str:
        """The name of the connector: sftp, https or folder."""
        return CONNECTORS[type(self.channel)]

    @property
    def digest(self) -> str:
        """sha256 (hex) of the whole content in a canonical form; goes on the audit trail wherever it moved money."""
        content: dict[str, Any] = {"connector": self.connector, **asdict(self)}
        content["holidays"] = sorted(map(str, self.holidays))
        content["early_closings"] = {str(day): str(at) for day, at in self.early_closings.items()}
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()


CONNECTORS: Mapping[type, str] = {SftpSettings: "sftp", HttpsSettings: "https", FolderSettings: "folder"}


def trusting(profile: BankProfile, host_keys: Iterable[str]) -> BankProfile:
    """The profile with further host keys that are as good as its own; the same one where it adds nothing."""
    channel = profile.channel
    if not isinstance(channel, SftpSettings):
        return profile
    further = tuple(key for key in host_keys if key not in channel.host_keys)
    if not further:
        return profile
    return replace(profile, channel=replace(channel, host_keys=(*channel.host_keys, *further)))


def pins(profile: BankProfile, host_key: str) -> bool:
    """Whether the profile itself trusts a host key (a public key line)."""
    channel = profile.channel
    blob = host_key.split()[1:2]
    return isinstance(channel, SftpSettings) and any(line.split()[1:2] == blob for line in channel.host_keys)


def takes_single_payments(channel: ChannelSettings) -> bool:
    """Whether a file reaches this bank payment by payment: then it may be there in part."""
    api = channel.api if isinstance(channel, HttpsSettings) else None
    return api is not None and api.shape is Shape.PAYMENTS
