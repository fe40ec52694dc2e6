"""How fast the audit trail is verified, against a floor: medians of paired runs over one SQLite trail.

The trail is made with the hub's own link function and looks like a working day: moves in sets, readings, sign-ins. The
floor fetches the same columns with the driver alone and does what no verification can do without: the SHA-256 over the
hash before and the row as JSON. ``python -m tests.benchmarks.bench_audit 1000000`` measures a trail of that size.
"""

import hashlib
import json
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, update

from gateway.audit import GENESIS, AuditRow, canonical, link
from gateway.persistence.audit_trail import AuditTrail
from gateway.persistence.columns import JsonText
from gateway.persistence.engine import READ_ONLY, open_engine
from gateway.persistence.tables import audit, audit_head, metadata

ROWS = 100_000
PORTION = 20_000
RUNS = 5
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
COLUMNS = "sequence, at, act, actor, action, subject, data, address, request_id, previous, hash"
KINDS = (
    ("payment.submitted", {"count": 500, "from": "generated", "to": "submitted", "file": "01JD0000000000000000000001"}),
    ("file.content_read", {"sha256": "ab" * 32}),
    ("person.signed_in", {}),
    ("batch.approved", {"digest": "cd" * 32, "person": "01JD0000000000000000000002", "persons": 2}),
)


def fill(url: str, count: int) -> None:
    """Makes a trail of ``count`` rows."""
    engine = open_engine(url)
    metadata.create_all(engine, tables=[audit, audit_head])
    previous = GENESIS
    with engine.begin() as connection:
        for first in range(1, count + 1, PORTION):
            rows = []
            for number in range(first, min(first + PORTION, count + 1)):
                action, data = KINDS[number % len(KINDS)]
                people = number % 2 == 1
                facts = {
                    "sequence": number, "at": START + timedelta(milliseconds=number), "act": f"01JD{number:022}",
                    "actor": f"01JC{number % 40:022}", "action": action, "subject": f"01JB{number % 5000:022}",
                    "previous": previous, "address": "10.0.0.7" if people else None,
                    "request_id": f"01JR{number:022}" if people else None,
                }  # fmt: skip
                previous = link(previous, AuditRow(**facts, data=data, hash=""))
                rows.append(facts | {"data": JsonText(canonical(data)), "hash": previous})
            connection.execute(insert(audit), rows)
        connection.execute(insert(audit_head).values(id=1, sequence=0, hash=GENESIS))
        connection.execute(update(audit_head).values(sequence=count, hash=previous))
    engine.dispose()


def ours(url: str) -> None:
    engine = open_engine(url)
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        assert list(AuditTrail(connection).breaches()) == []
    engine.dispose()


def floor(path: Path, count: int) -> None:
    connection = sqlite3.connect(path)
    previous, seen = GENESIS, 0
    for number, at, act, actor, action, subject, data, address, request, _, _ in connection.execute(
        f"SELECT {COLUMNS} FROM audit ORDER BY sequence"
    ):
        record = {
            "sequence": number, "at": at, "act": act, "actor": actor, "action": action, "subject": subject,
            "data": json.loads(data),
        }  # fmt: skip
        if address is not None:
            record |= {"address": address, "request_id": request}
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        seen += 1
    assert (seen, previous) == (count, connection.execute("SELECT hash FROM audit_head").fetchone()[0])
    connection.close()


def cpu_seconds(run) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def figures(count: int = ROWS, runs: int = RUNS) -> dict[str, float]:
    """Our CPU time over the floor's, and what a million rows take; below 1 is faster."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trail.db"
        url = f"sqlite:///{path}"
        fill(url, count)
        pairs = [(cpu_seconds(lambda: ours(url)), cpu_seconds(lambda: floor(path, count))) for _ in range(runs)]
    return {
        "verify_audit_vs_floor": round(statistics.median(one / other for one, other in pairs), 3),
        "verify_audit_million_rows_cpu_s": round(statistics.median(one for one, _ in pairs) * 1_000_000 / count, 1),
    }


if __name__ == "__main__":
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    told = figures(rows, runs=1 if rows > ROWS else RUNS)
    print(json.dumps(told | {"rows": rows, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}))
