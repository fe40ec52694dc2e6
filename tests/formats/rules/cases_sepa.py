"""The SEPA rules, transfers and collections, each broken and kept."""

from dataclasses import replace
from datetime import date

from formats.initiation import (
    Account,
    Agent,
    CreditTransfer,
    Mandate,
    Party,
    PaymentType,
    ReferredDocument,
    StructuredRemittance,
)
from formats.rules import History
from formats.values import Money
from tests.formats.rules.messages import GERMAN_IBAN, TODAY, Case, batch, message, payment

P1 = "PmtInf[1]/CdtTrfTxInf[1]"
D1 = "PmtInf[1]/DrctDbtTxInf[1]"
SEPA = PaymentType(service_level="SEPA")
INSTANT = PaymentType(service_level="SEPA", local_instrument="INST")
CORE = PaymentType(service_level="SEPA", local_instrument="CORE", sequence="RCUR")
CREDITOR_ID = "DE98ZZZ09999999999"
SIGNED = Mandate(id="MANDATE-1", signed_on=date(2026, 1, 5))
RF = StructuredRemittance(reference="RF18539007547034", reference_type="SCOR")


def sct(rule, *, broken, fine=None, path=None, says="", profile="sepa-sct", **facts):
    """A case of a SEPA batch of one payment with these facts."""
    return Case(
        rule=rule,
        says=says,
        profile=profile,
        path=path,
        broken=transfer(**broken),
        fine=transfer(**(fine or {})),
        **facts,
    )


def transfer(batch_type=SEPA, batch_charges=None, **facts):
    return message(batch(payment(**facts), payment_type=batch_type, charge_bearer=batch_charges))


def strd(*blocks):
    return {"remittance": (), "structured_remittance": blocks}


def collection(batch_facts=None, *, payments=None, **facts):
    one = replace(payment(**facts), mandate=facts.get("mandate", SIGNED))
    given = {"payment_type": CORE, "creditor_scheme_id": CREDITOR_ID, "method": "DD"} | (batch_facts or {})
    return message(batch(*(payments or (one,)), **given), collection=True, message="pain.008.001.08")


def sdd(rule, *, broken, fine=None, path=None, says="", **facts):
    return Case(rule=rule, says=says, profile="sepa-sdd", path=path, broken=broken, fine=fine or collection(), **facts)


TRANSFERS = [
    sct("SCT-01", broken={"currency": "USD"}, path=f"{P1}/Amt/InstdAmt"),
    sct("SCT-01", says="an equivalent amount", broken={"equivalent_currency_of_transfer": "USD"}),
    sct("SCT-02", broken={"amount": "1000000000.00"}, fine={"amount": "999999999.99"}, path=f"{P1}/Amt/InstdAmt"),
    sct("SCT-03", broken={"batch_type": None}, path="PmtInf[1]/PmtTpInf/SvcLvl/Cd"),
    sct("SCT-03", says="a bank's own word", broken={"batch_type": PaymentType(service_level_proprietary="X")}),
    sct(
        "SCT-03",
        says="at the payment",
        broken={"batch_type": None, "payment_type": PaymentType(service_level="URGP")},
        path=f"{P1}/PmtTpInf/SvcLvl/Cd",
    ),
    sct("SCT-04", broken={"charge_bearer": "SHAR"}, fine={"charge_bearer": "SLEV"}, path=f"{P1}/ChrgBr"),
    sct("SCT-04", says="at the batch", broken={"batch_charges": "DEBT"}, path="PmtInf[1]/ChrgBr"),
    sct(
        "SCT-05",
        broken={"creditor_account": Account(iban="TR330006100519786457841326")},
        path=f"{P1}/CdtrAcct/Id/IBAN",
    ),
    sct("SCT-05", says="no IBAN", broken={"creditor_account": Account(other="123")}),
    sct(
        "SCT-06",
        broken={"creditor_agent": Agent(bic="BNPAFRPP")},
        fine={"creditor_agent": Agent(bic="COBADEFF")},
        path=f"{P1}/CdtrAgt/FinInstnId/BICFI",
    ),
    sct(
        "SCT-06",
        says="an island with a British IBAN",
        broken={"creditor_agent": Agent(bic="BARCGGSP")},
        fine={"creditor_agent": Agent(bic="BARCGGSP"), "creditor_account": Account(iban="GB29NWBK60161331926819")},
    ),
    sct(
        "SCT-07",
        broken={"creditor_agent": Agent(clearing_system="DEBLZ", member_id="37040044")},
        fine={"creditor_agent": Agent(bic="COBADEFF")},
        path=f"{P1}/CdtrAgt/FinInstnId/ClrSysMmbId",
    ),
    sct(
        "SCT-08",
        broken={"creditor": Party(name="x" * 71)},
        fine={"creditor": Party(name="x" * 70)},
        path=f"{P1}/Cdtr/Nm",
    ),
    sct("SCT-08", says="no name", broken={"creditor": Party()}, path=f"{P1}/Cdtr/Nm"),
    sct("SCT-09", broken={"remittance": ("a", "b")}, path=f"{P1}/RmtInf/Ustrd[2]"),
    sct("SCT-09", says="too long", broken={"remittance": ("x" * 141,)}, fine={"remittance": ("x" * 140,)}),
    sct("SCT-10", broken=strd(RF, RF), fine=strd(RF), path=f"{P1}/RmtInf/Strd[2]"),
    sct(
        "SCT-10",
        says="too long with its markup",
        broken=strd(replace(RF, reference="R" * 33, reference_issuer="I" * 14)),
        fine=strd(replace(RF, reference="R" * 33, reference_issuer="I" * 13)),
        path=f"{P1}/RmtInf/Strd[1]",
    ),
    sct("SCT-11", broken=strd(replace(RF, reference_type=None)), fine=strd(RF)),
    sct("SCT-11", says="a document", broken=strd(replace(RF, documents=(ReferredDocument(number="1"),)))),
    sct("SCT-11", says="an invoicer", broken=strd(replace(RF, unread=("Invcr",))), path=f"{P1}/RmtInf/Strd[1]"),
    sct("SCT-12", broken={"remittance": ("Müller",)}, fine={"remittance": ("Mueller & Co",)}),
    sct("SCT-13", broken={"remittance": ("A & B",)}, path=f"{P1}/RmtInf/Ustrd[1]"),
    sct("SCT-14", broken={"purpose": "ZZZZ"}, fine={"purpose": "GDDS"}, path=f"{P1}/Purp/Cd"),
    sct("SCT-15", broken={"batch_type": INSTANT}, path="PmtInf[1]/PmtTpInf/LclInstrm/Cd"),
    sct("INS-01", profile="sepa-inst", broken={}, fine={"batch_type": INSTANT}),
    sct(
        "INS-01",
        says="at the payment",
        profile="sepa-inst",
        broken={"batch_type": None, "payment_type": INSTANT},
        fine={"batch_type": INSTANT},
        path=f"{P1}/PmtTpInf/LclInstrm/Cd",
    ),
    sct(
        "INS-02",
        profile="sepa-inst",
        broken={"amount": "100.01"},
        overrides={"INS-02": {"limit": 100}},
        path=f"{P1}/Amt/InstdAmt",
    ),
    Case(
        rule="VOP-02",
        profile="sepa-sct",
        broken=message(),
        fine=message(batch(payment(), payment(end_to_end_id="B"))),
        path="GrpHdr/NbOfTxs",
    ),
]
UNMANDATED = CreditTransfer(end_to_end_id="E", amount=Money.parse("1.00", "EUR"))

