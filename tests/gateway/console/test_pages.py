import hashlib
import re

import pytest

from gateway.persistence import queries
from gateway.persistence.tables import files, payments
from tests.gateway.console.conftest import counting
from tests.gateway.console.markup import look

LISTS = (
    "/",
    "/batches",
    "/payments",
    "/recalls",
    "/files",
    "/cutoffs",
    "/channels",
    "/statements",
    "/breaks",
    "/documents",
    "/events",
    "/trail",
)
SCRIPT = "<script>alert('1')</script>"


def crawl(browser, start="/", limit=400):
    """Every page of the console that links lead to, with its problems."""
    seen, waiting, found = set(), [start], {}
    while waiting and len(seen) < limit:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = browser.get(path)
        if answer.headers["content-type"].startswith("text/csv"):
            continue
        problems, links = look(answer.text)
        found[path] = [f"answers {answer.status_code}"] * (answer.status_code != 200) + problems
        waiting += [link.removeprefix("/console").split("#")[0] for link in links if link.startswith("/console/")]
    return found


def approve(site, batch_id, *names):
    for name in names or ("anna", "ben"):
        assert site.browser(name).decide(f"/batches/{batch_id}/approve").status_code == 303
    site.advance(batch_id)


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_hub_shows_pages_that_say_what_will_appear(site, path):
    shown = site.browser("anna").get(path)
    assert shown.status_code == 200
    assert look(shown.text)[0] == []
    assert path in ("/cutoffs", "/channels") or 'class="empty"' in shown.text or path in ("/trail", "/events")


def test_every_page_that_a_link_leads_to_is_there_and_well_formed(site):
    first = site.submit("100.00", "250.00", message_id="RUN-1")
    site.submit("100.00", message_id="RUN-2")  # payee and amount of RUN-1: held
    approve(site, first)
    with site.hub.reading() as connection:
        assert connection.execute(files.select()).all(), "the approved batch stands in a file"
        assert any(row.hold for row in connection.execute(payments.select()))
    found = crawl(site.browser("anna"))
    assert {path: problems for path, problems in found.items() if problems} == {}
    assert len(found) > 25


def test_the_home_page_opens_with_what_waits_for_the_reader(site):
    site.submit("100.00", "20.50")
    shown = site.browser("anna").get("/").text
    assert "1 batch, EUR\N{NO-BREAK SPACE}120.50, waits for you; the next cut-off is alpenbank sepa" in shown
    assert 'data-until="2026-09-30T12:45:00Z"' in shown, "14:45 in Vienna: the cut-off less our own margin"
    assert "Wed 14:45 Vienna" in shown


def test_what_i_agreed_to_waits_for_somebody_else(site):
    batch_id = site.submit("100.00")
    anna = site.browser("anna")
    anna.decide(f"/batches/{batch_id}/approve")
    assert "Nothing waits for you; 1 batch waits for somebody else" in anna.get("/").text
    assert "1 batch, EUR\N{NO-BREAK SPACE}100.00, waits for you" in site.browser("ben").get("/").text


def test_names_from_outside_are_shown_and_never_run(site):
    def poison(body):
        body["batches"][0]["payments"][0]["creditor"] = SCRIPT
        body["initiating_party"] = SCRIPT

    batch_id = site.submit("100.00", message_id="RUN-<i>1", change=poison)
    anna = site.browser("anna")
    for path in (
        "/",
        "/batches",
        f"/batches/{batch_id}",
        f"/batches/{batch_id}/approve",
        "/payments",
        f"/payments/{batch_id}-0000000",
    ):
        shown = anna.get(path).text
        assert "<script>alert" not in shown
        assert "<i>1" not in shown
    assert "&lt;script&gt;" in anna.get("/payments").text


def test_no_page_asks_the_database_once_per_payment(site):
    few = site.submit(*["10.00"] * 3, message_id="FEW")
    many = site.submit(*[f"{number}.00" for number in range(1, 2_001)], message_id="MANY")
    anna = site.browser("anna")

    def asked(path):
        with counting(site.hub) as statements:
            assert anna.get(path).status_code == 200
        return len(statements)

    for page in ("/batches/{}", "/batches/{}/approve", "/payments?batch={}", "/batches/{}/withdraw"):
        assert asked(page.format(many)) <= asked(page.format(few)) + 2, page
    assert asked("/") <= 40


