"""Workbooks: the same columns as CSV, and the traps of cells that are numbers."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from formats.errors import Unreadable
from formats.flat import csv, xlsx
from tests.formats.flat.test_csv import HEAD, ROW, listed


def workbook(*rows: list[object], head: str = HEAD) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(head.split(","))
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cells(**changes: object) -> list[object]:
    return list((dict(zip(HEAD.split(","), ROW.split(","), strict=True)) | changes).values())


def test_a_workbook_says_the_same_as_the_list():
    assert xlsx.read(workbook(cells())) == csv.read(listed(ROW))


@pytest.mark.parametrize(
    ("typed", "text"),
    [(12.5, "12.5"), (12, "12"), (0.1, "0.1"), (1234567.89, "1234567.89"), (1e15, "1000000000000000")],
)
def test_a_number_in_a_cell_is_what_was_typed(typed, text):
    got = xlsx.read(workbook(cells(amount=typed)))
    assert got.findings == ()
    assert got.batches[0].payments[0].amount.text == text


def test_a_number_longer_than_excel_keeps_is_refused():
    got = xlsx.read(workbook(cells(amount=123456789.12345678)))
    assert [f.path for f in got.findings] == ["row 2, amount", "row 2, amount"]


def test_a_date_may_be_a_date():
    got = xlsx.read(workbook(cells(execution_date=datetime(2026, 11, 25))))  # noqa: DTZ001 - Excel knows no time zones
    assert got.batches[0].execution_date == date(2026, 11, 25)


def test_an_identifier_stored_as_a_number_is_refused_because_its_zeros_may_be_lost():
    got = xlsx.read(workbook(cells(end_to_end_id=4711)))
    assert ("FLAT-NUMBER", "row 2, end_to_end_id") in [(f.rule, f.path) for f in got.findings]


def test_empty_rows_are_passed_and_keep_their_number():
    got = xlsx.read(workbook(cells(), [None], cells(amount="x", end_to_end_id="E-2")))
    assert [f.path for f in got.findings] == ["row 4, amount"]


@pytest.mark.parametrize("data", [b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0 old Excel", b""])
def test_what_is_no_workbook_is_refused(data):
    with pytest.raises(Unreadable):
        xlsx.read(data)


def test_a_damaged_workbook_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(cells()))) as good, zipfile.ZipFile(out, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name)[:200] if "sheet1" in name else good.read(name))
    with pytest.raises(Unreadable):
        xlsx.read(out.getvalue())
