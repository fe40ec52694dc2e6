"""The demonstration is right: as a newcomer starts it, on SQLite, and on PostgreSQL with two workers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.server, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 240


def _told(url):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAYHUB_")}
    if not url.startswith("sqlite"):
        environment["PAYHUB_DATABASE_URL"] = url
    command = [sys.executable, "-m", "gateway.cli", "demo", "--once", "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_demonstration_ends_with_everything_where_it_belongs(database_url):
    told = _told(database_url)
    assert told["payments"] == {
        "acknowledged": 1, "invalid": 1, "reconciled": 13, "rejected": 1, "returned": 1, "validated": 1,
    }, told  # fmt: skip
    assert told["held"] == 1, told
    assert told["doubts_settled"] == 1, told
    assert told["breaks"] == {"amount_differs": 1, "return": 1, "unknown_entry": 1}, told
    assert (told["duplicate_files"], told["files_lost"], told["files_unknown"]) == (0, 0, 0), told
    assert told["statements_balanced"], told
    assert told["audit_ok"], told
    assert told["conserved"], told
    assert told["webhooks_delivered"] > 0, told
    assert told["workers"] == (1 if database_url.startswith("sqlite") else 2)
