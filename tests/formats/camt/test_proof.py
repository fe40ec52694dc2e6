"""What contradicts itself is a finding, and is never repaired."""

import pytest

from formats import read
from formats.errors import Unreadable
from formats.findings import Severity
from tests.formats.camt.statements import balance, detail, details, entry, message, statement


def found(*statements):
    return {(finding.rule, finding.severity): finding for finding in read(message(*statements)).findings}


def test_a_statement_that_adds_up_is_balanced_and_says_nothing():
    answer = read(message(statement(entry())))
    assert answer.statements[0].balanced is True
    assert answer.findings == ()


def test_a_statement_that_does_not_add_up_halts_with_the_difference():
    answer = read(message(statement(entry("5.01"))))
    assert answer.statements[0].balanced is False
    (finding,) = answer.findings
    assert (finding.rule, finding.severity) == ("BAL-03", Severity.HALT)
    assert "difference -0.01 EUR" in finding.message


def test_only_booked_entries_count():
    answer = read(message(statement(entry(), entry("99.00", status="PDNG"), entry("7.00", status="INFO"))))
    assert answer.statements[0].balanced is True


def test_a_missing_balance_leaves_the_proof_open():
    assert read(message(statement(entry(), balances=balance("CLBD", "15.00")))).statements[0].balanced is None


def test_the_previous_closing_opens_where_there_is_no_opening_balance():
    balances = balance("PRCD", "10.00") + balance("CLBD", "15.00")
    answer = read(message(statement(entry(), balances=balances)))
    assert answer.statements[0].opening.code == "PRCD"
    assert answer.statements[0].balanced is True


def test_an_opening_that_is_not_the_previous_closing_is_a_warning():
    balances = balance("PRCD", "9.00") + balance("OPBD", "10.00") + balance("CLBD", "15.00")
    assert ("BAL-02", Severity.WARN) in found(statement(entry(), balances=balances))


def test_a_debit_balance_is_negative_and_zero_has_no_sign():
    balances = balance("OPBD", "5.00", "DBIT") + balance("CLBD", "0.00", "DBIT")
    (answer,) = read(message(statement(entry(), balances=balances))).statements
    assert (answer.opening.amount.text, answer.closing.amount.text) == ("-5.00", "0.00")
    assert answer.balanced is True


@pytest.mark.parametrize(
    "summary",
    [
        "<TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries>",
        "<TtlNtries><Sum>5.01</Sum></TtlNtries>",
        "<TtlCdtNtries><NbOfNtries>0</NbOfNtries></TtlCdtNtries>",
        "<TtlDbtNtries><Sum>1</Sum></TtlDbtNtries>",
        "<TtlNtries><TtlNetNtry><Amt>4.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries>",
    ],
)
def test_totals_that_disagree_halt(summary):
    assert ("SEQ-05", Severity.HALT) in found(statement(entry(), summary=f"<TxsSummry>{summary}</TxsSummry>"))


def test_totals_that_agree_say_nothing():
    summary = (
        "<TxsSummry><TtlNtries><NbOfNtries>1</NbOfNtries><Sum>5</Sum>"
        "<TtlNetNtry><Amt>5.0</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries></TxsSummry>"
    )
    assert found(statement(entry(), summary=summary)) == {}


def test_transactions_that_do_not_make_their_entry_halt():
    several = details(detail("3.00"), detail("1.99"))
    finding = found(statement(entry(details=several)))["ENT-09", Severity.HALT]
    assert finding.path == "Stmt[1]/Ntry[1]"
    assert "4.99" in finding.message


def test_transactions_of_the_other_side_are_taken_off():
    assert found(statement(entry(details=details(detail("7.00"), detail("2.00", "DBIT"))))) == {}


def test_a_batch_that_counts_otherwise_is_told():
    batch = "<Btch><NbOfTxs>3</NbOfTxs></Btch>"
    assert ("ENT-08", Severity.INFO) in found(statement(entry(details=details(detail(), batch=batch))))


def test_a_batch_whose_total_is_not_its_entry_is_told():
    def said(total: str):
        batch = f'<Btch><TtlAmt Ccy="EUR">{total}</TtlAmt><CdtDbtInd>CRDT</CdtDbtInd></Btch>'
        return found(statement(entry(details=details(detail(), batch=batch))))

    assert said("5.00") == {}
    assert ("ENT-08", Severity.WARN) in said("4.00")


