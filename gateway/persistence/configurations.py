"""The running configuration on the audit trail: digests of its files, once for each change."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from gateway.audit import digest_of
from gateway.persistence.tables import audit
from gateway.persistence.unit_of_work import UnitOfWork

LOADED = "config.loaded"
SUBJECT = "configuration"


def note_loaded(work: UnitOfWork, files: Mapping[str, str], keys: Mapping[str, str]) -> bool:
    """A row with the digest of every file and the names of the keys in use, unless the last row says the same."""
    digest = digest_of({"files": dict(files), "keys": dict(keys)})
    work.trail.head(lock=True)  # several processes start at once; one of them writes
    before = _newest(work.connection)
    if before.get("digest") == digest:
        return False
    gone = sorted(before.get("files", {}).keys() - files.keys())
    changed = sorted(name for name, value in files.items() if before.get("files", {}).get(name) != value)
    work.note(
        action=LOADED, subject=SUBJECT,
        data={
            "digest": digest, "before": before.get("digest"), "files": dict(files), "keys": dict(keys),
            "changed": changed, "removed": gone,
        },
    )  # fmt: skip
    return True


def newest_files(connection: Connection) -> dict[str, str]:
    """The digest of every file, by its name, with which the process runs that was started last; empty before the first
    one was.
    """
    return dict(_newest(connection).get("files", {}))


def _newest(connection: Connection) -> Mapping[str, Any]:
    query = (
        select(audit.c.data)
        .where(audit.c.subject == SUBJECT, audit.c.action == LOADED)
        .order_by(audit.c.sequence.desc())
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none() or {}
