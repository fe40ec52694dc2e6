"""The Swiss rules, each broken and kept."""

from formats.initiation import (
    Account,
    Address,
    Agent,
    Identification,
    Party,
    PaymentType,
    RegulatoryReporting,
    StructuredRemittance,
)
from tests.formats.rules.messages import GERMAN_IBAN, SWISS_IBAN, Case, batch, message, payment

P1 = "PmtInf[1]/CdtTrfTxInf[1]"
QR_IBAN = "CH4431999123000889012"
QR_REFERENCE = "210000000003139471430009017"
HOME_BANK = Agent(bic="UBSWCHZH80A")
SEPA = PaymentType(service_level="SEPA")
INSTANT = PaymentType(local_instrument="INST")
QRR = StructuredRemittance(reference=QR_REFERENCE, reference_type_proprietary="QRR")


def transfer(batch_facts=None, **facts):
    given = {"currency": "CHF", "creditor_account": Account(iban=SWISS_IBAN)} | facts
    return message(batch(payment(**given), **({"debtor_agent": HOME_BANK} | (batch_facts or {}))))


def billed(*blocks, iban=QR_IBAN, **facts):
    return transfer(
        **({"creditor_account": Account(iban=iban), "remittance": (), "structured_remittance": blocks} | facts)
    )


def abroad(**facts):
    given = {"currency": "USD", "creditor_account": Account(other="123"), "creditor_agent": Agent(bic="CHASUS33")}
    return transfer(**(given | facts))


def ch(rule, *, broken, fine=None, **facts):
    return Case(rule=rule, broken=broken, fine=fine or transfer(), profile="swiss", **facts)


