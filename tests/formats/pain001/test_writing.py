"""What a written pain.001 is: one line, proven, deterministic; and what cannot be written says so with its place."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from formats import pain001
from formats.errors import Unbuildable
from formats.initiation import Account, Address, Agent, CreditTransfer, Party, PaymentType, StructuredRemittance
from formats.values import Money
from tests.formats.pain001.messages import AT, DAY, IBAN, block, euro, message, transfer

V03, V09 = "pain.001.001.03", "pain.001.001.09"


def written(sent, version=V09) -> str:
    out = io.BytesIO()
    pain001.write(sent, version, out, at=AT)
    return out.getvalue().decode()


def refusal(sent, version=V09) -> Unbuildable:
    with pytest.raises(Unbuildable) as caught:
        written(sent, version)
    return caught.value


@pytest.mark.parametrize("version", pain001.VERSIONS)
def test_a_message_is_one_line_and_the_same_every_time(version):
    document = written(message(), version)
    assert "\n" not in document
    assert written(message(), version) == document


def test_writing_tells_count_sum_size_and_digest():
    out = io.BytesIO()
    result = pain001.write(message(block(transfer("A", "0.10"), transfer("B", "0.20"))), V09, out, at=AT)
    assert (result.count, result.control_sum, result.bytes) == (2, Decimal("0.30"), len(out.getvalue()))
    assert result.sha256 == hashlib.sha256(out.getvalue()).hexdigest()


def test_totals_stand_in_the_header_and_in_each_block():
    document = written(message(block(transfer("A", "1.50"), transfer("B", "2.50")), block(id="BLOCK-2")))
    assert "<NbOfTxs>3</NbOfTxs><CtrlSum>104.00</CtrlSum><InitgPty>" in document
    assert "<NbOfTxs>2</NbOfTxs><CtrlSum>4.00</CtrlSum>" in document


def test_declared_totals_that_are_wrong_are_refused_before_a_byte_is_written():
    out = io.BytesIO()
    with pytest.raises(Unbuildable, match="says 2 payments and holds 1") as caught:
        pain001.write(message(number_of_transactions="2"), V09, out, at=AT)
    assert (caught.value.code, caught.value.path, out.getvalue()) == ("build.totals", "GrpHdr", b"")


def thousands(count: int) -> Iterator[CreditTransfer]:
    return (transfer(f"E-{n}", "1.00") for n in range(count))


def test_payments_may_come_one_by_one_if_the_header_declares_them():
    sent = message(block(payments=thousands(1000)), number_of_transactions="1000", control_sum="1000")
    assert written(sent).count("<CdtTrfTxInf>") == 1000


@pytest.mark.parametrize("totals", [{}, {"number_of_transactions": "999", "control_sum": "1000"},
                                    {"number_of_transactions": "1000", "control_sum": "999.99"}])  # fmt: skip
def test_payments_that_come_one_by_one_are_counted_while_they_pass(totals):
    assert refusal(message(block(payments=thousands(1000)), **totals)).code == "build.totals"


def test_the_creation_time_is_the_one_given_where_the_message_has_none():
    out = io.BytesIO()
    pain001.write(message(created_at=None), V09, out, at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert b"<CreDtTm>2026-01-02T03:04:05+00:00</CreDtTm>" in out.getvalue()


def test_texts_are_escaped_and_identifiers_left_alone():
    document = written(message(block(transfer("A&B<1>", remittance=("Müller & Söhne <br>",)))))
    assert "<EndToEndId>A&amp;B&lt;1&gt;</EndToEndId>" in document
    assert "<Ustrd>Müller &amp; Söhne &lt;br&gt;</Ustrd>" in document


def test_the_execution_date_is_plain_in_03_and_a_choice_since_08():
    assert "<ReqdExctnDt>2026-11-25</ReqdExctnDt>" in written(message(), V03)
    assert "<ReqdExctnDt><Dt>2026-11-25</Dt></ReqdExctnDt>" in written(message(), "pain.001.001.08")
    moment = block(execution_date=datetime(2026, 11, 25, 10, 0, tzinfo=UTC))
    assert "<DtTm>2026-11-25T10:00:00+00:00</DtTm>" in written(message(moment))
    assert refusal(message(moment), V03).path == "PmtInf[1]/ReqdExctnDt/DtTm"


@pytest.mark.parametrize(("changes", "path"), [
    ({"uetr": "8f3b1c9e-2f1d-4a55-9c1e-0d8a5a6f7b10"}, "PmtId/UETR"),
    ({"creditor": Party(name="X", lei="529900T8BM49AURSDO55")}, "Cdtr/Id/OrgId/LEI"),
    ({"creditor": Party(name="X", address=Address(floor="3"))}, "Cdtr/PstlAdr/Flr"),
    ({"creditor_agent": Agent(bic="ABNANL2A", lei="724500DBNI5L5T3HHY12")}, "CdtrAgt/FinInstnId/LEI"),
    ({"exchange_rate": "1.08", "exchange_unit_currency": "EUR"}, "XchgRateInf/UnitCcy"),
])  # fmt: skip
def test_a_field_version_03_does_not_have_is_named(changes, path):
    given = message(block(transfer(), transfer("E2E-2", line=17, **changes)))
    assert written(given, V09)
    err = refusal(given, V03)
    assert (err.path, err.line) == (f"PmtInf[1]/CdtTrfTxInf[2]/{path}", 17)


@pytest.mark.parametrize(("changes", "path"), [
    ({"end_to_end_id": "x" * 36}, "PmtId/EndToEndId"),
    ({"end_to_end_id": None}, "PmtId/EndToEndId"),
    ({"end_to_end_id": ""}, "PmtId/EndToEndId"),
    ({"charge_bearer": "OURS"}, "ChrgBr"),
    ({"amount": Money(Decimal("NaN"), "EUR", "?")}, "InstdAmt"),
    ({"amount": Money(Decimal(1), "eu")}, "Amt"),
    ({"payment_type": PaymentType(sequence="FRST")}, "PmtTpInf/SeqTp"),
    ({"creditor_account": Account()}, "CdtrAcct/Id"),
    ({"intermediary_agents": (Agent(bic="ABNANL2A"),) * 4}, "IntrmyAgt"),
    ({"creditor": Party(name="X", private=True, bic="ABNANL2A")}, "Cdtr/Id/PrvtId"),
])  # fmt: skip
def test_what_the_standard_forbids_is_refused_with_its_place(changes, path):
    err = refusal(message(block(transfer(), transfer(**{"end_to_end_id": "E2E-2", **changes}))))
    assert err.path.startswith("PmtInf[1]/CdtTrfTxInf[2]/")
    assert err.path.endswith(path)


def test_a_violation_deep_in_a_long_block_is_found_at_its_payment():
    payments = [transfer(f"E-{n}") for n in range(700)]
    payments[613] = replace(payments[613], purpose="TOOLONG", line=614)
    err = refusal(message(block(payments=tuple(payments))))
    assert (err.code, err.line) == ("build.schema", 614)
    assert err.path == "PmtInf[1]/CdtTrfTxInf[614]/Purp/Cd"


def test_a_violation_in_a_block_or_the_header_has_its_place_too():
    assert refusal(message(block(), block(id="BLOCK-2", charge_bearer="OURS"))).path == "PmtInf[2]/ChrgBr"
    assert refusal(message(message_id="m" * 36)).path == "GrpHdr/MsgId"


@pytest.mark.parametrize("text", ["a\x07b", "a\x00", "half \ud800", "\ufffe"])
def test_a_character_that_xml_cannot_carry_is_refused(text):
    assert refusal(message(block(transfer(remittance=(text,))))).code == "build.character"


def test_a_block_pays_in_one_currency():
    dollars = transfer("E-2", amount="1.00")
    err = refusal(message(block(transfer(), replace(dollars, amount=Money.parse("1.00", "USD")))))
    assert err.path == "PmtInf[1]/CdtTrfTxInf[2]/Amt"
    assert "EUR and USD" in str(err)


def test_two_blocks_never_share_an_id():
    assert refusal(message(block(), block())).path == "PmtInf[2]/PmtInfId"


def test_a_block_without_an_account_or_a_day_is_refused():
    assert refusal(message(block(debtor_account=None))).path == "PmtInf[1]/DbtrAcct"
    assert refusal(message(block(execution_date=None))).path == "PmtInf[1]/ReqdExctnDt"


def test_an_unknown_bank_of_the_payer_is_said_in_the_right_place():
    document = written(message(block(debtor_agent=None)))
    assert "<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>" in document


def test_a_version_without_a_writer_and_a_collection_are_refused():
    assert refusal(message(), "pain.001.001.05").code == "build.version"
    assert refusal(message(collection=True)).code == "build.family"


def test_a_counter_value_names_the_currency_that_arrives():
    given = transfer(amount="100.00", equivalent_currency_of_transfer="USD")
    document = written(message(block(given)))
    assert '<Amt><EqvtAmt><Amt Ccy="EUR">100.00</Amt><CcyOfTrf>USD</CcyOfTrf></EqvtAmt></Amt>' in document


def test_references_are_written_as_switzerland_and_iso_11649_want_them():
    qr = StructuredRemittance(reference="210000000003139471430009017", reference_type_proprietary="QRR")
    rf = StructuredRemittance(reference="RF18539007547034", reference_type="SCOR")
    document = written(
        message(block(transfer(structured_remittance=(qr,)), transfer("B", structured_remittance=(rf,))))
    )
    assert "<CdOrPrtry><Prtry>QRR</Prtry></CdOrPrtry></Tp><Ref>210000000003139471430009017</Ref>" in document
    assert "<CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18539007547034</Ref>" in document


def test_grouping_gives_each_account_day_kind_and_currency_a_block_of_its_own():
    sepa, instant = PaymentType(service_level="SEPA"), PaymentType(service_level="SEPA", local_instrument="INST")
    dollars = Money.parse("5.00", "USD")
    blocks = [
        block(transfer("A", payment_type=sepa), transfer("B", payment_type=instant), transfer("C", payment_type=sepa)),
        block(transfer("D", payment_type=sepa), transfer("E", amount="1.00"), id="BLOCK-2"),
        block(
            replace(transfer("F"), amount=dollars), id="BLOCK-3", debtor_account=Account(iban=IBAN), execution_date=DAY
        ),
    ]
    grouped = pain001.group(blocks)
    assert [[p.end_to_end_id for p in b.payments] for b in grouped] == [["A", "C", "D"], ["B"], ["E"], ["F"]]
    assert [b.id for b in grouped] == ["BLOCK-1", "BLOCK-1-2", "BLOCK-2", "BLOCK-3"]
    assert grouped[1].payment_type == instant
    assert written(message(*grouped)).count("<PmtInf>") == 4


def test_grouping_without_merging_keeps_blocks_of_different_ids_apart():
    grouped = pain001.group([block(transfer("A")), block(transfer("B"), id="BLOCK-2")], merge=False)
    assert [b.id for b in grouped] == ["BLOCK-1", "BLOCK-2"]


def test_an_id_that_grouping_would_make_too_long_is_refused_and_never_cut():
    mixed = block(transfer(), replace(transfer("B"), amount=Money.parse("1.00", "USD")), id="X" * 34)
    with pytest.raises(Unbuildable, match="longer than 35"):
        pain001.group([mixed])


def test_amounts_keep_their_decimals_and_are_never_written_with_an_exponent():
    given = block(transfer("A", "100.00"), replace(transfer("B"), amount=Money(Decimal("1E+3"), "EUR")))
    assert euro("100.00").text == "100.00"
    assert '<InstdAmt Ccy="EUR">1000</InstdAmt>' in written(message(given))


@pytest.mark.parametrize(("version", "iban"), [(V09, IBAN), ("pain.001.001.12", None)])
def test_several_service_levels_and_a_phone_number_for_an_account_come_back_as_they_were(version, iban):
    kind = PaymentType(service_level="URGP", more_service_levels=((None, "BANKS-OWN"), ("G001", None)))
    account = Account(iban=iban, proxy="+65-91234567", proxy_type="TELE")
    sent = message(block(transfer(payment_type=kind, creditor_account=account)))

    (batch,) = pain001.read(written(sent, version).encode()).batches
    (found,) = batch.payments
    assert (found.payment_type, found.creditor_account) == (kind, account)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"payment_type": PaymentType(service_level="URGP", more_service_levels=(("G001", None),))}, "SvcLvl"),
        ({"creditor_account": Account(iban=IBAN, proxy="+65-91234567", proxy_type="TELE")}, "Prxy"),
    ],
)
def test_version_03_has_one_service_level_and_no_proxy_and_says_so(change, name):
    assert f"'{name}'" in refusal(message(block(transfer(**change))), V03).message