COLLECTIONS = [
    sdd("SDD-01", broken=collection({"creditor_scheme_id": "DE97ZZZ09999999999"})),
    sdd(
        "SDD-01",
        says="another business code is the same creditor",
        broken=collection({"creditor_scheme_id": None}),
        fine=collection({"creditor_scheme_id": "DE98ABC09999999999"}),
        path="PmtInf[1]/CdtrSchmeId/Id/PrvtId/Othr/Id",
    ),
    sdd(
        "SDD-02",
        broken=collection(mandate=replace(SIGNED, signed_on=date(2026, 11, 5))),
        fine=collection(mandate=replace(SIGNED, signed_on=date(2026, 11, 4))),
        path=f"{D1}/DrctDbtTx/MndtRltdInf/DtOfSgntr",
    ),
    sdd("SDD-02", says="none", broken=collection(payments=(UNMANDATED,)), path=f"{D1}/DrctDbtTx/MndtRltdInf/MndtId"),
    sdd("SDD-03", broken=collection({"payment_type": replace(CORE, sequence=None)}), path="PmtInf[1]/PmtTpInf/SeqTp"),
    sdd("SDD-03", says="no scheme", broken=collection({"payment_type": replace(CORE, local_instrument=None)})),
    sdd(
        "SDD-03",
        says="both schemes",
        broken=collection(
            {"payment_type": None},
            payments=(
                payment(payment_type=CORE, mandate=SIGNED),
                payment(payment_type=replace(CORE, local_instrument="B2B"), mandate=SIGNED),
            ),
        ),
        path="PmtInf[1]/DrctDbtTxInf[2]/PmtTpInf/LclInstrm/Cd",
    ),
    sdd(
        "SDD-04",
        broken=collection({"execution_date": TODAY}),
        fine=collection({"execution_date": date(2026, 11, 3)}),
        path="PmtInf[1]/ReqdColltnDt",
    ),
    sdd(
        "SDD-05",
        broken=collection(),
        fine=collection(mandate=replace(SIGNED, id="MANDATE-2")),
        history=History(mandates_last_used={"MANDATE-1": date(2023, 11, 3), "MANDATE-2": date(2023, 11, 4)}),
        path=f"{D1}/DrctDbtTx/MndtRltdInf/MndtId",
    ),
    sdd(
        "SCT-05",
        says="of a collection",
        broken=collection(creditor_account=Account(other="1")),
        fine=collection(creditor_account=Account(iban=GERMAN_IBAN)),
        path=f"{D1}/DbtrAcct/Id/IBAN",
    ),
]
CASES = [
    *TRANSFERS,
    *COLLECTIONS,
    Case(
        rule="VOP-03",
        profile="sepa-sct",
        broken=message(batch(id="OPTED-OUT")),
        fine=message(),
        overrides={"VOP-03": {"opted_out": True}},
        kept_overrides={},
        path="PmtInf[1]",
    ),
]
