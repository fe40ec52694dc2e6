from datetime import date
from decimal import Decimal

import pytest

from formats import mt94x
from tests.formats.mt94x.statements import statement


def only_entry(line):
    read = mt94x.read(statement(f":61:{line}"))
    (entry,) = read.statements[0].entries
    return entry, [f.rule for f in read.findings if f.path == ":61:"]


@pytest.mark.parametrize(
    ("line", "direction", "reversal", "status"),
    [
        ("260302C5,00NTRFNONREF", "credit", False, None),
        ("260302D5,00NTRFNONREF", "debit", False, None),
        ("260302RC5,00NTRFNONREF", "debit", True, None),
        ("260302RD5,00NTRFNONREF", "credit", True, None),
        ("260302EC5,00NTRFNONREF", "credit", False, "PDNG"),
        ("260302ED5,00NTRFNONREF", "debit", False, "PDNG"),
    ],
)
def test_a_reversed_credit_is_a_debit_and_an_expected_entry_is_pending(line, direction, reversal, status):
    entry, _ = only_entry(line)

    assert (entry.direction, entry.reversal, entry.status) == (direction, reversal, status)


def test_expected_entries_count_into_no_balance():
    lines = (":61:260302C5,00NTRFNONREF", ":61:260302EC7,00NTRFNONREF", ":61:260302ED9,00NTRFNONREF")
    read = mt94x.read(statement(*lines, closing="C260302EUR1005,00"))

    assert read.statements[0].balanced is True


@pytest.mark.parametrize(
    ("amount", "value"),
    [
        ("500,00", "500.00"),
        ("100,", "100"),
        ("7", "7"),
        (",50", "0.50"),
        ("000000300.00", "300.00"),
        ("15,755", "15.755"),
    ],
)
def test_an_amount_is_exact_however_it_is_written(amount, value):
    entry, findings = only_entry(f"260302C{amount}NTRFNONREF")

    assert entry.amount.value == Decimal(value)
    assert (entry.amount.currency, findings) == ("EUR", [])


@pytest.mark.parametrize("amount", [",", "1,2,3", "1.234,56", "12O,00", "12,O5", ""])
def test_what_is_no_amount_stops_the_statement(amount):
    read = mt94x.read(statement(f":61:260302C{amount}NTRFNONREF", closing="C260302EUR1000,00"))

    assert read.statements[0].entries == ()
    assert read.statements[0].balanced is False
    assert {"MT-05", "BAL-03"} <= {f.rule for f in read.findings if f.severity == "HALT"}


@pytest.mark.parametrize(
    ("line", "booked", "value"),
    [
        ("2603020302C1,NTRFNONREF", date(2026, 3, 2), date(2026, 3, 2)),
        ("2601021231C1,NTRFNONREF", date(2025, 12, 31), date(2026, 1, 2)),
        ("2512310102C1,NTRFNONREF", date(2026, 1, 2), date(2025, 12, 31)),
        ("260302    C1,NTRFNONREF", None, date(2026, 3, 2)),
        ("260302C1,NTRFNONREF", None, date(2026, 3, 2)),
    ],
)
def test_the_entry_date_takes_the_year_nearest_the_value_date(line, booked, value):
    entry, findings = only_entry(line)

    assert (entry.booking_date, entry.value_date, findings) == (booked, value, [])


@pytest.mark.parametrize(
    ("line", "booked", "value"),
    [
        ("2602300302C1,NTRFNONREF", None, None),
        ("2613020302C1,NTRFNONREF", None, None),
        ("2603021301C1,NTRFNONREF", None, date(2026, 3, 2)),
        ("2603020230C1,NTRFNONREF", None, date(2026, 3, 2)),
        ("0000000000C1,NTRFNONREF", None, None),
    ],
)
def test_a_date_that_does_not_exist_is_a_finding_and_never_guessed(line, booked, value):
    entry, findings = only_entry(line)

    assert (entry.booking_date, entry.value_date) == (booked, value)
    assert set(findings) == {"MT-06"}


@pytest.mark.parametrize(
    ("rest", "code", "reference", "bank_reference"),
    [
        ("NTRFNONREF//B-77", "NTRF", None, "B-77"),
        ("NMSCINV 4711", "NMSC", "INV 4711", None),
        ("NOV NONREF", "NOV", None, None),
        ("NONREF", None, None, None),
        ("NONREF//B1", None, None, "B1"),
        ("S051", "S051", None, None),
        ("S0516879", "S051", "6879", None),
        ("N654NONREF", "N654", None, None),
        ("TIDXTEST//REF", "TIDX", "TEST", "REF"),
        (" NRTIKREF+//2026", "NRTI", None, "2026"),
        ("NMSC3412/1X//O/3417", "NMSC", "3412/1X", "O/3417"),
        ("NTRF1004688128      //61285222", "NTRF", "1004688128", "61285222"),
        ("", None, None, None),
    ],
)
def test_type_and_references_are_told_apart(rest, code, reference, bank_reference):
    entry, _ = only_entry(f"260302C1,00{rest}")

    assert (entry.code.proprietary if entry.code else None) == code
    assert (entry.reference, entry.bank_reference) == (reference, bank_reference)


@pytest.mark.parametrize("line", ["260302CR500,00NTRFNONREF", "260302CN500,00NTRFNONREF", "260302C500,00NTRFNONREF"])
def test_the_funds_letter_behind_the_mark_is_no_part_of_it(line):
    entry, _ = only_entry(line)

    assert (entry.direction, entry.reversal, entry.amount.value) == ("credit", False, 500)


@pytest.mark.parametrize(
    ("text", "iban", "other", "currency"),
    [
        ("DE75512108001245126199", "DE75512108001245126199", None, None),
        ("DE75512108001245126199EUR", "DE75512108001245126199", None, "EUR"),
        ("SOGEDEFFXXX/DE75512108001245126199", "DE75512108001245126199", None, None),
        ("51210800/1245126199", None, "51210800/1245126199", None),
        ("0012345678 EUR", None, "0012345678 EUR", "EUR"),
        ("1017.490.554EUR", None, "1017.490.554EUR", "EUR"),
        ("12345", None, "12345", None),
    ],
)
def test_the_account_is_an_iban_or_what_was_written(text, iban, other, currency):
    source = statement().replace(b":25:DE75512108001245126199", f":25:{text}".encode())

    account = mt94x.read(source).statements[0].account

    assert (account.iban, account.other, account.currency) == (iban, other, currency)
