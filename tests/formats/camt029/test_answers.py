"""An answer to a recall says of each payment what the lowest level says that speaks of it."""

import io
import json

import pytest

from formats import camt029, registry, render
from formats.errors import FormatError, NotSupported, TooLarge, Unreadable
from formats.recall_answer import RecallAnswer

HEAD = (
    "<Assgnmt><Id>A-1</Id><Assgnr><Agt><FinInstnId><BICFI>ALPNATWWXXX</BICFI></FinInstnId></Agt></Assgnr>"
    "<Assgne><Pty><Nm>Muster AG</Nm></Pty></Assgne><CreDtTm>2026-11-27T10:00:00+01:00</CreDtTm></Assgnmt>"
)
GROUP = (
    "<OrgnlGrpInfAndSts><OrgnlMsgId>M-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{}</OrgnlGrpInfAndSts>"
)


def resolution(details, confirmation="CNCL", version="camt.029.001.09"):
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"><RsltnOfInvstgtn>{HEAD}'
        f"<Sts><Conf>{confirmation}</Conf></Sts>{details}</RsltnOfInvstgtn></Document>"
    ).encode()


def payment(own="", reference="E-1", reasons=""):
    status = f"<TxCxlSts>{own}</TxCxlSts>" if own else ""
    names = f"<OrgnlInstrId>I-1</OrgnlInstrId><OrgnlEndToEndId>{reference}</OrgnlEndToEndId>"
    return f"<TxInfAndSts>{names}{status}{reasons}</TxInfAndSts>"


def block(inside, status=""):
    own = f"<PmtInfCxlSts>{status}</PmtInfCxlSts>" if status else ""
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>B-1</OrgnlPmtInfId>{own}{inside}</OrgnlPmtInfAndSts>"


def details(inside, group=""):
    status = f"<GrpCxlSts>{group}</GrpCxlSts>" if group else ""
    return f"<CxlDtls>{GROUP.format(status)}{inside}</CxlDtls>"


@pytest.mark.parametrize("version", camt029.VERSIONS)
def test_every_version_is_read_through_the_registry_and_checked(version):
    answer = registry.read(resolution(details(block(payment("ACCR"))), version=version))
    assert isinstance(answer, RecallAnswer)
    assert (answer.message, answer.message_id, answer.status) == (version, "A-1", "CNCL")
    (one,) = answer.payments
    assert (one.status, one.level, one.original_message_id, one.payment_information_id) == (
        "ACCR", "transaction", "M-1", "B-1",
    )  # fmt: skip
    assert (one.instruction_id, one.end_to_end_id, one.names_payment) == ("I-1", "E-1", True)


@pytest.mark.parametrize(
    ("inside", "group", "confirmation", "status", "level"),
    [
        (block(payment("RJCR"), "ACCR"), "ACCR", "CNCL", "RJCR", "transaction"),
        (block(payment(), "PDCR"), "ACCR", "CNCL", "PDCR", "payment_information"),
        (block(payment()), "RJCR", "CNCL", "RJCR", "group"),
        (block(payment()), "", "PDCR", "PDCR", "message"),
        (block(payment(), "PACR"), "PACR", "CNCL", "CNCL", "message"),
        (payment("PDCR"), "", "CNCL", "PDCR", "transaction"),
    ],
)
def test_the_lowest_level_that_speaks_of_a_payment_counts(inside, group, confirmation, status, level):
    (one,) = camt029.read(resolution(details(inside, group), confirmation)).payments
    assert (one.status, one.level) == (status, level)


def test_reasons_are_kept_as_written():
    reasons = "<CxlStsRsnInf><Rsn><Cd>ARDT</Cd></Rsn><AddtlInf>returned on Monday</AddtlInf></CxlStsRsnInf>"
    (one,) = camt029.read(resolution(details(payment("RJCR", reasons=reasons)))).payments
    assert [(each.code, each.text) for each in one.reasons] == [("ARDT", ("returned on Monday",))]


def test_an_answer_without_payments_speaks_of_the_whole_block_or_message():
    (one,) = camt029.read(resolution(details("", "RJCR"))).payments
    assert (one.status, one.level, one.names_payment, one.original_message_id) == ("RJCR", "group", False, "M-1")
    (one,) = camt029.read(resolution(details(block("", "PDCR")))).payments
    assert (one.status, one.names_payment, one.payment_information_id) == ("PDCR", False, "B-1")
    assert camt029.read(resolution("")).payments == ()


def test_two_messages_in_one_answer_do_not_lend_each_other_their_status():
    first = details(block(payment(reference="E-1")), "RJCR")
    second = details(block(payment(reference="E-2"))).replace("M-1", "M-2")
    found = camt029.read(resolution(first + second, "PDCR")).payments
    assert [(one.end_to_end_id, one.original_message_id, one.status) for one in found] == [
        ("E-1", "M-1", "RJCR"), ("E-2", "M-2", "PDCR"),
    ]  # fmt: skip


def test_a_block_behind_another_lists_its_own_payments_only():
    found = camt029.read(resolution(details(block(payment("ACCR")) + block("", "RJCR")))).payments
    assert [(one.names_payment, one.status) for one in found] == [(True, "ACCR"), (False, "RJCR")]


def test_what_breaks_the_schema_is_read_and_told():
    answer = camt029.read(resolution(details(payment("WHAT"))))
    assert answer.payments[0].status == "WHAT"
    assert [one.rule for one in answer.findings] == ["XSD"]
    later = camt029.read(resolution(details(payment("ACCR")), version="camt.029.001.14"))
    assert [one.rule for one in later.findings] == ["XSD-NONE"]


def test_the_json_of_an_answer_names_what_the_bank_said():
    found = json.loads("".join(render.lines(io.BytesIO(resolution(details(payment("PDCR")))), "a.xml")))
    assert (found["kind"], found["status"]) == ("recall_answer", "CNCL")
    assert found["payments"][0]["status"] == "PDCR"


@pytest.mark.parametrize("tail", [b"<x/>", b"garbage", b"<"])
def test_what_stands_behind_an_answer_is_not_ignored(tail):
    with pytest.raises(FormatError):
        camt029.read(resolution(details(payment("ACCR"))) + tail)


def test_an_answer_cut_short_is_no_answer():
    whole = resolution(details(payment("ACCR")))
    for end in range(len(whole) - 1, 200, -37):
        with pytest.raises(FormatError):
            camt029.read(whole[:end])


def test_another_message_and_another_root_are_refused():
    with pytest.raises(NotSupported):
        camt029.read(b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt/></Document>')
    with pytest.raises(Unreadable):
        camt029.read(b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.029.001.09"><CstmrPmtStsRpt/></Document>')


def test_an_answer_about_too_many_payments_is_refused():
    most = camt029.STATUSES_MAX
    assert len(camt029.read(resolution(f"<CxlDtls>{payment('ACCR') * most}</CxlDtls>")).payments) == most
    with pytest.raises(TooLarge):
        camt029.read(resolution(f"<CxlDtls>{payment('ACCR') * (most + 1)}</CxlDtls>"))
