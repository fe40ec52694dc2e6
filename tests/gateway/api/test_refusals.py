"""Refused keys, tokens and sign-ins on the trail: each kind, none lost, and no flood."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.api import auth
from gateway.api.problems import Unauthenticated
from gateway.api.signing_in import sign_in
from gateway.cli.serve import telling
from gateway.origin import CURRENT, Origin
from gateway.persistence.people import FAILURES_MAX
from gateway.persistence.refusals import KINDS_MAX, NOBODY, WINDOW_S, Kind, Refusals, network
from gateway.persistence.tables import audit
from tests.gateway.hubs import MachineTime, add_client, add_person, open_hub

REST = "0" * 52


@pytest.fixture
def hub(tmp_path, database_url):
    """An empty hub, once on each kind of database."""
    hub = open_hub(tmp_path, database_url)
    hub.machine_ms = MachineTime()
    yield hub
    hub.close()


def knock(hub, text, address="192.0.2.1"):
    mark = CURRENT.set(Origin(address=address, request_id="q-1"))
    try:
        with pytest.raises(Unauthenticated):
            auth.authenticate(hub, text)
    finally:
        CURRENT.reset(mark)


def told(hub):
    with hub.reading() as connection:
        rows = connection.execute(select(audit).where(audit.c.action == "credential.refused").order_by("sequence"))
        return [(row.data["what"], row.subject, row.address, row.data["count"], row.data["following"]) for row in rows]


def spoilt(secret):
    return secret[:-1] + ("y" if secret.endswith("x") else "x")


def wait(hub):
    hub.machine_ms.ms += WINDOW_S * 1000
    hub.tell_refusals()


def test_a_wrong_key_of_a_client_is_written_once_and_counted_at_the_windows_end(hub):
    client, key = add_client(hub)
    for _ in range(5):
        knock(hub, f"Bearer {spoilt(key)}")
    first = ("key", client.id, "192.0.2.1", 1, False)
    assert told(hub) == [first]
    hub.tell_refusals()
    assert told(hub) == [first], "the window is not over"
    wait(hub)
    assert told(hub) == [first, ("key", client.id, "192.0.2.1", 4, True)]
    wait(hub)
    assert len(told(hub)) == 2
    assert key[-10:] not in str(told(hub))


def test_keys_nobody_has_are_one_kind_whatever_they_begin_with(hub):
    for number in range(50):
        knock(hub, f"Bearer phk_{number:010d}_{REST}")
    assert told(hub) == [("key", NOBODY, "192.0.2.1", 1, False)]


def test_each_address_is_counted_apart(hub):
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
        knock(hub, f"Bearer phk_0123456789_{REST}", address)
    assert [row[2] for row in told(hub)] == ["192.0.2.1", "192.0.2.2"]


def test_a_crowd_of_addresses_is_counted_together(hub):
    for number in range(KINDS_MAX + 40):
        knock(hub, f"Bearer phk_0123456789_{REST}", f"192.0.2.{number}")
    wait(hub)
    assert len(told(hub)) == KINDS_MAX + 2
    assert told(hub)[-2:] == [("others", NOBODY, None, 1, False), ("others", NOBODY, None, 39, True)]
    assert sum(row[3] for row in told(hub)) == KINDS_MAX + 40


def test_what_was_refused_is_said_by_its_kind(hub):
    anna, token = add_person(hub)
    for text in (f"Bearer {spoilt(token)}", f"Bearer php_0123456789_{REST}", "Bearer a.b.c", "Basic YTpi", "Bearer x"):
        knock(hub, text)
    assert [row[:2] for row in told(hub)] == [
        ("personal token", anna.id), ("personal token", NOBODY), ("token: no issuer is configured", NOBODY),
        ("no key or token", NOBODY),
    ]  # fmt: skip


def test_whoever_brings_nothing_is_turned_away_without_a_word_on_the_trail(hub):
    for text in (None, ""):
        knock(hub, text)
    assert told(hub) == []


def test_a_person_who_is_locked_out_fills_no_trail(hub):
    anna, _ = add_person(hub)
    for _ in range(FAILURES_MAX + 20):
        with pytest.raises(Unauthenticated):
            sign_in(hub, "anna", "wrong")
    assert told(hub) == [("sign-in while locked out", anna.id, None, 1, False)]


def test_a_process_that_stops_tells_what_it_counted(hub):
    for _ in range(3):
        knock(hub, f"Bearer phk_0123456789_{REST}")
    hub.tell_refusals(all_of_them=True)
    assert [row[3] for row in told(hub)] == [1, 2]


def test_the_served_process_tells_the_rest_when_it_ends(hub):
    with telling(hub):
        for _ in range(3):
            knock(hub, f"Bearer phk_0123456789_{REST}")
        assert [row[3] for row in told(hub)] == [1]
    assert [row[3] for row in told(hub)] == [1, 2]


def test_what_the_trail_says_of_refusals_is_chained_like_the_rest(door):
    for _ in range(3):
        httpx.get(f"{door.http.base_url}/v1/batches", headers={"Authorization": f"Bearer phk_0123456789_{REST}"})
    assert door.http.get("/v1/audit/verification", headers=door.as_bert).json() == {"intact": True, "breaches": []}


@pytest.mark.parametrize(
    ("address", "counted"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8::1:2", "2001:db8::/64"), (None, None), ("testclient", "testclient")],
)
def test_whoever_has_an_address_of_the_new_kind_has_its_whole_network(address, counted):
    assert network(address) == counted


KINDS = st.builds(Kind, st.sampled_from("abc"), st.just(NOBODY), st.integers(0, 150).map(str))


@given(st.lists(st.tuples(KINDS, st.integers(0, 200)), max_size=300))
def test_nothing_is_lost_and_a_window_has_its_limit(knocks):
    refusals, now_s, written, rows_of_window = Refusals(), 1_000_000, 0, {}

    def count(rows):
        window = now_s // WINDOW_S
        rows_of_window[window] = rows_of_window.get(window, 0) + rows

    for kind, pause_s in knocks:
        now_s += pause_s
        ended = refusals.ended(now_s)
        written += sum(ended.values())
        count(len(ended))
        if refusals.first(kind, now_s):
            written += 1
            count(1)
    written += sum(refusals.ended(None).values())
    assert written == len(knocks)
    assert all(rows <= 2 * (KINDS_MAX + 1) for rows in rows_of_window.values())
