"""A batch of 10,000 payments (on SQLite 5,000) walks all nine steps, and no step asks the database once per payment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import sqlite

pytestmark = [pytest.mark.server, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
LARGE = {"postgresql": 10_000, "sqlite": 5_000}
SMALL = 2_000
STATEMENTS_MAX = 150
"""SQL statements a step may send however small the batch is."""
PAYMENTS_PER_STATEMENT = 40
"""And one more for so many payments: keys go to the database in portions."""
MEMORY_MB = 300
WITHIN_S = 280


def _walked(url, folder, count):
    command = [sys.executable, "-m", "tests.journeys.scale_run", url, str(folder), str(count)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_large_batch_is_reconciled_in_sets(database_url, tmp_path, record_testsuite_property):
    large = LARGE[database_url.partition(":")[0].partition("+")[0]]
    told = _walked(database_url, tmp_path, large)
    record_testsuite_property("seconds per step", told["seconds"])
    assert told["states"] == {"reconciled": large * 99 // 100, "rejected": large // 100}
    assert told["verdicts"] == ["proven"]
    assert not told["set_aside"]
    bound = STATEMENTS_MAX + large // PAYMENTS_PER_STATEMENT
    assert {step: asked for step, asked in told["statements"].items() if asked > bound} == {}
    assert told["memory_mb"] < MEMORY_MB


def test_ten_times_the_payments_cost_ten_times_as_much_and_not_more(sqlite_url, tmp_path):
    (tmp_path / "small").mkdir()
    (tmp_path / "smaller").mkdir()
    small = _walked(sqlite_url, tmp_path / "small", SMALL)
    smaller = _walked(sqlite.fresh(tmp_path / "copy.db"), tmp_path / "smaller", SMALL // 10)
    grown = {step: small["statements"][step] - asked for step, asked in smaller["statements"].items()}
    assert {step: more for step, more in grown.items() if more > SMALL // PAYMENTS_PER_STATEMENT} == {}
    assert sum(small["cpu"].values()) < 12 * sum(smaller["cpu"].values()), (small["cpu"], smaller["cpu"])
