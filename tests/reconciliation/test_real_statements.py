"""Statements that nobody here wrote: entries are read into parts that add up, and every part is accounted for."""

from pathlib import Path

import pytest

from formats.camt import read as read_camt
from formats.errors import FormatError
from reconciliation.booked import EntryReader
from reconciliation.candidates import Candidates, reference_keys
from reconciliation.engine import reconcile
from reconciliation.proof import Tally, facts, prove

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FILES = sorted(CORPUS.glob("camt.05*/*.xml"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real messages is not beside the project")
def test_every_entry_of_the_real_statements_ends_in_exactly_one_place():
    read = balanced = 0
    for path in FILES:
        try:
            message = read_camt(path.read_bytes())
        except FormatError:
            continue
        for number, statement in enumerate(message.statements):
            account = statement.account.number or ""
            reader = EntryReader(
                statement_id=str(number), kind=message.kind, account=account, currency=statement.currency
            )
            tally = Tally()
            booked = []
            for place, entry in enumerate(statement.entries):
                tally.add(entry)
                booked.append(reader.read(entry, entry_id=f"{number}/{place}"))
            proof = prove(message.kind, [facts(statement, tally, account=account)])
            if proof.verdict in ("proven", "quarantined") and statement.balanced is not None and not tally.undirected:
                balanced += 1
                assert ("BAL-03" in {finding.rule for finding in proof.findings}) == (not statement.balanced), path.name
            for each in booked:
                assert sum(part.signed for part in each.parts) == each.signed, path.name
            reference_keys(booked)
            outcome = reconcile(booked, Candidates())
            assert len({each.event_key for each in booked}) == len(booked), path.name
            assert outcome.matches == ()
            assert all(figures.holds for figures in outcome.conservation)
            read += len(booked)
    assert read > 300
    assert balanced > 10
