"""What goes wrong on the line while somebody acts at a door: an upload, a download, a listing, a look."""

from dataclasses import dataclass, replace

from banks.simulator.behaviours.registry import Behaviour, Options, entry

ACTS = ("sign_in", "upload", "download", "list", "look", "rename", "remove", "chmod")
"""What a client does at a door, as ``when = { act = … }`` says it. Only SFTP renames and sets permissions; over HTTP a
look asks about an order, and a receipt removes a document.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlan:
    """How the bank treats one act. Each ``…_at`` is the byte after which it happens; None is never."""

    drop_at: int | None = None
    half_close_at: int | None = None
    full_at: int | None = None
    stall_at: int | None = None
    stall_s: int = 0
    bytes_per_s: int | None = None
    deny: bool = False


LINE: dict[str, Behaviour[LinePlan]] = {}


@entry(LINE, "drop_at_byte", needs="byte", times=1)
def drop_at_byte(plan: LinePlan, options: Options) -> LinePlan:
    """The line dies when so many bytes have passed, or at the end of a shorter transfer."""
    return replace(plan, drop_at=options.byte)


@entry(LINE, "half_close", takes="byte", times=1)
def half_close(plan: LinePlan, options: Options) -> LinePlan:
    """After so many bytes the bank says nothing more and hangs up its own side, but still listens."""
    return replace(plan, half_close_at=options.byte)


@entry(LINE, "stall", needs="seconds", takes="byte", times=1)
def stall(plan: LinePlan, options: Options) -> LinePlan:
    """After so many bytes the bank falls silent for real seconds, without hanging up."""
    return replace(plan, stall_at=options.byte, stall_s=options.seconds)


@entry(LINE, "slow", takes="bytes_per_s")
def slow(plan: LinePlan, options: Options) -> LinePlan:
    """Bytes pass at this rate and no faster (1000 a second unless told)."""
    return replace(plan, bytes_per_s=options.bytes_per_s)


@entry(LINE, "disk_full", takes="byte")
def disk_full(plan: LinePlan, options: Options) -> LinePlan:
    """The disk is full after so many bytes: an SFTP write fails, the API answers 507."""
    return replace(plan, full_at=options.byte)


@entry(LINE, "deny")
def deny(plan: LinePlan, _: Options) -> LinePlan:
    """Permission denied (over HTTP 403): name the act in ``when``, or nothing is allowed."""
    return replace(plan, deny=True)
