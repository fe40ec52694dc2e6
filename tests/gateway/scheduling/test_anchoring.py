import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select, update

from gateway import anchors
from gateway.persistence import anchor_desk, hardening
from gateway.persistence.tables import anchors as rows
from gateway.persistence.tables import events
from gateway.scheduling import anchoring
from gateway.settings_proof import Proof
from tests.gateway.hubs import open_hub

SEED = "07" * 32


@pytest.fixture
def sink(tmp_path):
    return tmp_path / "anchors.jsonl"


@pytest.fixture
def hub(tmp_path, sink):
    hub = open_hub(tmp_path, proof=Proof(anchor_key=SEED, anchor_file=sink))
    act(hub)
    yield hub
    hub.close()


def act(hub, count=3):
    with hub.unit_of_work(actor="test") as work:
        for number in range(count):
            work.note(action="something", subject="B1", data={"number": number})
        work.commit()


def found(hub, outside=()):
    with hub.reading(still=True) as connection:
        return list(anchor_desk.examine(connection, hub.public_keys(), list(outside)))


def kept(sink):
    return list(anchors.read(sink.read_text().splitlines()))


def told(hub):
    with hub.reading() as connection:
        return [one for one in connection.execute(select(events.c.type)).scalars() if "unanchored" in one]


def test_a_head_is_signed_stored_and_taken_to_the_file(hub, sink):
    anchoring.keep(hub)
    (one,) = kept(sink)
    assert one.sequence == 3
    assert anchors.fault(one, hub.public_keys()) is None
    assert found(hub, [one]) == []


def test_the_next_anchor_comes_after_the_interval_and_only_when_something_was_written(hub, sink):
    for minutes, acts, expected in ((0, False, 1), (59, True, 1), (60, True, 2), (180, False, 2), (181, True, 3)):
        hub.clock.at = hub.clock.at.replace(hour=12, minute=0) + timedelta(minutes=minutes)
        if acts:
            act(hub, 1)
        anchoring.keep(hub)
        assert len(kept(sink)) == expected, minutes


def test_a_trail_written_anew_does_not_contain_the_head_in_the_file(hub, sink, tmp_path):
    anchoring.keep(hub)
    outside = kept(sink)
    (tmp_path / "other").mkdir()
    other = open_hub(tmp_path / "other", proof=Proof(anchor_key=SEED))
    other.clock.at += timedelta(days=1)
    act(other, 5)
    assert found(other) == []
    assert [one.sequence for one in found(other, outside)] == [3]
    other.close()


def test_a_shortened_trail_lacks_an_anchored_row(hub, sink, tmp_path):
    anchoring.keep(hub)
    (tmp_path / "other").mkdir()
    other = open_hub(tmp_path / "other", proof=Proof(anchor_key=SEED))
    act(other, 1)
    assert [one.what for one in found(other, kept(sink))] == ["it was anchored and is not there"]
    other.close()


@pytest.mark.parametrize(
    "change", [{"hash": "0" * 64}, {"sequence": 2}, {"key_id": "b1"}, {"signature": "0" * 128}], ids=str
)
def test_a_changed_anchor_is_named_in_the_table_and_in_the_file(hub, sink, change):
    anchoring.keep(hub)
    facts = json.loads(sink.read_text()) | change
    assert found(hub, [anchors.Anchor(**facts)]) != []
    with hub.unit_of_work(actor="test") as work:
        hardening.allow_changes(work.connection)
        work.connection.execute(update(rows).values(**change))
        work.commit()
    assert [one.sequence for one in found(hub)][:1] == [change.get("sequence", 3)]


def test_a_stored_anchor_that_was_removed_is_missed(hub):
    anchoring.keep(hub)
    with hub.unit_of_work(actor="test") as work:
        hardening.allow_changes(work.connection)
        work.connection.execute(rows.delete())
        work.commit()
    assert [one.sequence for one in found(hub)] == [4]


def test_a_sink_out_of_reach_is_told_once_and_gets_everything_when_it_is_back(hub, sink):
    sink.mkdir()
    for _ in range(2):
        anchoring.keep(hub)
    assert told(hub) == ["payhub.audit.unanchored.v1"]
    hub.clock.at += timedelta(hours=2)
    act(hub, 1)
    anchoring.keep(hub)
    sink.rmdir()
    anchoring.keep(hub)
    assert [one.sequence for one in kept(sink)] == [3, 6]
    assert found(hub, kept(sink)) == []
    assert len(told(hub)) == 1


def test_a_sink_over_http_gets_each_anchor_under_its_own_key(tmp_path):
    heard = []

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.headers["Idempotency-Key"], body.decode()))
            self.send_response(201 if len(heard) > 1 else 503)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/anchors"
    hub = open_hub(tmp_path, proof=Proof(anchor_key=SEED, anchor_url=url))
    act(hub)
    for _ in range(2):
        anchoring.keep(hub)
    server.shutdown()
    server.server_close()
    assert [key for key, _ in heard] == [heard[0][0]] * 2
    assert found(hub, anchors.read([heard[-1][1]])) == []
    hub.close()


def test_without_a_key_nothing_is_anchored(tmp_path):
    hub = open_hub(tmp_path)
    act(hub)
    anchoring.keep(hub)
    with hub.reading() as connection:
        assert anchor_desk.Anchors(connection).all() == []
    hub.close()
