import json

import httpx

from gateway.persistence.queries import EVERYTHING, console


def events(lines):
    """(name, data) of server-sent events."""
    name = None
    for line in lines:
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])


def publish(hub):
    with hub.unit_of_work(actor="test") as work:
        work.outbox.publish()
        work.commit()


def test_the_line_tells_the_hubs_time_and_then_what_happened(site):
    batch_id = site.submit("100.00", "20.00")
    publish(site.hub)
    anna = site.browser("anna")
    with anna.http.stream("GET", f"/console/live?after=0&about={batch_id}") as answer:
        told = events(answer.iter_lines())
        assert next(told) == ("time", {"at": "2026-09-30T07:00:01Z"})
        name, data = next(told)
    assert name == "news"
    assert data["kinds"] == {"payment": 4, "batch": 1}, "two payments received and validated, one batch validated"


def test_nobody_listens_without_a_session(site):
    assert httpx.get(f"{site.address}/console/live").status_code == 303


def test_news_of_one_batch_says_nothing_about_another(site):
    first, second = site.submit("100.00", message_id="RUN-1"), site.submit("7.00", message_id="RUN-2")
    publish(site.hub)
    with site.hub.reading() as connection:
        everything = console.news(connection, EVERYTHING, after=0)
        one = console.news(connection, EVERYTHING, after=0, about=first)
        nothing = console.news(connection, EVERYTHING, after=one.last, about=first)
        payment = console.news(connection, EVERYTHING, after=0, about=f"{second}-0000000")
    assert everything.count == one.count * 2
    assert nothing.count == 0
    assert payment.kinds == {"payment": 2}
