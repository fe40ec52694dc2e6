from datetime import UTC, datetime

import httpx
import pytest

from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from tests.gateway.console.markup import look
from tests.gateway.hubs import add_person

AFTER_CUT_OFF = datetime(2026, 9, 30, 12, 30, tzinfo=UTC)


def plain(text):
    return " ".join(text.split())


def urgent(body):
    body["batches"][0]["payment_type"] = {"service_level": "URGP"}


@pytest.fixture
def missed(site):
    """Two urgent payments that were approved in time and scheduled too late."""
    batch_id = site.submit("100.00", "20.50", change=urgent)
    for name in ("anna", "ben"):
        assert site.browser(name).decide(f"/batches/{batch_id}/approve").status_code == 303
    site.hub.clock.at = AFTER_CUT_OFF
    site.advance(batch_id)
    assert states(site, batch_id) == {State.EXPIRED}
    return batch_id


def states(site, batch_id):
    with site.hub.unit_of_work(actor="test") as work:
        return {one.state for one in work.payments.tally(Selection(batch_id=batch_id))}


def test_the_value_dates_are_shown_before_anybody_asks_for_the_day(site, missed):
    anna = site.browser("anna")
    assert "Ask for a new day for 2 payments" in anna.get(f"/batches/{missed}").text
    assert 'value="2026-10-01"' in anna.get(f"/batches/{missed}/renewal").text, "the first day that can be reached"
    today = plain(anna.get(f"/batches/{missed}/renewal?on=2026-09-30").text)
    assert "its cut-off for that day has passed" in today
    assert 'name="reason"' not in today
    shown = anna.get(f"/batches/{missed}/renewal?on=2026-10-05")
    assert look(shown.text)[0] == []
    assert "alpenbank urgent" in plain(shown.text)
    assert "5 Oct 2026" in plain(shown.text)
    assert "EUR\N{NO-BREAK SPACE}120.50</button>" in shown.text
    assert states(site, missed) == {State.EXPIRED}, "looking changes nothing"
    answer = anna.decide(f"/batches/{missed}/renewal?on=2026-10-05", reason="the vendor agreed")
    assert answer.status_code == 303
    assert states(site, missed) == {State.VALIDATED}
    after = plain(anna.get(answer.headers["location"].removeprefix("/console")).text)
    assert "You asked for a new day." in after
    assert "wait for 2 approvals" in after


def test_whoever_gave_another_day_does_not_agree_to_it(site, missed):
    anna, ben = site.browser("anna"), site.browser("ben")
    anna.decide(f"/batches/{missed}/renewal?on=2026-10-05", reason="the vendor agreed")
    shown = plain(anna.get(f"/batches/{missed}").text)
    assert "You gave it another day, so somebody else decides." in shown
    door = f"{site.address}/v1/batches/{missed}/approvals"
    as_anna = {"Authorization": f"Bearer {site.token}"}
    digest = httpx.get(door, headers=as_anna, timeout=60).json()["digest"]
    refused = httpx.post(door, headers=as_anna, json={"decision": "approve", "digest": digest}, timeout=60)
    assert (refused.status_code, refused.json()["code"]) == (403, "approval.own_edit")
    assert ben.decide(f"/batches/{missed}/approve").status_code == 303


def test_a_cut_off_that_passed_since_the_page_was_shown_is_told_and_nothing_moves(site, missed):
    anna = site.browser("anna")
    seen = anna.hidden(f"/batches/{missed}/renewal?on=2026-10-01")
    site.hub.clock.at = datetime(2026, 10, 1, 12, 30, tzinfo=UTC)
    answer = anna.post(f"/batches/{missed}/renewal", seen | {"reason": "the vendor agreed"})
    assert answer.status_code == 422
    assert "A cut-off passed" in answer.text
    assert "its cut-off for that day has passed" in plain(answer.text)
    assert 'name="reason"' not in answer.text
    assert states(site, missed) == {State.EXPIRED}


@pytest.mark.parametrize("day", ["2026-09-29", "yesterday", ""])
def test_a_day_that_is_over_or_none_is_refused(site, missed, day):
    anna = site.browser("anna")
    fields = anna.hidden(f"/batches/{missed}/renewal") | {"on": day, "reason": "the vendor agreed"}
    answer = anna.post(f"/batches/{missed}/renewal", fields)
    assert answer.status_code == 422
    assert look(answer.text)[0] == []
    assert states(site, missed) == {State.EXPIRED}


def test_a_day_without_a_calendar_offers_no_button(site, missed):
    shown = site.browser("anna").get(f"/batches/{missed}/renewal?on=2199-01-01").text
    assert "would have no way to a bank on that day" in plain(shown)
    assert 'name="reason"' not in shown


def test_an_operator_looks_and_does_not_ask(site, missed):
    add_person(site.hub, "otto", roles=("operator",))
    otto = site.browser("otto")
    assert (
        "Only a maker or an approver for ACME-AT asks for another day." in otto.get(f"/batches/{missed}/renewal").text
    )
    fields = {"csrf": otto.csrf("/"), "on": "2026-10-05", "reason": "I would like to"}
    assert otto.post(f"/batches/{missed}/renewal", fields).status_code == 403
    assert states(site, missed) == {State.EXPIRED}


def test_where_nothing_missed_its_cut_off_there_is_nothing_to_ask_for(site):
    batch_id = site.submit("100.00")
    anna = site.browser("anna")
    assert "has missed its cut-off" in plain(anna.get(f"/batches/{batch_id}/renewal").text)
    assert "new day" not in anna.get(f"/batches/{batch_id}").text


def test_a_closed_day_shows_the_next_open_one(site, missed):
    shown = plain(site.browser("anna").get(f"/batches/{missed}/renewal?on=2026-10-03").text)
    assert "5 Oct 2026" in shown, "the third is a Saturday"
    assert "is closed or over for some of them" in shown
