"""What goes wrong at the hand-over itself: an SFTP rename, an HTTP upload."""

from dataclasses import dataclass, replace

from banks.simulator.behaviours.registry import Behaviour, Options, entry


@dataclass(frozen=True, slots=True, kw_only=True)
class WirePlan:
    """How the bank treats one hand-over. ``refuse_with`` is an HTTP status; the cuts close the transport.

    ``hide_looks`` and ``hide_s`` say how long the bank does not show what it has (looks, seconds of its clock),
    ``take_away`` that it never will, ``sweep`` that the staged copy is gone before it can be renamed.
    """

    cut_before: bool = False
    cut_after: bool = False
    refuse_with: int | None = None
    retry_after_s: int | None = None
    commit: bool = True
    forget_tokens: bool = False
    hide_looks: int = 0
    hide_s: int = 0
    take_away: bool = False
    sweep: bool = False


SFTP_WIRE: dict[str, Behaviour[WirePlan]] = {}
HTTP_WIRE: dict[str, Behaviour[WirePlan]] = {}


@entry(SFTP_WIRE, "drop_before_rename", times=1)
def drop_before_rename(plan: WirePlan, _: Options) -> WirePlan:
    """The line dies when the rename request arrives; the file stays staged."""
    return replace(plan, cut_before=True, commit=False)


@entry(SFTP_WIRE, "drop_after_rename", times=1)
def drop_after_rename(plan: WirePlan, _: Options) -> WirePlan:
    """The rename is done, and the line dies before its answer: the worst case for the sender."""
    return replace(plan, cut_after=True)


@entry(SFTP_WIRE, "sweep_before_rename", times=1)
def sweep_before_rename(plan: WirePlan, _: Options) -> WirePlan:
    """The server sweeps temporary names: the staged copy is gone when it is to be renamed."""
    return replace(plan, sweep=True, commit=False)


@entry(SFTP_WIRE, "take_away")
def take_away(plan: WirePlan, _: Options) -> WirePlan:
    """The bank takes the file at once and shows it in no folder, not even in /done."""
    return replace(plan, take_away=True)


@entry(SFTP_WIRE, "listing_lags", takes="looks seconds")
def listing_lags(plan: WirePlan, options: Options) -> WirePlan:
    """For so many looks or seconds the folders are shown as they were before the rename: the staged name, no other."""
    return replace(plan, hide_looks=options.looks, hide_s=options.seconds)


@entry(HTTP_WIRE, "lookup_lags", takes="looks seconds")
def lookup_lags(plan: WirePlan, options: Options) -> WirePlan:
    """For so many look-ups or seconds the API finds no order by the reference of the file it accepted."""
    return replace(plan, hide_looks=options.looks, hide_s=options.seconds)


@entry(HTTP_WIRE, "accept_without_answer", times=1)
def accept_without_answer(plan: WirePlan, _: Options) -> WirePlan:
    """The upload is committed and the socket closed without an HTTP answer."""
    return replace(plan, cut_after=True)


@entry(HTTP_WIRE, "close_before_commit", times=1)
def close_before_commit(plan: WirePlan, _: Options) -> WirePlan:
    """The socket closes without an answer, and nothing was kept."""
    return replace(plan, cut_before=True, commit=False)


@entry(HTTP_WIRE, "http_error", takes="status committed", times=1)
def http_error(plan: WirePlan, options: Options) -> WirePlan:
    """A 5xx (500 unless told); with ``committed`` the bank keeps the file all the same."""
    return replace(plan, refuse_with=options.status, commit=options.committed)


@entry(HTTP_WIRE, "too_many_requests", takes="retry_after_s", times=1)
def too_many_requests(plan: WirePlan, options: Options) -> WirePlan:
    """429 with Retry-After; nothing is kept."""
    return replace(plan, refuse_with=429, retry_after_s=options.retry_after_s, commit=False)


@entry(HTTP_WIRE, "expire_tokens", times=1)
def expire_tokens(plan: WirePlan, _: Options) -> WirePlan:
    """Every token dies at this upload, which therefore gets 401 and is not kept."""
    return replace(plan, forget_tokens=True, commit=False)
