"""A payment file is checked at once against schema and rules, and every finding says where and what to do."""

from datetime import date
from pathlib import Path

import pytest

from formats import check
from formats.findings import Finding, Severity
from formats.rules import PROFILES, UnknownProfile

TODAY = date(2026, 11, 2)
CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
GOOD = f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{NAMESPACE}">
<CstmrCdtTrfInitn>
<GrpHdr><MsgId>MESSAGE-1</MsgId><CreDtTm>2026-11-02T08:00:00Z</CreDtTm><NbOfTxs>2</NbOfTxs><CtrlSum>30.00</CtrlSum>
<InitgPty><Nm>Payer AG</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>BATCH-1</PmtInfId><PmtMtd>TRF</PmtMtd>
<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf><ReqdExctnDt><Dt>2026-11-04</Dt></ReqdExctnDt>
<Dbtr><Nm>Payer AG</Nm></Dbtr><DbtrAcct><Id><IBAN>DE75512108001245126199</IBAN></Id></DbtrAcct>
<DbtrAgt><FinInstnId><BICFI>COBADEFF</BICFI></FinInstnId></DbtrAgt>
<CdtTrfTxInf><PmtId><EndToEndId>ONE</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">10.00</InstdAmt></Amt>
<Cdtr><Nm>Muster GmbH</Nm></Cdtr><CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct></CdtTrfTxInf>
<CdtTrfTxInf><PmtId><EndToEndId>TWO</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">20.00</InstdAmt></Amt>
<Cdtr><Nm>Muster GmbH</Nm></Cdtr><CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct></CdtTrfTxInf>
</PmtInf>
</CstmrCdtTrfInitn>
</Document>
"""


def found(text, **asked):
    return list(check(text.encode(), as_of=TODAY, **asked))


def changed(old, new, **asked):
    assert old in GOOD
    return found(GOOD.replace(old, new), **asked)


def of(findings, rule):
    return [finding for finding in findings if finding.rule == rule]


def test_a_good_file_has_no_findings():
    assert found(GOOD) == []


def test_schema_and_rules_speak_of_the_same_file_at_once():
    findings = changed("<CtrlSum>30.00</CtrlSum>", "<CtrlSum>31.00</CtrlSum><Foo/>")
    assert [finding.rule for finding in findings if finding.blocks] == ["GEN-004", "GEN-001"]


def test_a_finding_says_payment_line_and_path():
    (finding,) = changed(
        'TWO</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">20.00',
        'TWO</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">20.001',
    )[1:]
    assert (finding.rule, finding.line, finding.payment) == ("GEN-019", 12, 1)
    assert finding.path == "PmtInf[1]/CdtTrfTxInf[2]/Amt/InstdAmt"


def test_a_finding_has_the_line_of_its_own_element_and_what_is_missing_that_of_its_parent():
    (name,) = of(changed("<Cdtr><Nm>Muster GmbH</Nm>", "<Cdtr><Nm>Müster</Nm>"), "SCT-12")[:1]
    assert (name.line, name.path) == (11, "PmtInf[1]/CdtTrfTxInf[1]/Cdtr/Nm")
    (missing,) = of(changed("<SvcLvl><Cd>SEPA</Cd></SvcLvl>", ""), "SCT-03")[:1]
    assert missing.line == 7


def test_the_schema_says_in_plain_words_what_it_expected():
    (finding,) = of(changed("<BICFI>COBADEFF</BICFI>", "<BICFI>COBADEFF</BICFI><BICFI>COBADEFF</BICFI>"), "GEN-001")
    assert finding.message == "BICFI (BIC) is not allowed here."
    assert "ClrSysMmbId (clearing code)" in finding.advice
    assert finding.path == "PmtInf[1]/DbtrAgt/FinInstnId/BICFI[2]"


@pytest.mark.parametrize(
    ("old", "new", "message", "expected"),
    [
        ("MESSAGE-1", "x" * 36, "MsgId (message id) has 36 characters.", "At most 35 characters."),
        ("<PmtMtd>TRF", "<PmtMtd>XXX", "PmtMtd (payment method) is 'XXX'.", "One of 'CHK', 'TRF', 'TRA'."),
        ("COBADEFF", "COBA", "BICFI (BIC) is 'COBA'.", "Its form is"),
        (' Ccy="EUR">10', ">10", "InstdAmt (amount) lacks its Ccy.", "Add Ccy to it."),
        (">10.00", ">10,00", "InstdAmt (amount) cannot be '10,00'.", "A value of its kind"),
        (">10.00", ">10.123456", "InstdAmt (amount) is 10.123456.", "At most 5 decimals."),
        ("<Nm>Payer AG</Nm></Dbtr>", "<Nm></Nm></Dbtr>", "Nm (name) is present but empty.", "Fill it in"),
        ("<Dt>2026-11-04</Dt>", "", "ReqdExctnDt (execution date) is incomplete.", "Missing in it: Dt (date)"),
        ("<Dt>2026-11-04</Dt>", "2026-11-04", "ReqdExctnDt (execution date) holds text where fields belong.", ""),
    ],
)
def test_each_refusal_of_the_schema_is_put_into_words(old, new, message, expected):
    findings = of(changed(old, new), "GEN-001")
    assert message in [finding.message for finding in findings]
    assert any(expected in finding.advice for finding in findings)


def test_what_the_schema_overlooks_behind_its_first_refusal_is_found_too():
    broken = GOOD.replace("<Cdtr><Nm>Muster GmbH</Nm>", "<Foo/><Cdtr><Nm>Muster GmbH</Nm><Nm>Twice</Nm>", 1)
    paths = [finding.path for finding in of(found(broken), "GEN-001")]
    assert paths == ["PmtInf[1]/CdtTrfTxInf[1]/Foo", "PmtInf[1]/CdtTrfTxInf[1]/Cdtr/Nm"]


def test_a_stream_that_cannot_be_read_twice_still_gets_its_refusals(tmp_path):
    file = tmp_path / "pain.xml"
    file.write_text(GOOD.replace("<PmtMtd>TRF", "<PmtMtd>XXX"))
    with file.open("rb") as stream:
        findings = list(check(stream, as_of=TODAY))
    assert "PmtMtd (payment method) is 'XXX'." in [finding.message for finding in findings]


def test_a_large_file_is_not_read_a_second_time(monkeypatch):
    monkeypatch.setattr("formats.checking.SECOND_LOOK_BYTES_MAX", 100)
    findings = changed("<PmtMtd>TRF", "<PmtMtd>XXX")
    assert "PmtMtd (payment method) is 'XXX'." in [finding.message for finding in findings]


def test_a_file_that_is_no_xml_is_one_finding():
    (finding,) = found("<Document><oops>")
    assert (finding.rule, finding.severity) == ("GEN-001", Severity.BLOCK)
    assert finding.message


@pytest.mark.parametrize(("profile", "severity"), [("sepa-sct", Severity.WARN), ("swiss", Severity.BLOCK)])
def test_a_byte_order_mark_is_told_and_refused_where_the_scheme_refuses_it(profile, severity):
    (finding,) = of(list(check(b"\xef\xbb\xbf" + GOOD.encode(), profile=profile, as_of=TODAY)), "GEN-001")
    assert (finding.severity, finding.line, finding.path) == (severity, 1, None)
    assert "without a byte order mark" in finding.advice


def test_another_encoding_than_utf_8_is_told():
    latin = GOOD.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').encode("latin-1")
    (finding,) = check(latin, as_of=TODAY)
    assert (finding.rule, finding.severity) == ("GEN-001", Severity.WARN)
    assert "ISO-8859-1" in finding.message


def test_an_entity_is_refused_before_anything_is_read():
    (finding,) = found('<!DOCTYPE x [<!ENTITY a "b">]><Document>&a;</Document>')
    assert finding.rule == "GEN-001"


def test_a_statement_is_read_and_said_to_have_no_rules():
    text = GOOD.replace("pain.001.001.09", "camt.053.001.08").replace("CstmrCdtTrfInitn", "BkToCstmrStmt")
    assert "camt.053.001.08" in found(text)[0].message


def test_an_unknown_profile_is_the_callers_mistake():
    with pytest.raises(UnknownProfile):
        found(GOOD, profile="sepa")


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize("profile", PROFILES)
def test_every_payment_file_of_the_corpus_can_be_checked_under_every_profile(profile):
    files = [*sorted((CORPUS / "pain.001").iterdir()), *sorted((CORPUS / "pain.008").iterdir())]
    assert files
    for file in files:
        for finding in check(file.read_bytes(), profile=profile, as_of=TODAY):
            assert isinstance(finding, Finding)
            assert finding.message


ENVELOPE = '<Envelope xmlns="urn:bank:envelope"><Body>{}</Body></Envelope>'


def test_a_refusal_inside_an_envelope_has_the_path_it_has_without():
    broken = GOOD.replace("<NbOfTxs>", "<Nonsense/><NbOfTxs>", 1)
    body = broken.partition("?>")[2]
    inside, alone = (
        [(one.path, one.message, one.advice) for one in found(text) if one.rule == "GEN-001"]
        for text in (ENVELOPE.format(body), broken)
    )
    assert inside == alone
    assert [path for path, _, _ in inside] == ["GrpHdr/Nonsense"]


def test_what_is_wrong_twice_in_a_record_is_told_twice():
    broken = GOOD.replace("<NbOfTxs>", "<Nonsense/><NbOfTxs>", 1).replace("</GrpHdr>", "<Other/></GrpHdr>", 1)
    paths = [finding.path for finding in found(broken) if finding.rule == "GEN-001"]
    assert paths == ["GrpHdr/Nonsense", "GrpHdr/Other"]
