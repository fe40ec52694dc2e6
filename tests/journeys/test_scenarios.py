"""Under every shipped scenario the hub loses nothing, pays nothing twice, and contradicts no bank without saying so."""

import pytest

from banks.simulator import scenario
from gateway.persistence.tables import breaks, documents, statements
from tests.journeys.at_scenario import ACCOUNTS, FILES_A_DAY, SENDING_DAYS, UNSENT, week

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(600)]
ALWAYS = {"trouble"}
"""Part of `make test`; the others are part of `make campaigns`."""
PAYMENTS = len(ACCOUNTS) * FILES_A_DAY * SENDING_DAYS * 3
QUIET = {"plain", "lossy-line", "lagging-bank", "slow-bank"}
"""Where only the line or the pace is wrong: in the end every payment is booked and everything is proven."""
SWEEPS = {"closing-doors": "unclear"}
"""What the profile must say of a bank that sweeps staged copies: a copy that is gone proves nothing."""
BREAKS = {
    "trouble": {"unknown_entry", "return", "fee", "amount_differs"},
    "contradictory-bank": {"late_rejection", "missing_booking", "duplicate_booking"},
    "broken-statements": {"statement_unproven", "unknown_entry", "return", "fee", "amount_differs"},
    "everything": {"unknown_entry", "amount_differs", "duplicate_booking"},
}  # fmt: skip
"""Kinds of break that must be seen, at the least."""


STATES = {
    **{name: {"reconciled": PAYMENTS} for name in QUIET},
    "contradictory-bank": {"reconciled": 36, "rejected": 10, "acknowledged": 2},
}
"""Where every payment must stand: a duplicate refusal of an accepted file, say, rejects nothing."""


def lived(folder, url, name):
    """The week under one scenario, with what must hold after any of them."""
    with week(folder, url, name, vanished=SWEEPS.get(name, "handed_over")) as met:
        met.live()
        story = met.hub.story()
        assert met.lost() == [], story
        assert met.doubled() == [], story
        assert met.contradictions() == [], story
        assert met.hub.audit_is_intact()
        assert sum(met.hub.states().values()) == PAYMENTS
        unread = [row for row in met.hub.rows(documents.c.state, documents.c.name) if row.state == "received"]
        assert unread == [], "one poisoned document keeps others waiting"
        assert all(
            row.reason for row in met.hub.rows(documents.c.state, documents.c.reason) if row.state == "quarantined"
        )
        opened = {row.kind for row in met.hub.rows(breaks.c.kind)}
        assert BREAKS.get(name, set()) <= opened, story
        assert met.hub.states() == STATES.get(name, met.hub.states()), story
        if name in QUIET:
            assert opened == set()
            assert {row.verdict for row in met.hub.rows(statements.c.verdict)} == {"proven"}
        if name == "closing-doors":
            waiting = sum(count for state, count in met.hub.states().items() if state in UNSENT - {"in_doubt"})
            assert waiting == 3 * FILES_A_DAY, f"a bank whose host key changed gets nothing more\n{story}"
        if name == "hostile-outbox":
            assert {row.state for row in met.hub.rows(documents.c.state)} == {"processed", "quarantined"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in ALWAYS else [pytest.mark.campaign]) for name, _ in scenario.shipped()],
)
def test_a_week_under_this_scenario_loses_nothing_and_doubles_nothing(tmp_path, sqlite_url, name):
    lived(tmp_path, sqlite_url, name)


@pytest.mark.campaign
@pytest.mark.parametrize("name", ["contradictory-bank", "everything"])
def test_the_same_holds_on_postgresql(tmp_path, postgres_url, name):
    lived(tmp_path, postgres_url, name)