@pytest.mark.parametrize(
    ("page", "pages"),
    [
        ("<PgNb>1</PgNb><LastPgInd>true</LastPgInd>", 0),
        ("<PgNb>1</PgNb><LastPgInd>false</LastPgInd>", 1),
        ("<PgNb>2</PgNb><LastPgInd>true</LastPgInd>", 1),
        ("<PgNb>2</PgNb><LastPgInd>false</LastPgInd>", 2),
        ("<PgNb>A</PgNb><LastPgInd>true</LastPgInd>", 1),
    ],
)
def test_pages_that_are_outstanding_are_told(page, pages):
    data = message(statement(entry()))
    for place, name in ((b"</GrpHdr>", "MsgPgntn"), (b"</Id><CreDtTm>", "StmtPgntn")):
        block = f"<{name}>{page}</{name}>".encode()
        paged = (
            data.replace(place, block + place)
            if place.startswith(b"</G")
            else data.replace(place, b"</Id>" + block + b"<CreDtTm>")
        )
        assert [f.rule for f in read(paged).findings].count("SEQ-04") == pages


def test_a_transaction_alone_without_amount_is_worth_its_entry():
    (answer,) = read(message(statement(entry(details=details(detail(None)))))).statements
    assert answer.entries[0].transactions[0].amount.text == "5.00"


def test_several_transactions_without_amounts_cannot_be_split():
    (answer,) = read(message(statement(entry(details=details(detail(None), detail(None)))))).statements
    assert [one.amount for one in answer.entries[0].transactions] == [None, None]


def test_a_negative_amount_halts_and_keeps_its_sign():
    assert ("ENT-04", Severity.HALT) in found(statement(entry("-5.00")))


def test_a_side_that_is_neither_credit_nor_debit_is_told_and_left_open():
    answer = read(message(statement(entry(side="BOTH"))))
    assert answer.statements[0].entries[0].direction is None
    assert {"ENT-04", "CAMT-02", "XSD-01"} <= {finding.rule for finding in answer.findings}


@pytest.mark.parametrize("text", ["1,00", "1e3", "NaN", "5.00 EUR", "--1", "٣"])
def test_an_amount_that_is_no_number_stops_the_reading_with_its_place(text):
    with pytest.raises(Unreadable) as refused:
        read(message(statement(entry(text))))
    assert refused.value.code == "format.amount"
    assert refused.value.line == 1


def test_an_entry_without_amount_stops_the_reading():
    bare = entry().replace('<Amt Ccy="EUR">5.00</Amt>', "")
    with pytest.raises(Unreadable, match=r"Stmt\[1\]/Ntry\[1\] has no amount"):
        read(message(statement(bare)))


def test_a_date_that_is_none_is_told_and_left_out():
    answer = read(message(statement(entry().replace("<BkTxCd>", "<BookgDt><Dt>2026-02-30</Dt></BookgDt><BkTxCd>"))))
    assert answer.statements[0].entries[0].booking_date is None
    assert any(f.rule == "CAMT-02" and "2026-02-30" in f.message for f in answer.findings)


def test_what_is_not_kept_is_told_once_with_its_count():
    extra = entry().replace(CODE_END, f"{CODE_END}<CardTx><Card/></CardTx>")
    answer = read(message(statement(extra, extra, extra)))
    (finding,) = [f for f in answer.findings if f.rule == "CAMT-01"]
    assert finding.path == "CardTx"
    assert "3 times" in finding.message


CODE_END = "</BkTxCd>"


def test_findings_are_bounded():
    answer = read(message(statement(*(entry(details=details(detail("4.00"))) for _ in range(500)))))
    assert len(answer.findings) < 300
    assert any(f.rule == "CAMT-03" for f in answer.findings)


def test_an_account_may_come_twice():
    answer = read(message(statement(entry(), name="S-1"), statement(entry(), name="S-2")))
    assert [(one.id, one.balanced, len(one.entries)) for one in answer.statements] == [
        ("S-1", True, 1),
        ("S-2", True, 1),
    ]


def test_entries_before_their_balances_are_proven_all_the_same():
    text = message(statement(entry()))
    opening = balance("OPBD", "10.00").encode()
    moved = text.replace(opening, b"").replace(b"</Stmt>", opening + b"</Stmt>")
    assert read(moved).statements[0].balanced is True


def test_two_messages_in_one_document_are_refused():
    twice = message(statement(entry())).replace(b"</GrpHdr>", b"</GrpHdr><GrpHdr><MsgId>M-2</MsgId></GrpHdr>")
    with pytest.raises(Unreadable, match="more than one message"):
        read(twice)
