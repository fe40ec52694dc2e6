"""The hash chain of the audit trail: each row's hash covers the row and the hash before it (rulebook AU-01).

Personal data stay outside the chain: a row names ids, counts and digests, never an account number or a name of a payee.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
"""What the first row is chained to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One row as stored."""

    sequence: int
    at: datetime
    act: str
    actor: str
    action: str
    subject: str
    data: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Breach:
    """Where the chain does not hold, and how."""

    sequence: int
    what: str


def link(previous: str, row: AuditRow) -> str:
    """The hash of ``row`` chained to ``previous``: SHA-256 over the hash before and the row in canonical JSON."""
    record = {
        "sequence": row.sequence,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "act": row.act,
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "data": row.data,
    }
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def digest_of(data: Mapping[str, Any]) -> str:
    """SHA-256 over facts that do not belong into the chain themselves, in canonical JSON: the chain holds them fast."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def verify(rows: Iterable[AuditRow], *, head_sequence: int, head_hash: str) -> Iterable[Breach]:
    """Every edit, gap, reorder and cut-off end in ``rows`` (ordered by sequence), by the number of the row."""
    expected, previous = 1, GENESIS
    for row in rows:
        if row.sequence != expected:
            yield Breach(expected, f"rows {expected} to {row.sequence - 1} are missing")
        elif row.previous != previous:
            yield Breach(row.sequence, "it is not chained to the row before it")
        elif link(previous, row) != row.hash:
            yield Breach(row.sequence, "its content was changed after it was written")
        expected, previous = row.sequence + 1, row.hash
    if expected - 1 != head_sequence:
        yield Breach(expected, f"the trail should end at row {head_sequence}")
    elif head_sequence and previous != head_hash:
        yield Breach(head_sequence, "the last row is not the one the head remembers")
