from decimal import Decimal
from time import process_time

import pytest

from formats.statement import References
from reconciliation.booked import EntryReader
from reconciliation.candidates import Candidates, reference_keys
from reconciliation.engine import reconcile
from tests.reconciliation.factories import OURS, batch_block, entry, names, paid, payment, read, transaction

SMALL, LARGE = 500, 4_000
GROWTH_MAX = 3.0
"""How much dearer a single entry may be in the large run: a quadratic rung would make it eight times."""


def seconds(booked, payments):
    started = process_time()
    reconcile(booked, Candidates(payments=tuple(payments)))
    return process_time() - started


def own_names(count):
    return read(*(paid(n, bank_reference=f"B{n}") for n in range(count))), [payment(n) for n in range(count)]


def one_name_for_all(count):
    """Every payment is called SALARY, as some payrolls do, and the entries say nothing else."""
    detail = transaction(references=References(end_to_end_id="SALARY"))
    entries = [entry("100.00", "debit", detail) for _ in range(count)]
    return read(*entries), [payment(n, end_to_end_id="SALARY") for n in range(count)]


def only_the_batch(count):
    """One entry a payment, and each names the batch only."""
    detail = transaction(references=References(payment_information_id="BATCH-1"))
    return read(*(entry("100.00", "debit", detail) for _ in range(count))), [payment(n) for n in range(count)]


def nothing(count):
    """Entries of one amount without any reference, against payments of that amount."""
    return read(*(entry("100.00", "debit") for _ in range(count))), [payment(n) for n in range(count)]


@pytest.mark.parametrize("world", [own_names, one_name_for_all, only_the_batch, nothing])
def test_the_cost_of_an_entry_does_not_grow_with_their_number(world):
    small = min(seconds(*world(SMALL)) for _ in range(3)) / SMALL
    large = min(seconds(*world(LARGE)) for _ in range(2)) / LARGE
    assert large < small * GROWTH_MAX


def test_one_batch_entry_reconciles_twenty_thousand_payments():
    count = 20_000
    booked = read(entry(str(Decimal("100.00") * count), "debit", batches=(batch_block(count=str(count)),)))
    outcome = reconcile(booked, Candidates(payments=tuple(payment(n) for n in range(count))))
    assert len(outcome.reconciliations) == count


def test_the_keys_of_a_chunk_leave_placeholders_out():
    references = names(1, end_to_end_id="NOTPROVIDED", uetr="u-1")
    keys = reference_keys(read(entry("1.00", "debit", transaction("1.00", references=references), reference="NONREF")))
    assert keys.end_to_end_ids == frozenset()
    assert (keys.uetrs, keys.instruction_ids, keys.accounts) == ({"u-1"}, {"I-1"}, {OURS})


def test_entries_that_look_alike_have_keys_of_their_own_and_keep_them_when_read_again():
    alike = [entry("5.00", "debit"), entry("5.00", "debit")]
    reader = EntryReader(statement_id="S1", kind="statement", account=OURS, currency="EUR")
    in_chunks = [reader.read(each, entry_id=str(n)).event_key for n, each in enumerate(alike)]
    assert len(set(in_chunks)) == 2
    assert in_chunks == [each.event_key for each in read(*alike, kind="notification", statement="N1")]
