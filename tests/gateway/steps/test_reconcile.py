"""Reconcile: a booking settles, a proven statement reconciles, a return comes back; the unproven moves nothing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from formats import registry
from gateway import outcomes
from gateway.persistence.tables import breaks, statements
from gateway.steps import reconcile, submit
from tests.gateway.steps.world import Crash, report

DAY = date(2026, 11, 23)
ISO = "urn:iso:std:iso:20022:tech:xsd:"


def booking(payment, *, side="DBIT", returned=False, amount=None, ref=None):
    """One entry that names a payment of ours."""
    sum_ = f"{amount or payment.amount:f}"
    back = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>" if returned else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{sum_}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{DAY}</Dt></BookgDt><ValDt><Dt>{DAY}</Dt></ValDt>"
        f"<AcctSvcrRef>{side}-{ref or payment.position}</AcctSvcrRef><BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><MsgId>{payment.file_id}</MsgId><PmtInfId>{payment.bank_batch_id}</PmtInfId>"
        f"<InstrId>{payment.id}</InstrId><EndToEndId>{payment.end_to_end_id}</EndToEndId></Refs>"
        f'<Amt Ccy="EUR">{sum_}</Amt><CdtDbtInd>{side}</CdtDbtInd>{back}</TxDtls></NtryDtls></Ntry>'
    )


def _balance(code, amount, day):
    side = "CRDT" if amount >= 0 else "DBIT"
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{abs(amount):.2f}</Amt>'
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def statement(hub, *entries, opening="1000.00", closing=None, number=1, day=DAY, account=None, page=None, last=True):
    """A camt.053; without ``closing`` it is told one that does not matter: a notification."""
    balances = ""
    if closing is not None:
        balances = _balance("OPBD", Decimal(opening), day) + _balance("CLBD", Decimal(closing), day)
    pages = f"<StmtPgntn><PgNb>{page}</PgNb><LastPgInd>{str(last).lower()}</LastPgInd></StmtPgntn>" if page else ""
    kind, outer, inner = ("camt.053.001.08", "BkToCstmrStmt", "Stmt") if balances else (
        "camt.054.001.08", "BkToCstmrDbtCdtNtfctn", "Ntfctn"
    )  # fmt: skip
    text = (
        f'<Document xmlns="{ISO}{kind}"><{outer}><GrpHdr><MsgId>M-{number}</MsgId><CreDtTm>{day}T18:00:00</CreDtTm>'
        f"</GrpHdr><{inner}><Id>S-{number}</Id>{pages}<ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<CreDtTm>{day}T18:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{account or hub.account.number}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}{''.join(entries)}"
        f"</{inner}></{outer}></Document>"
    )
    return registry.read(text.encode())


def open_breaks(hub):
    """Breaks that wait for a person."""
    with hub.engine.connect() as connection:
        return list(connection.execute(select(breaks).where(breaks.c.state == "open")))


def hear(hub, message, *, bank=None):
    """The message is taken in as a document of its own; gives the document as it ends."""
    with hub.unit() as work:
        document = work.documents.add(
            work.new_id(), bank=bank or hub.bank_name, sha256=work.new_id().rjust(64, "0"), name="camt.xml",
            media_type=None, size=1,
        )  # fmt: skip
        reconcile.reconcile(work, document, message, accounts=hub.accounts)
        work.commit()
    with hub.unit() as work:
        return work.documents.get(document.id)


@pytest.fixture
def paid(hub):
    """A hub, a batch of one payment of 100.00 that the bank holds, and that payment."""
    batch, _ = hub.sent("100.00")
    return hub, batch, hub.payments(batch)[0]


def test_a_notification_settles_and_the_statement_after_it_reconciles(paid):
    hub, batch, one = paid
    hear(hub, statement(hub, booking(one)))
    assert hub.states(batch) == ["settled"]
    hear(hub, statement(hub, booking(one), closing="900.00"))
    assert hub.states(batch) == ["reconciled"]


def test_a_notification_after_the_statement_changes_nothing(paid):
    hub, batch, one = paid
    hear(hub, statement(hub, booking(one), closing="900.00"))
    hear(hub, statement(hub, booking(one)))
    assert hub.states(batch) == ["reconciled"]
    assert hub.count(breaks) == 0


def test_a_statement_that_does_not_add_up_moves_nothing(paid):
    hub, batch, one = paid
    hear(hub, statement(hub, booking(one), closing="905.00"))
    assert hub.states(batch) == ["submitted"]
    assert hub.count(statements, statements.c.verdict == "quarantined") == 1
    assert hub.count(breaks) == 1


def test_a_statement_delivered_twice_is_imported_once(paid):
    hub, batch, one = paid
    for _ in range(2):
        hear(hub, statement(hub, booking(one), closing="900.00"))
    assert hub.states(batch) == ["reconciled"]
    assert hub.count(breaks) == 0


def test_pages_may_come_in_any_order_and_move_nothing_before_all_are_there(hub):
    batch, _ = hub.sent("100.00", "7.00")
    one, two = hub.payments(batch)
    hear(hub, statement(hub, booking(two), opening="900.00", closing="893.00", page=2))
    assert hub.states(batch) == ["submitted"] * 2
    hear(hub, statement(hub, booking(one), closing="900.00", page=1, last=False))
    assert hub.states(batch) == ["reconciled"] * 2


def test_a_return_after_the_booking_brings_the_money_back(paid):
    hub, batch, one = paid
    hear(hub, statement(hub, booking(one), closing="900.00"))
    back = booking(one, side="CRDT", returned=True)
    hear(hub, statement(hub, back, opening="900.00", closing="1000.00", number=2, day=DAY + timedelta(days=1)))
    assert hub.states(batch) == ["returned"]


def test_a_return_that_comes_before_its_booking_ends_as_returned(paid):
    hub, batch, one = paid
    hear(hub, statement(hub, booking(one, side="CRDT", returned=True)))
    assert hub.states(batch) == ["returned"]


def test_a_booking_ends_a_doubt_about_the_whole_file(hub):
    batch, file = hub.in_doubt("100.00", "7.00")
    one, _ = hub.payments(batch)
    hear(hub, statement(hub, booking(one)))
    assert hub.states(batch) == ["settled", "submitted"]
    assert (hub.file(file).state, hub.evidence(file)) == ("submitted", ["booking"])


def test_a_booking_of_an_acknowledged_payment_settles_it(paid):
    hub, batch, one = paid
    hub.hear(report(one.file_id, "ACCP"))
    hear(hub, statement(hub, booking(one)))
    assert hub.states(batch) == ["settled"]


def test_a_refusal_after_the_booking_moves_nothing_and_is_told(paid):
    hub, batch, one = paid
    hear(hub, statement(hub, booking(one)))
    hub.hear(report(one.file_id, "RJCT", reasons=["AC04"]))
    assert hub.states(batch) == ["settled"]
    assert any("after it had booked" in note for note in hub.notes())


def test_another_amount_is_a_break_and_settles_nothing(paid):
    hub, batch, one = paid
    hear(hub, statement(hub, booking(one, amount=Decimal("99.00"))))
    assert hub.states(batch) == ["submitted"]
    assert hub.count(breaks) == 1


def test_a_bank_cannot_report_on_an_account_that_another_bank_keeps(paid):
    hub, batch, one = paid
    assert hear(hub, statement(hub, booking(one)), bank="nordbank").state == "quarantined"
    assert hub.states(batch) == ["submitted"]


def bare(payment, **more):
    """A booking that names the payment by its end-to-end id only, as many banks write it."""
    entry = booking(payment, **more)
    start, end = entry.index("<Refs>"), entry.index("</Refs>")
    return f"{entry[:start]}<Refs><EndToEndId>{payment.end_to_end_id}</EndToEndId>{entry[end:]}"


def whole(batch_of, *, sum_):
    """One booking of a whole bank batch, without details."""
    entry = booking(batch_of, amount=sum_)
    start, end = entry.index("<NtryDtls>"), entry.index("</NtryDtls>")
    details = f"<NtryDtls><Btch><PmtInfId>{batch_of.bank_batch_id}</PmtInfId></Btch>"
    return f"{entry[:start]}{details}{entry[end:]}"


def left_staged(hub, *amounts, **more):
    """A file that was handed over by a worker that died before it wrote that down."""
    batch, file = hub.built(*amounts, **more)
    hub.bank.script = [None, "crash-after"]
    with pytest.raises(Crash):
        hub.submit(file)
    assert (hub.file(file).state, hub.bank.received[-1][0]) == ("staged", hub.file(file).name)
    return batch, file


@pytest.mark.parametrize("entry", [booking, bare])
def test_a_booking_of_a_file_that_was_left_half_way_proves_that_it_arrived(world, entry):
    batch, file = left_staged(world, "100.00", "7.00")
    one, _ = world.payments(batch)
    hear(world, statement(world, entry(one), closing="900.00"))
    assert world.states(batch) == ["reconciled", "submitted"]
    assert (world.file(file).state, world.evidence(file)) == ("submitted", ["booking"])
    assert world.count(breaks) == 0
    assert world.submit(file) is submit.Next.NOTHING
    assert (len(world.bank.received), world.outcomes(file)) == (1, ["delivered"])


@pytest.mark.parametrize("state", ["staged", "in_doubt"])
def test_the_booking_of_a_whole_batch_proves_that_it_arrived(hub, state):
    batch, file = left_staged(hub, "100.00", "7.00") if state == "staged" else hub.in_doubt("100.00", "7.00")
    one, _ = hub.payments(batch)
    hear(hub, statement(hub, whole(one, sum_=Decimal("107.00")), closing="893.00"))
    assert (hub.states(batch), hub.file(file).state) == (["reconciled"] * 2, "submitted")
    assert hub.count(breaks) == 0


def test_a_booked_file_is_not_sent_again_where_nothing_at_the_bank_counts_as_proof(hub):
    batch, file = left_staged(hub, "100.00")
    names = [name for name, _ in hub.bank.received]
    hub.bank.holds = lambda _name: False  # the bank takes files away, and its profile says vanished = "absent"
    hear(hub, statement(hub, booking(hub.payments(batch)[0]), closing="900.00"))
    assert hub.submit(file) is submit.Next.NOTHING
    assert [name for name, _ in hub.bank.received] == names


def test_a_booked_file_is_not_sent_again_after_a_look_put_it_back(hub):
    batch, file = left_staged(hub, "100.00")
    hub.bank.holds = lambda _name: False
    hub.bank.script = [None, "crash"]  # a look that shows nothing, and the end in the middle of taking copies away
    with pytest.raises(Crash):
        hub.submit(file)
    with hub.unit() as work:
        outcomes.put_back(work, work.files.get(file), "a look showed nothing of it")
        work.commit()
    hear(hub, statement(hub, booking(hub.payments(batch)[0]), closing="900.00"))
    assert (hub.states(batch), hub.file(file).state) == (["reconciled"], "submitted")
    assert hub.submit(file) is submit.Next.NOTHING
    assert len(hub.bank.received) == 1


def test_a_return_of_a_payment_in_a_file_that_was_left_half_way_proves_that_it_arrived(hub):
    batch, file = left_staged(hub, "100.00")
    hear(hub, statement(hub, booking(hub.payments(batch)[0], side="CRDT", returned=True)))
    assert (hub.states(batch), hub.file(file).state) == (["returned"], "submitted")


@pytest.mark.parametrize("state", ["staged", "in_doubt"])
def test_a_booking_that_may_be_another_files_proves_nothing(hub, state):
    """Two files pay under one reference; the bank books the first one twice and may never have got the second."""
    earlier, _ = hub.sent("100.00", message_id="MAY", end_to_end_id="RENT")
    (before,) = hub.payments(earlier)
    hear(hub, statement(hub, booking(before), closing="900.00"))
    later = {"message_id": "JUNE", "end_to_end_id": "RENT", "creditor_account": "DE89370400440532013000"}
    if state == "staged":
        batch, file = left_staged(hub, "100.00", **later)
    else:
        batch, file = hub.in_doubt("100.00", **later)
    (rent,) = hub.payments(batch)
    assert rent.end_to_end_id == before.end_to_end_id
    day = DAY + timedelta(days=1)
    hear(hub, statement(hub, bare(rent), opening="900.00", closing="800.00", number=2, day=day))
    assert (hub.file(file).state, hub.evidence(file)) == (state, [])
    assert [one.kind for one in open_breaks(hub)] == ["ambiguous"]


def test_another_amount_proves_no_arrival(hub):
    batch, file = left_staged(hub, "100.00")
    hear(hub, statement(hub, booking(hub.payments(batch)[0], amount=Decimal("99.00"))))
    assert (hub.states(batch), hub.file(file).state) == (["generated"], "staged")
    assert [one.kind for one in open_breaks(hub)] == ["amount_differs"]


def test_a_statement_that_does_not_add_up_proves_no_arrival(hub):
    batch, file = left_staged(hub, "100.00")
    hear(hub, statement(hub, booking(hub.payments(batch)[0]), closing="905.00"))
    assert (hub.states(batch), hub.file(file).state) == (["generated"], "staged")


@pytest.mark.parametrize("began", [False, True])
def test_a_booking_of_a_file_that_was_never_handed_over_is_a_break_and_moves_nothing(hub, began):
    batch, file = hub.built("100.00")
    if began:
        hub.bank.script = ["crash"]
        with pytest.raises(Crash):
            hub.submit(file)
    hear(hub, statement(hub, booking(hub.payments(batch)[0])))
    assert (hub.states(batch), hub.file(file).state) == (["generated"], "generated")
    assert [one.kind for one in open_breaks(hub)] == ["unexpected_booking"]


def test_a_booking_proves_no_arrival_of_a_file_of_which_nothing_was_handed_over(world):
    """The line is down, and somebody pays one of them by hand, under the same reference; the others wait to be sent."""
    batch, file = world.built("100.00", "7.00")
    world.bank.script = ["unreachable"]
    assert world.submit(file) is submit.Next.RETRY
    hear(world, statement(world, bare(world.payments(batch)[0])))
    assert (world.states(batch), world.file(file).state) == (["generated"] * 2, "generated")
    assert [one.kind for one in open_breaks(world)] == ["unexpected_booking"]
    assert world.submit(file) is submit.Next.NOTHING
    assert len(world.bank.received) == 1


def test_however_many_bookings_a_statement_tells_a_file_that_arrived_costs_the_same_number_of_statements(hub):
    asked = {}
    for count in (5, 50):
        batch, _ = left_staged(
            hub, *(f"{1000 * count + number}.00" for number in range(count)), message_id=f"RUN-{count}"
        )
        entries = [booking(one, ref=f"{count}-{one.position}") for one in hub.payments(batch)]
        said = []
        event.listen(hub.engine, "before_cursor_execute", lambda *args, said=said: said.append(args[2]))
        hear(hub, statement(hub, *entries, number=count))
        asked[count] = len(said)
        assert hub.states(batch) == ["settled"] * count
    assert asked[5] == asked[50]
