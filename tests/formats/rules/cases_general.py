"""The general rules, each broken and kept."""

from datetime import UTC, date, datetime

from formats.initiation import Account, Agent, Party, PaymentType, StructuredRemittance
from formats.rules import History
from tests.formats.rules.messages import GERMAN_IBAN, TODAY, Case, batch, message, paying, payment

P1 = "PmtInf[1]/CdtTrfTxInf[1]"
NAMED = {"name": "Baeckerei Muster"}


def dated(when, **facts):
    return message(batch(execution_date=when, **facts))


def banked(**facts):
    return paying(creditor_agent=Agent(**facts))


def referenced(reference, **facts):
    return paying(remittance=(), structured_remittance=(StructuredRemittance(reference=reference, **facts),))


CASES = [
    Case(rule="GEN-002", broken=paying(remittance=("  ",)), path=f"{P1}/RmtInf/Ustrd[1]"),
    Case(rule="GEN-002", says="a payee without a name", broken=paying(creditor=Party(name=" ")), path=f"{P1}/Cdtr/Nm"),
    Case(
        rule="GEN-003",
        broken=message(number_of_transactions="2"),
        fine=message(number_of_transactions="1"),
        path="GrpHdr/NbOfTxs",
    ),
    Case(rule="GEN-003", says="not a number", broken=message(number_of_transactions="one"), path="GrpHdr/NbOfTxs"),
    Case(
        rule="GEN-004",
        broken=message(control_sum="100.01"),
        fine=message(batch(payment("0.10"), payment("0.20")), control_sum="0.30"),
        path="GrpHdr/CtrlSum",
    ),
    Case(rule="GEN-004", says="not a number", broken=message(control_sum="1e2"), path="GrpHdr/CtrlSum"),
    Case(
        rule="GEN-005",
        says="the count",
        broken=message(batch(number_of_transactions="3")),
        fine=message(batch(number_of_transactions="1", control_sum="100")),
        path="PmtInf[1]/NbOfTxs",
    ),
    Case(
        rule="GEN-005",
        says="the sum, of the second batch",
        broken=message(batch(), batch(id="BATCH-2", control_sum="200.00")),
        path="PmtInf[2]/CtrlSum",
    ),
    Case(
        rule="GEN-006",
        broken=message(),
        fine=message(message_id="MESSAGE-2"),
        path="GrpHdr/MsgId",
        history=History(message_ids={"MESSAGE-1": date(2026, 10, 1)}),
    ),
    Case(
        rule="GEN-007",
        broken=message(batch(), batch()),
        fine=message(batch(), batch(id="BATCH-2")),
        path="PmtInf[2]/PmtInfId",
    ),
    Case(
        rule="GEN-007",
        says="used before",
        broken=message(),
        fine=message(batch(id="BATCH-2")),
        path="PmtInf[1]/PmtInfId",
        history=History(batch_ids={"BATCH-1": date(2026, 10, 1)}),
    ),
    Case(
        rule="GEN-008",
        broken=message(batch(payment(instruction_id="I1"), payment(instruction_id="I1"))),
        fine=message(batch(payment(instruction_id="I1")), batch(payment(instruction_id="I1"), id="BATCH-2")),
        path="PmtInf[1]/CdtTrfTxInf[2]/PmtId/InstrId",
    ),
    Case(
        rule="GEN-009",
        says="twice in the file",
        broken=message(batch(payment(), payment())),
        fine=message(batch(payment(end_to_end_id="NOTPROVIDED"), payment(end_to_end_id="NOTPROVIDED"))),
        path="PmtInf[1]/CdtTrfTxInf[2]/PmtId/EndToEndId",
    ),
    Case(rule="GEN-009", says="missing", broken=paying(end_to_end_id=None), path=f"{P1}/PmtId/EndToEndId"),
    Case(
        rule="GEN-009",
        says="used before",
        broken=message(),
        fine=paying(end_to_end_id="INVOICE-2"),
        path=f"{P1}/PmtId/EndToEndId",
        history=History(end_to_end_ids={"INVOICE-1": date(2026, 10, 1)}),
    ),
    Case(rule="GEN-010", broken=paying(end_to_end_id="/A"), fine=paying(end_to_end_id="A/B")),
    Case(rule="GEN-010", says="a double slash", broken=message(message_id="A//B"), path="GrpHdr/MsgId"),
    Case(rule="GEN-010", says="too long", broken=paying(end_to_end_id="A" * 36), fine=paying(end_to_end_id="A" * 35)),
    Case(rule="GEN-010", says="a leading blank", broken=paying(instruction_id=" A"), path=f"{P1}/PmtId/InstrId"),
    Case(rule="GEN-010", says="empty", broken=message(message_id=""), path="GrpHdr/MsgId"),
    Case(rule="GEN-011", broken=message(batch(id="Müller")), path="PmtInf[1]/PmtInfId"),
    Case(rule="GEN-011", says="ASCII", broken=message(batch(id="A_1")), path="PmtInf[1]/PmtInfId"),
    Case(
        rule="GEN-012",
        broken=paying(creditor=Party(name="ü" * 71)),
        fine=paying(creditor=Party(name="ü" * 70)),
        path=f"{P1}/Cdtr/Nm",
    ),
    Case(
        rule="GEN-013",
        broken=message(batch(payment(payment_type=PaymentType()), payment_type=PaymentType())),
        fine=message(batch(payment_type=PaymentType())),
        path=f"{P1}/PmtTpInf",
    ),
    Case(
        rule="GEN-014",
        broken=message(batch(payment(charge_bearer="SHAR"), charge_bearer="SHAR")),
        fine=message(batch(charge_bearer="SHAR")),
        path=f"{P1}/ChrgBr",
    ),
    Case(
        rule="GEN-014",
        says="the ultimate payer",
        broken=message(batch(payment(ultimate_debtor=Party()), ultimate_debtor=Party())),
        fine=message(batch(ultimate_debtor=Party())),
        path=f"{P1}/UltmtDbtr",
    ),
    Case(rule="GEN-015", broken=message(batch(method="CHK")), path="PmtInf[1]/PmtMtd"),
    Case(rule="GEN-015", says="an unknown word", broken=message(batch(method="XXX")), path="PmtInf[1]/PmtMtd"),
    Case(
        rule="GEN-015",
        says="in a collection",
        broken=message(batch(method="TRF"), collection=True),
        fine=message(batch(method="DD"), collection=True),
        path="PmtInf[1]/PmtMtd",
    ),
    Case(rule="GEN-016", broken=dated(None), path="PmtInf[1]/ReqdExctnDt"),
    Case(rule="GEN-016", says="of a collection", broken=message(batch(execution_date=None), collection=True)),
    Case(
        rule="GEN-017",
        broken=dated(datetime(2026, 11, 4, 12, 0, tzinfo=UTC)),
        fine=dated(datetime(2026, 11, 4, 12, 0, tzinfo=UTC), payment_type=PaymentType(local_instrument="INST")),
        path="PmtInf[1]/ReqdExctnDt/DtTm",
    ),
    Case(
        rule="GEN-017",
        says="without a zone",
        broken=dated(datetime(2026, 11, 4, 12, 0), payment_type=PaymentType(local_instrument="INST")),  # noqa: DTZ001 - the case
        path="PmtInf[1]/ReqdExctnDt/DtTm",
    ),
    Case(rule="GEN-018", broken=dated(date(2026, 11, 1)), fine=dated(TODAY), path="PmtInf[1]/ReqdExctnDt"),
    Case(
        rule="GEN-018",
        says="too far ahead",
        broken=dated(date(2027, 11, 3)),
        fine=dated(date(2027, 11, 2)),
        path="PmtInf[1]/ReqdExctnDt",
    ),
    Case(
        rule="GEN-019",
        broken=paying(amount="100.5", currency="JPY"),
        fine=paying(amount="100", currency="JPY"),
        path=f"{P1}/Amt/InstdAmt",
    ),
    Case(rule="GEN-019", says="a currency of the past", broken=paying(currency="BGN"), path=f"{P1}/Amt/InstdAmt"),
    Case(rule="GEN-019", says="no number", broken=paying(amount=None), path=f"{P1}/Amt/InstdAmt"),
    Case(rule="GEN-019", says="nothing to pay", broken=paying(amount="0.00"), path=f"{P1}/Amt/InstdAmt"),
    Case(rule="GEN-019", says="no currency", broken=paying(currency=None), path=f"{P1}/Amt/InstdAmt"),
    Case(rule="GEN-019", says="no such currency", broken=paying(currency="EUX"), path=f"{P1}/Amt/InstdAmt"),
    Case(
        rule="GEN-020",
        broken=paying(creditor_account=Account(iban="DE89370400440532013001")),
        fine=paying(creditor_account=Account(other="12345")),
        path=f"{P1}/CdtrAcct/Id/IBAN",
    ),
    Case(
        rule="GEN-020",
        says="written with blanks",
        broken=paying(creditor_account=Account(iban="DE89 3704 0044 0532 0130 00")),
        fine=paying(creditor_account=Account(iban=GERMAN_IBAN)),
    ),
    Case(
        rule="GEN-020",
        says="a country without registry",
        broken=paying(creditor_account=Account(iban="MA64011519000001205000534921")),
        path=f"{P1}/CdtrAcct/Id/IBAN",
    ),
    Case(
        rule="GEN-021",
        broken=banked(bic="DEUTDEF"),
        fine=banked(bic="1A2BDEFFXXX"),
        path=f"{P1}/CdtrAgt/FinInstnId/BICFI",
    ),
    Case(
        rule="GEN-022",
        broken=banked(bic="NOTPROVIDED"),
        fine=banked(other="NOTPROVIDED"),
        path=f"{P1}/CdtrAgt/FinInstnId/BICFI",
    ),
    Case(rule="GEN-023", broken=paying(purpose="DIVI"), fine=paying(purpose="RENT"), path=f"{P1}/Purp/Cd"),
    Case(
        rule="GEN-023",
        says="a purpose as category",
        broken=message(batch(payment_type=PaymentType(category_purpose="RENT"))),
        fine=message(batch(payment_type=PaymentType(category_purpose="SALA"))),
        path="PmtInf[1]/PmtTpInf/CtgyPurp/Cd",
    ),
    Case(
        rule="GEN-024",
        broken=paying(creditor=Party(**NAMED, lei="529900T8BM49AURSDO56")),
        fine=paying(creditor=Party(**NAMED, lei="529900T8BM49AURSDO55")),
        path=f"{P1}/Cdtr/Id/OrgId/LEI",
    ),
    Case(
        rule="GEN-025",
        broken=paying(uetr="9F1C2B3A-4D5E-4F60-8123-456789ABCDEF"),
        fine=paying(uetr="9f1c2b3a-4d5e-4f60-8123-456789abcdef"),
        path=f"{P1}/PmtId/UETR",
    ),
    Case(
        rule="GEN-026",
        broken=message(batch(payment(), payment(currency="CHF"))),
        fine=message(batch(payment()), batch(payment(currency="CHF"), id="BATCH-2")),
        path="PmtInf[1]",
    ),
    Case(rule="GEN-027", broken=message(batch(batch_booking=True)), path="PmtInf[1]/BtchBookg"),
    Case(
        rule="GEN-027",
        says="the Swiss default",
        broken=message(batch(batch_booking=None)),
        profile="swiss",
        path="PmtInf[1]/BtchBookg",
    ),
    Case(
        rule="GEN-028",
        broken=paying(structured_remittance=(StructuredRemittance(reference="RF18539007547034"),)),
        profile="sepa-sct",
        path=f"{P1}/RmtInf",
    ),
    Case(
        rule="GEN-029",
        broken=referenced("RF19539007547034", reference_type="SCOR"),
        fine=referenced("RF18539007547034", reference_type="SCOR"),
        path=f"{P1}/RmtInf/Strd[1]/CdtrRefInf/Ref",
    ),
    Case(
        rule="GEN-029",
        says="Belgian",
        broken=referenced("012345678913", reference_type="SCOR", reference_issuer="BBA"),
        fine=referenced("+++123/4567/89002+++", reference_type="SCOR", reference_issuer="BBA"),
    ),
    Case(
        rule="GEN-030",
        broken=message(batch(payment(), payment(end_to_end_id="B"))),
        overrides={"GEN-030": {"payments_max": 1}},
        path="GrpHdr/NbOfTxs",
    ),
]
