"""The main job against a bank and a server nobody here wrote: mock-bank behind OpenSSH's sshd."""

import pytest

from gateway.persistence.tables import breaks, documents, entries, events, files, payments, statements
from tests import dumps
from tests.journeys.at_mock_bank import OUTSIDE, meeting

pytestmark = [pytest.mark.server, pytest.mark.slow]
PART = {
    "OK-1": ("ACME", "120.00"), "OK-2": ("elsewhere", "75.50"), "CLOSED-3": ("INITECH", "10.00"),
    "NOBANK-4": ("EURODIS", "9.99"),
}  # fmt: skip


@pytest.fixture
def met(tmp_path, database_url, openssh):
    with meeting(tmp_path, database_url, openssh, {"PAYHUB": {}}) as met:
        yield met


def _sent(met):
    """The bytes of our one file as the bank holds them."""
    [name] = [row.name for row in met.hub.rows(files.c.name)]
    return next(met.server.path(met.server.remote("in")).rglob(name)).read_bytes()


def test_every_payment_stands_at_the_hub_where_mock_bank_says_it_stands(met):
    batch = met.pay("PAYHUB", PART, message_id="MOCK-RUN-1")
    met.hub.until_states({"submitted": 4}, batch.id)
    [scanned] = met.bank.scan()
    assert scanned["status"] == "PART", scanned
    met.hub.until_states({"acknowledged": 2, "rejected": 2}, batch.id)
    assert met.bank_words("CLOSED") == {"CLOSED-3": ("RJCT", "AC04")}
    assert met.bank_words("NOBANK") == {"NOBANK-4": ("RJCT", "RC01")}

    met.bank.advance(days=2)
    met.hub.until_states({"reconciled": 2, "rejected": 2}, batch.id)
    met.until_read()

    assert met.states() == met.at_the_bank()
    verdicts = {(row.kind, row.verdict) for row in met.hub.rows(statements.c.kind, statements.c.verdict)}
    assert verdicts == {("notification", "advised"), ("statement", "proven")}, met.hub.story()
    assert {row.state for row in met.hub.rows(breaks.c.state)} <= {"resolved"}, met.hub.story()
    assert {row.state for row in met.hub.rows(entries.c.state)} == {"matched"}, met.hub.story()
    assert met.hub.audit_is_intact()
    _nobody_reads_a_payee(met)


def _nobody_reads_a_payee(met):
    at_bank = met.bank.accounts()
    names = ["Another Bank's Client", *(at_bank[one]["name"] for one, _ in PART.values() if one in at_bank)]
    numbers = [OUTSIDE, *(at_bank[one]["iban"] for one, _ in PART.values() if one in at_bank)]
    assert {row.creditor_name for row in met.hub.rows(payments.c.creditor_name)} == set(names), "the hub reads them"
    assert dumps.places_of(met.hub.hub.engine, ["OK-1"]), "references are no secret, and this finds them"
    words = [*names, *numbers, *(f"Invoice {reference}" for reference in PART)]
    assert dumps.places_of(met.hub.hub.engine, words) == []


def test_a_refusal_as_duplicate_of_an_accepted_file_un_accepts_nothing(met):
    batch = met.pay("PAYHUB", PART, message_id="MOCK-RUN-1")
    met.hub.until_states({"submitted": 4}, batch.id)
    met.bank.scan()
    met.hub.until_states({"acknowledged": 2, "rejected": 2}, batch.id)
    met.until_read()
    before, words, sent = met.states(), met.bank_words(), _sent(met)

    (met.server.path(met.server.remote("in")) / "second-copy.xml").write_bytes(sent)
    seen = len(met.hub.rows(documents.c.id))
    [scanned] = met.bank.scan()
    assert scanned["status"] == "RJCT", scanned
    met.hub.until("the refusal of the second copy", lambda: len(met.hub.rows(documents.c.id)) > seen)
    met.until_read()

    assert met.states() == before, "promise P3"
    assert met.bank_words() == words
    notes = [
        row.data["note"] for row in met.hub.rows(events.c.type, events.c.data) if row.type.endswith("attention.v1")
    ]
    assert any("second copy" in note for note in notes), notes
    met.bank.advance(days=2)
    met.hub.until_states({"reconciled": 2, "rejected": 2}, batch.id)
    assert met.states() == met.at_the_bank()
