"""Texts are replaced by the table a bank chose, identifiers never, and a name never silently to nothing."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats import pain001
from formats.charsets import CHARSETS, transliterated
from formats.errors import Unbuildable
from formats.initiation import Address, Party, StructuredRemittance
from tests.formats.pain001.messages import AT, block, message, transfer


@pytest.mark.parametrize(("charset", "text"), [
    ("epc", "Muller + Sohne, Asirgade 5, Lodz"),
    ("german", "Mueller + Soehne, AEsirgade 5, Lodz"),
    ("german-umlauts", "Müller & Söhne, AEsirgade 5, Lodz"),
    ("swiss", "Müller & Söhne, Æsirgade 5, Łódź"),
    ("swift-x", "Mueller + Soehne, AEsirgade 5, Lodz"),
])  # fmt: skip
def test_each_table_replaces_in_its_own_way(charset, text):
    assert CHARSETS[charset].text("Müller & Söhne, Æsirgade 5, Łódź") == text


def test_small_greek_and_cyrillic_letters_follow_their_capitals():
    assert CHARSETS["epc"].text("\u041f\u0440\u0438\u0432\u0435\u0442") == "Privet"
    assert CHARSETS["epc"].text("\u0391\u03b8\u03ae\u03bd\u03b1") == "Athina"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(CHARSETS)), st.text(max_size=40))
def test_whatever_is_replaced_lies_in_the_set_and_stays_as_it_is(name, text):
    charset = CHARSETS[name]
    once = charset.text(text)
    assert charset.allowed.issuperset(once)
    assert charset.text(once) is once


def test_names_addresses_and_remittance_are_replaced():
    sent = message(block(transfer(
        creditor=Party(name="Jürgen", address=Address(street="Straße 1", lines=("Böden",), country="DE")),
        remittance=("Für März",),
        structured_remittance=(StructuredRemittance(reference="RF18539007547034", additional=("größer",)),),
    )))  # fmt: skip
    (done,) = transliterated(sent, CHARSETS["german"]).batches[0].payments
    assert done.creditor.name == "Juergen"
    assert done.creditor.address == Address(street="Strasse 1", lines=("Boeden",), country="DE")
    assert done.remittance == ("Fuer Maerz",)
    assert done.structured_remittance[0].additional == ("groesser",)


def test_a_message_in_plain_letters_is_not_copied():
    payment = transfer(creditor=Party(name="Plain", address=Address(town="Bonn")), remittance=("a", "b"))
    (done,) = transliterated(message(block(payment)), CHARSETS["epc"]).batches[0].payments
    assert done is payment


@pytest.mark.parametrize(("sent", "path", "line"), [
    (message(block(transfer(), transfer("É-1", line=7))), "PmtInf[1]/payment[2]/end_to_end_id", 7),
    (message(block(transfer(instruction_id="a_b"))), "PmtInf[1]/payment[1]/instruction_id", None),
    (message(block(id="Ü")), "PmtInf[1]/id", None),
    (message(message_id="M#1"), "GrpHdr/message_id", None),
])  # fmt: skip
def test_an_identifier_outside_the_set_is_refused_and_never_changed(sent, path, line):
    with pytest.raises(Unbuildable) as caught:
        transliterated(sent, CHARSETS["epc"])
    assert (caught.value.code, caught.value.path, caught.value.line) == ("build.identifier", path, line)


def test_a_name_of_which_nothing_is_left_is_an_error():
    sent = message(block(transfer(creditor=Party(name="\u4e2d\u6587"))))
    with pytest.raises(Unbuildable, match="Nothing is left of the name") as caught:
        transliterated(sent, CHARSETS["epc"])
    assert caught.value.path == "PmtInf[1]/payment[1]/creditor"


def test_lengths_are_tested_after_replacing(tmp_path):
    sent = message(block(transfer(creditor=Party(name="ü" * 100))))
    done = transliterated(sent, CHARSETS["german"])
    with (tmp_path / "out").open("wb") as out, pytest.raises(Unbuildable, match="length of '200'"):
        pain001.write(done, "pain.001.001.09", out, at=AT)


def test_payments_from_a_generator_stay_a_generator():
    endless = replace(block(), payments=(transfer(f"E-{n}") for n in iter(int, 1)))
    done = transliterated(replace(message(), batches=iter([endless])), CHARSETS["epc"])
    assert next(iter(next(iter(done.batches)).payments)).end_to_end_id == "E-0"