CASES = [
    ch(
        "CH-01",
        broken=transfer(amount="10000000000.00"),
        fine=transfer(amount="9999999999.99"),
        path=f"{P1}/Amt/InstdAmt",
    ),
    ch("CH-01", says="SEPA in francs", broken=transfer({"payment_type": SEPA})),
    ch(
        "CH-01",
        says="SEPA above its limit",
        broken=transfer({"payment_type": SEPA}, currency="EUR", amount="1000000000.00"),
        fine=transfer({"payment_type": SEPA}, currency="EUR", amount="999999999.99"),
    ),
    ch(
        "CH-01",
        says="instant above the bank's limit",
        broken=transfer({"payment_type": INSTANT}, amount="20000.01"),
        fine=transfer({"payment_type": INSTANT}, amount="20000.00"),
        overrides={"CH-01": {"instant_limit": 20000}},
    ),
    ch(
        "CH-02",
        broken=message(initiating_party=Party()),
        fine=message(initiating_party=Party(ids=(Identification(value="1"),))),
        path="GrpHdr/InitgPty",
    ),
    ch("CH-03", broken=transfer({"debtor_agent": None}), path="PmtInf[1]/DbtrAgt/FinInstnId"),
    ch(
        "CH-03",
        says="both",
        broken=transfer({"debtor_agent": Agent(bic="UBSWCHZH80A", member_id="230", clearing_system="CHBCC")}),
        fine=transfer({"debtor_agent": Agent(member_id="230", clearing_system="CHBCC")}),
    ),
    ch(
        "CH-03", says="of another country", broken=transfer({"debtor_agent": Agent(member_id="1", clearing_system="X")})
    ),
    ch(
        "CH-04",
        broken=transfer({"debtor_account": Account(iban=QR_IBAN)}),
        fine=transfer({"debtor_account": Account(iban=SWISS_IBAN)}),
        path="PmtInf[1]/DbtrAcct/Id/IBAN",
    ),
    ch("CH-06", broken=billed(), fine=billed(QRR), path=f"{P1}/RmtInf/Strd/CdtrRefInf"),
    ch(
        "CH-06",
        says="a wrong check digit",
        broken=billed(StructuredRemittance(reference=QR_REFERENCE[:-1] + "8", reference_type_proprietary="QRR")),
        path=f"{P1}/RmtInf/Strd[1]/CdtrRefInf/Ref",
    ),
    ch("CH-06", says="free text beside", broken=billed(QRR, remittance=("x",)), path=f"{P1}/RmtInf/Ustrd"),
    ch("CH-07", broken=billed(QRR, iban=SWISS_IBAN), fine=billed(QRR), path=f"{P1}/RmtInf/Strd/CdtrRefInf"),
    ch(
        "CH-08",
        broken=billed(StructuredRemittance(reference="1", reference_type_proprietary="XYZ"), iban=SWISS_IBAN),
        fine=billed(StructuredRemittance(reference="1", reference_type_proprietary="IPI"), iban=SWISS_IBAN),
    ),
    ch(
        "CH-09",
        broken=transfer(creditor_agent=Agent(bic="POFICHBE")),
        fine=abroad(),
        path=f"{P1}/CdtrAgt",
    ),
    ch(
        "CH-10",
        broken=transfer(
            {"payment_type": INSTANT},
            creditor_account=Account(other="80-2-2"),
            creditor_agent=Agent(clearing_system="CHBCC", member_id="230"),
        ),
        fine=transfer({"payment_type": INSTANT}),
        path=f"{P1}/CdtrAcct/Id/IBAN",
    ),
    ch(
        "CH-11",
        broken=abroad(creditor_agent=Agent(clearing_system="USABA", member_id="021000021")),
        fine=abroad(
            creditor_agent=Agent(
                clearing_system="USABA", member_id="021000021", name="Bank", address=Address(town="NY", country="US")
            )
        ),
        path=f"{P1}/CdtrAgt/FinInstnId",
    ),
    ch(
        "CH-11",
        says="a Swiss number abroad",
        broken=transfer(
            currency="USD",
            creditor_account=Account(iban=GERMAN_IBAN),
            creditor_agent=Agent(clearing_system="CHBCC", member_id="230"),
        ),
    ),
    ch(
        "CH-12",
        broken=transfer({"payment_type": SEPA}, currency="EUR", creditor=Party(name="x" * 71)),
        fine=transfer(creditor=Party(name="x" * 140)),
        path=f"{P1}/Cdtr/Nm",
    ),
    ch("CH-12", says="no name", broken=transfer(creditor=Party()), path=f"{P1}/Cdtr/Nm"),
    ch(
        "CH-13",
        broken=transfer(payment_type=INSTANT),
        fine=transfer({"payment_type": INSTANT}),
        path=f"{P1}/PmtTpInf/LclInstrm",
    ),
    ch(
        "CH-13",
        says="in euro",
        broken=transfer({"payment_type": INSTANT}, currency="EUR"),
        path="PmtInf[1]/PmtTpInf/LclInstrm",
    ),
    ch(
        "CH-14",
        broken=transfer({"payment_type": PaymentType(service_level="SEPA", service_level_proprietary="X")}),
        fine=transfer({"payment_type": PaymentType(service_level_proprietary="X")}),
        path="PmtInf[1]/PmtTpInf/SvcLvl",
    ),
    ch(
        "CH-15",
        broken=transfer(instructions_for_creditor_agent=(("PHOB", None),)),
        fine=abroad(instructions_for_creditor_agent=(("PHOB", None),)),
        path=f"{P1}/InstrForCdtrAgt",
    ),
    ch(
        "CH-16",
        broken=transfer({"payment_type": INSTANT}, regulatory_reporting=(RegulatoryReporting(indicator="DEBT"),)),
        fine=abroad(regulatory_reporting=(RegulatoryReporting(indicator="DEBT", code="1", country="US"),)),
        path=f"{P1}/RgltryRptg",
    ),
    ch(
        "CH-16",
        says="twice",
        broken=abroad(regulatory_reporting=(RegulatoryReporting(), RegulatoryReporting())),
        path=f"{P1}/RgltryRptg[2]",
    ),
    ch(
        "CH-16",
        says="a code without a country",
        broken=abroad(regulatory_reporting=(RegulatoryReporting(code="1"),)),
        path=f"{P1}/RgltryRptg[1]/Dtls/Ctry",
    ),
    ch(
        "CH-16",
        says="the Emirates",
        broken=abroad(creditor_agent=Agent(bic="EBILAEAD")),
        fine=abroad(
            creditor_agent=Agent(bic="EBILAEAD"), regulatory_reporting=(RegulatoryReporting(indicator="DEBT"),)
        ),
        path=f"{P1}/RgltryRptg/DbtCdtRptgInd",
    ),
    ch(
        "CH-17",
        broken=transfer(related_remittance=True),
        fine=transfer(related_remittance=True, remittance=()),
        path=f"{P1}/RltdRmtInf",
    ),
    ch(
        "CH-18",
        broken=transfer({"payment_type": PaymentType(category_purpose="SALA"), "batch_booking": True}),
        fine=transfer({"payment_type": PaymentType(category_purpose="SALA"), "batch_booking": False}),
        path="PmtInf[1]/PmtTpInf/CtgyPurp",
    ),
    ch("CH-19", broken=transfer(), fine=transfer({"debtor": Party()}), path="PmtInf[1]/Dbtr/Nm"),
    ch("CH-21", broken=transfer(remittance=("Ж",)), fine=transfer(remittance=("Šőț €",))),
    ch(
        "CH-22",
        broken=billed(*[StructuredRemittance(additional=("x" * 100,))] * 91, iban=SWISS_IBAN),
        fine=billed(*[StructuredRemittance(additional=("x" * 100,))] * 90, iban=SWISS_IBAN),
        path=f"{P1}/RmtInf/Strd",
    ),
    Case(
        rule="ADR-07",
        profile="swiss",
        broken=transfer(creditor=Party(name="A", address=Address(town="Bern", country="CH", type_code="ADDR"))),
        fine=transfer(creditor=Party(name="A", address=Address(town="Bern", country="CH"))),
        path=f"{P1}/Cdtr/PstlAdr/AdrTp",
    ),
]
