"""What every test may ask for: a database of its own, on SQLite and on PostgreSQL.

With ``PAYHUB_REQUIRE_ALL`` set, a test that is skipped because something "is not installed" fails instead: the build
machine must have every server and the browser, and nobody would read a skip there.
"""

import gc
import os
import shutil
import tempfile
from pathlib import Path

import certifi
import pytest

from gateway.persistence.engine import open_engine
from tests import engines, postgres, sqlite

RUN = "PAYHUB_TEST_RUN"
"""Names the folder that all workers of one session share."""
HERE = Path(__file__).parent
AT_LENGTH = (
    "contracts/", "faults/", "fuzz/", "journeys/", "gateway/api/", "gateway/cli/", "gateway/console/",
    "gateway/events/", "banks/simulator/", "reconciliation/test_campaign", "reconciliation/test_scale",
    "formats/camt/test_mutations", "formats/test_hostile", "formats/test_schemas",
)  # fmt: skip
"""What starts servers or tries thousands of inputs: part of ``make test``, too long for ``make check``."""
FIRST = ("journeys/", "faults/", "contracts/")
"""What takes longest begins first, so that no process is left with it alone at the end."""
IN_TURN = {
    "journeys/test_crash_short.py": "hurt, one database", "journeys/test_faults_short.py": "hurt, one database",
    "journeys/test_outages_short.py": "hurt, another", "journeys/test_sabotage_short.py": "hurt, another",
    "journeys/test_browser_story.py": "browser", "journeys/test_mock_bank_behaviours.py": "mock-bank",
    "banks/security/test_pgp_and_gpg.py": "gpg",
}  # fmt: skip
"""Modules whose tests one process runs one after the other: campaigns, which measure how soon the hub is well again,
and those that share a costly set-up.
"""
MISSING = "not installed"
"""What the reason of a skip says when the machine lacks something; the rule above looks for it."""


def pytest_configure(config):
    engines.share()
    if not hasattr(config, "workerinput"):
        os.environ[RUN] = tempfile.mkdtemp(prefix="payhub-tests-")
        os.environ["SSL_CERT_FILE"] = _one_authority(Path(os.environ[RUN]))


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput") and (run := os.environ.pop(RUN, None)):
        postgres.stop_shared(Path(run))
        shutil.rmtree(run, ignore_errors=True)


def pytest_collection_finish():
    gc.freeze()  # tests and modules stay to the end: the collector need not walk them again and again


def pytest_collection_modifyitems(items):
    for item in items:
        place = _place(item)
        if place.startswith(AT_LENGTH):
            item.add_marker(pytest.mark.slow)
        if place in IN_TURN:
            item.add_marker(pytest.mark.xdist_group(IN_TURN[place]))
    items.sort(key=lambda item: not _place(item).startswith(FIRST))


def _one_authority(folder):
    """One of the world's authorities, for every process of the session: no test calls anybody out there, and loading
    them all costs a hundredth of a second or two for each client of HTTP that a test makes, encrypted or not.
    """
    first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")
    path = folder / "authority.pem"
    path.write_text(f"{first}{end}\n")
    return str(path)


def _place(item):
    return item.path.relative_to(HERE).as_posix()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    if report.skipped and os.environ.get("PAYHUB_REQUIRE_ALL") and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2])
        if MISSING in reason:
            report.outcome = "failed"
            report.longrepr = f"{reason}, and PAYHUB_REQUIRE_ALL asks for everything"
    return report


def pytest_terminal_summary(terminalreporter):
    skipped = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", ()) if MISSING in str(report)]
    if skipped:
        terminalreporter.section("not proved on this machine")
        for reason in sorted(set(skipped)):
            terminalreporter.line(f"{skipped.count(reason)} tests: {reason.removeprefix('Skipped: ')}")


@pytest.fixture(scope="session")
def postgres_server():
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    return postgres.shared(Path(os.environ[RUN]))


@pytest.fixture
def postgres_url(postgres_server):
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path):
    return sqlite.fresh(tmp_path / "migrated.db")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request):
    """A migrated, empty database of the test's own, once on each of the two kinds."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def engine(database_url):
    engine = open_engine(database_url)
    yield engine
    engine.dispose()
