"""The hash chain of the audit trail: each row's hash covers the row and the hash before it (rulebook AU-01).

Personal data stay outside the chain: a row names ids, counts and digests, never an account number or a name of a payee.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

GENESIS = "0" * 64
"""What the first row is chained to."""
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One row as stored. ``address`` and ``request_id`` say where the request came from, where there was one."""

    sequence: int
    at: datetime
    act: str
    actor: str
    action: str
    subject: str
    data: Mapping[str, Any]
    previous: str
    hash: str
    address: str | None = None
    request_id: str | None = None


class Stored(NamedTuple):
    """A row exactly as it lies in the database, for the walk: texts are not parsed, so that no byte escapes it."""

    sequence: int
    at: str
    act: str
    actor: str
    action: str
    subject: str
    data: str
    address: str | None
    request_id: str | None
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Breach:
    """Where the chain does not hold, and how."""

    sequence: int
    what: str


def canonical(value: Any) -> str:
    """Canonical JSON: sorted keys, no blanks, characters as they are."""
    return _encode(value)


def moment_text(at: datetime) -> str:
    """A moment as the chain writes it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def link(previous: str, row: AuditRow) -> str:
    """The hash of ``row`` chained to ``previous``: SHA-256 over the hash before and the row in canonical JSON."""
    return _link(previous, stored(row))


def stored(row: AuditRow, data: str | None = None) -> Stored:
    """A row as it is laid into the database; ``data`` is its canonical text where it is known already."""
    return Stored(
        row.sequence, moment_text(row.at), row.act, row.actor, row.action, row.subject,
        canonical(row.data) if data is None else data, row.address, row.request_id, row.previous, row.hash,
    )  # fmt: skip


def _link(previous: str, row: Stored) -> str:
    """Canonical JSON put together by hand: parsing data only to write them again would cost more than all else."""
    address = "" if row.address is None else f'"address":{_encode(row.address)},'
    request = "" if row.request_id is None else f'"request_id":{_encode(row.request_id)},'
    text = (
        f'{previous}\n{{"act":{_encode(row.act)},"action":{_encode(row.action)},"actor":{_encode(row.actor)},{address}'
        f'"at":{_encode(row.at)},"data":{row.data},{request}"sequence":{row.sequence},"subject":{_encode(row.subject)}}}'
    )
    return hashlib.sha256(text.encode()).hexdigest()


def holds(row: Stored) -> bool:
    """Whether a row is what its hash covers. Rows of older versions hold their data in plain JSON, not canonical."""
    if _link(row.previous, row) == row.hash:
        return True
    try:
        data = json.loads(row.data)
    except ValueError:
        return False
    return json.dumps(data) == row.data and _link(row.previous, row._replace(data=canonical(data))) == row.hash


def digest_of(data: Mapping[str, Any]) -> str:
    """SHA-256 over facts that do not belong into the chain themselves, in canonical JSON: the chain holds them fast."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def verify(
    rows: Iterable[Stored], *, head_sequence: int, head_hash: str, anchored: Mapping[int, str] | None = None
) -> Iterator[Breach]:
    """Every edit, gap, reorder and cut-off end in ``rows`` (ordered by sequence), by the number of the row.

    ``anchored`` are hashes by sequence that were kept outside: who rewrites the whole chain cannot rewrite those.
    """
    expected, previous = 1, GENESIS
    waiting = dict(anchored or {})
    for row in rows:
        if row.sequence < expected:
            yield Breach(row.sequence, "it was put before the first row")
            continue
        if row.sequence != expected:
            yield Breach(expected, f"rows {expected} to {row.sequence - 1} are missing")
        elif row.previous != previous:
            yield Breach(row.sequence, "it is not chained to the row before it")
        elif not holds(row):
            yield Breach(row.sequence, "its content was changed after it was written")
        if waiting and waiting.pop(row.sequence, row.hash) != row.hash:
            yield Breach(row.sequence, "it is not the row that was anchored: the chain was written anew")
        expected, previous = row.sequence + 1, row.hash
    yield from (Breach(number, "it was anchored and is not there") for number in sorted(waiting))
    if expected - 1 != head_sequence:
        yield Breach(expected, f"the trail should end at row {head_sequence}")
    elif previous != head_hash:
        yield Breach(head_sequence, "the last row is not the one the head remembers")
