"""Repairs change only what cannot change who is paid, show before and after, and leave a file the schema takes."""

from datetime import date

import pytest

from formats import check, pain001
from formats.fix import fix
from tests.formats.test_check import GOOD

TODAY = date(2026, 11, 2)
IBAN = "<CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct></CdtTrfTxInf>\n<CdtTrfTxInf>"
NAME = "<Cdtr><Nm>Muster GmbH</Nm></Cdtr>"


def fixed(old, new, **asked):
    assert old in GOOD
    return fix(GOOD.replace(old, new, 1).encode(), as_of=TODAY, **asked)


def first_payment(repaired):
    (batch,) = pain001.read(repaired.data).batches
    return next(iter(batch.payments))


def test_a_file_without_faults_is_left_as_it_is():
    repaired = fix(GOOD.encode(), as_of=TODAY)
    assert repaired.repairs == ()
    assert pain001.read(repaired.data) == pain001.read(GOOD.encode())


@pytest.mark.parametrize(("table", "name"), [("epc", "Muller + Sohne"), ("german", "Mueller + Soehne")])
def test_letters_are_replaced_by_the_table_of_the_bank(table, name):
    repaired = fixed("Muster GmbH", "Müller &amp; Söhne", table=table)
    assert first_payment(repaired).creditor.name == name
    assert {(repair.before, repair.after) for repair in repaired.repairs} == {("Müller & Söhne", name)}


def test_a_reference_is_never_altered():
    repaired = fixed(">ONE<", ">ÖNE<")
    assert repaired.repairs == ()
    assert first_payment(repaired).end_to_end_id == "ÖNE"


def test_a_name_of_which_nothing_would_be_left_is_not_replaced():
    assert fixed("Muster GmbH", "美国").repairs == ()


def test_charges_become_shared():
    repaired = fixed("</PmtTpInf><ReqdExctnDt><Dt>2026-11-04</Dt></ReqdExctnDt>",
                     "</PmtTpInf><ReqdExctnDt><Dt>2026-11-04</Dt></ReqdExctnDt>")  # fmt: skip
    assert repaired.repairs == ()
    repaired = fixed("</FinInstnId></DbtrAgt>", "</FinInstnId></DbtrAgt><ChrgBr>SHAR</ChrgBr>")
    assert {(repair.before, repair.after) for repair in repaired.repairs} == {("SHAR", "SLEV")}
    assert pain001.read(repaired.data).batches[0].charge_bearer == "SLEV"


def test_a_placeholder_moves_from_the_bic_to_where_it_is_a_word():
    repaired = fixed("<BICFI>COBADEFF</BICFI>", "<BICFI>NOTPROVIDED</BICFI>")
    (batch,) = pain001.read(repaired.data).batches
    assert (batch.debtor_agent.bic, batch.debtor_agent.other) == (None, "NOTPROVIDED")


def test_a_blank_field_is_dropped_with_its_empty_parent():
    repaired = fixed("</CdtTrfTxInf>", "<RmtInf><Ustrd> </Ustrd></RmtInf></CdtTrfTxInf>")
    assert b"RmtInf" not in repaired.data
    assert list(check(repaired.data, as_of=TODAY)) == []


def test_dropping_one_of_several_hits_the_right_one():
    repaired = fixed("</CdtTrfTxInf>", "<RmtInf><Ustrd> </Ustrd><Ustrd>Ä</Ustrd></RmtInf></CdtTrfTxInf>")
    assert first_payment(repaired).remittance == ("A",)


def test_free_lines_become_fields_where_they_are_sure():
    lines = "<PstlAdr><AdrLine>Am Markt 1</AdrLine><AdrLine>53111 Bonn</AdrLine><AdrLine>Germany</AdrLine></PstlAdr>"
    repaired = fixed(NAME, f"<Cdtr><Nm>Muster GmbH</Nm>{lines}</Cdtr>")
    address = first_payment(repaired).creditor.address
    assert (address.street, address.building_number, address.post_code) == ("Am Markt", "1", "53111")
    assert (address.town, address.country, address.lines) == ("Bonn", "DE", ())
    assert repaired.repairs[0].confidence >= 75
    assert list(check(repaired.data, as_of=TODAY)) == []


def test_an_unsure_address_is_shown_and_not_changed():
    lines = "<PstlAdr><AdrLine>Am Markt 1</AdrLine><AdrLine>53111 Bonn</AdrLine></PstlAdr>"
    repaired = fixed(NAME, f"<Cdtr><Nm>Muster GmbH</Nm>{lines}</Cdtr>")
    (repair,) = repaired.repairs
    assert not repair.applied
    assert "only that of the account" in repair.because
    assert first_payment(repaired).creditor.address.lines == ("Am Markt 1", "53111 Bonn")


def test_what_payhub_does_not_read_stays_in_the_file():
    repaired = fixed("Muster GmbH</Nm>", "Müster</Nm><CtctDtls><Nm>Somebody</Nm></CtctDtls>")
    assert b"<CtctDtls><Nm>Somebody</Nm></CtctDtls>" in repaired.data
