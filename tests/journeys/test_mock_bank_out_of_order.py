"""Mock-bank books before it reports, and tells everything twice. In a module of its own: one process runs one hub."""

import pytest

from gateway.persistence.tables import breaks, documents
from tests.journeys.at_mock_bank import meeting

pytestmark = [pytest.mark.server, pytest.mark.slow]
STATUS_AFTER_MS = 3 * 24 * 60 * 60 * 1000


def test_bookings_that_overtake_the_status_report_and_everything_told_twice_change_nothing(
    tmp_path, sqlite_url, openssh
):
    paid = {"FAST-1": ("elsewhere", "12.00"), "CLOSED-2": ("INITECH", "3.00")}
    late = ("--status-delay-ms", str(STATUS_AFTER_MS))
    with meeting(tmp_path, sqlite_url, openssh, {"PAYHUB": {}}, options=late) as met:
        batch = met.pay("PAYHUB", paid, message_id="LATE-1")
        met.hub.until_states({"submitted": 2}, batch.id)
        met.bank.scan()
        met.bank.advance(days=2)
        met.hub.until_states({"reconciled": 1, "submitted": 1}, batch.id)

        met.bank.advance(days=2)
        met.hub.until_states({"reconciled": 1, "rejected": 1}, batch.id)
        met.until_read()
        assert met.states() == met.at_the_bank()

        count = len(met.hub.rows(documents.c.id))
        told = list(met.server.path(met.server.remote("archive")).iterdir())
        assert len(told) == count
        for number, document in enumerate(reversed(told)):
            again = met.server.path(met.server.remote("out")) / f"again-{number}.xml"
            again.write_bytes(document.read_bytes())
        met.until_read()
        assert len(met.hub.rows(documents.c.id)) == count
        assert met.states() == met.at_the_bank()
        assert {row.state for row in met.hub.rows(breaks.c.state)} <= {"resolved"}
