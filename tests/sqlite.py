"""A migrated SQLite database with nothing in it, made once a process and copied.

Migrating anew for each test would cost more than most tests.
"""

import tempfile
from functools import cache
from pathlib import Path

from gateway.persistence.engine import open_engine
from gateway.persistence.migrations import upgrade


def fresh(path: Path) -> str:
    """Puts one at ``path``; gives the address to open it by."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(prefix="payhub-template-") as folder:
        path = Path(folder) / "hub.db"
        engine = open_engine(f"sqlite:///{path}")
        upgrade(engine)
        engine.dispose()  # the last connection to leave folds the write-ahead log into the file
        return path.read_bytes()