def test_the_csv_is_exactly_what_the_list_shows(site):
    site.submit("100.00", message_id="RUN-1")
    site.submit("7.25", message_id="=RUN-2")
    anna = site.browser("anna")
    answer = anna.get("/batches?as=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = answer.text.split("\r\n")
    assert len(rows) == 4, "a header, two batches, and the last line's end"
    assert "EUR 7.25" in rows[1]
    assert "'=RUN-2" in rows[1], "a spreadsheet must not run it"
    assert "2 batches" in anna.get("/batches").text


def test_filters_live_in_the_address(site):
    site.submit("100.00", message_id="RUN-1")
    anna = site.browser("anna")
    assert "RUN-1" in anna.get("/batches?state=validated&entity=ACME-AT").text
    assert "No batch fits" in anna.get("/batches?state=settled").text
    chosen = re.search(r'<option value="settled" selected>', anna.get("/batches?state=settled").text)
    assert chosen is not None


def test_amounts_follow_the_language_of_the_reader(site):
    site.submit("1234567.80")
    shown = site.browser("anna").get("/", headers={"Accept-Language": "de-AT,de;q=0.9"}).text
    assert "EUR\N{NO-BREAK SPACE}1.234.567,80" in shown


def test_an_unknown_thing_is_a_page_and_the_api_keeps_its_own_answers(site):
    anna = site.browser("anna")
    answer = anna.get("/batches/NONE")
    assert answer.status_code == 404
    assert "There is no batch NONE." in answer.text
    assert look(answer.text)[0] == []
    assert anna.get("/nowhere").status_code == 404
    assert anna.http.get("/v1/nowhere").headers["content-type"] == "application/problem+json"


def quarantine(site, name, data, reason="The bank reported on a file which this hub did not send."):
    """A document of alpenbank that stands in quarantine."""
    sha256 = hashlib.sha256(data).hexdigest()
    with site.hub.unit_of_work(actor="worker") as work:
        one = work.documents.add(
            work.new_id(), bank="alpenbank", sha256=sha256, name=name, media_type=None, size=len(data), own_name=True
        )
        work.vault.put(data, sha256)
        work.documents.quarantine(one.id, reason=reason, kind=None)
        work.commit()
    return one.id


def test_the_documents_page_says_first_what_waits_for_a_person(site):
    anna = site.browser("anna")
    assert "No document" in anna.get("/documents").text
    quarantine(site, "a.xml", b"<a/>")
    assert "1 document waits for a person" in anna.get("/documents").text
    quarantine(site, "a.xml", b"<b/>")
    shown = anna.get("/documents").text
    assert "2 documents wait for a person" in shown
    assert "/documents/replay?bank=alpenbank" in shown
    assert "Its name was used before, for other content." in shown


def test_a_document_is_read_again_after_a_page_that_says_what_will_happen(site):
    one, anna = quarantine(site, "a.xml", b"<a/>"), site.browser("anna")
    path = f"/documents/{one}/replay"
    assert f'href="/console{path}"' in anna.get(f"/documents/{one}").text
    assert "may move payments" in anna.get(path).text
    assert "Say why" in anna.decide(path, reason="").text
    done = anna.decide(path, reason="The account was added.")
    assert (done.status_code, done.headers["location"]) == (303, f"/console/documents/{one}?did=replay")
    assert "It is read again" in anna.get(f"/documents/{one}?did=replay").text
    assert "Nothing of a.xml can be read again" in anna.get(path).text
    with site.hub.reading() as connection:
        assert queries.get_document(connection, queries.EVERYTHING, one).state == "received"


def test_all_documents_of_a_bank_are_read_again_by_one_decision(site):
    for number in range(3):
        quarantine(site, f"{number}.xml", b"<%d/>" % number)
    anna = site.browser("anna")
    path = "/documents/replay?bank=alpenbank"
    assert "Read 3 documents of alpenbank again?" in anna.get(path).text
    done = anna.decide(path, reason="The profile was mended.")
    assert (done.status_code, done.headers["location"]) == (303, "/console/documents?did=replay")
    assert "No document waits for a person" in anna.get("/documents").text
