"""The cross-border, British and American rules, each broken and kept."""

from datetime import UTC, date, datetime

from formats.initiation import (
    Account,
    Address,
    Agent,
    Identification,
    Party,
    PaymentType,
    ReferredDocument,
    RegulatoryReporting,
    StructuredRemittance,
)
from tests.formats.rules.messages import TODAY, Case, batch, message, payment

P1 = "PmtInf[1]/CdtTrfTxInf[1]"
UETR = "9f1c2b3a-4d5e-4f60-8123-456789abcdef"
WIRE = PaymentType(service_level="URGP")
ACH = PaymentType(service_level="NURG", local_instrument="CCD")
CHASE = Agent(clearing_system="USABA", member_id="021000021")
HOME = Address(street="1 Main St", town="New York", country="US")
ACME = Party(name="Acme Inc", address=HOME)


def paying(batch_facts=None, **facts):
    given = {
        "currency": "USD",
        "creditor": ACME,
        "creditor_account": Account(other="12345678", type_code="CACC"),
        "creditor_agent": CHASE,
    }
    return message(batch(payment(**(given | facts)), **({"payment_type": WIRE} | (batch_facts or {}))))


def relayed(header=None, **facts):
    one = payment(**({"uetr": UETR} | facts.pop("payment", {})))
    given = {"id": "MESSAGE-1", "batch_booking": None} | facts
    return message(batch(one, **given), **({"created_at": datetime(2026, 11, 2, tzinfo=UTC)} | (header or {})))


def of(profile):
    def case(rule, *, broken, fine=None, **facts):
        return Case(rule=rule, broken=broken, fine=fine or paying(), profile=profile, **facts)

    return case


def remitting(**facts):
    return paying(remittance=(), structured_remittance=(StructuredRemittance(**facts),))


def reporting(**facts):
    return paying(regulatory_reporting=(RegulatoryReporting(**facts),))


cgi, cbpr, uk, us = of("cgi"), of("cbpr"), of("uk"), of("us")

CROSS_BORDER = [
    cbpr("XB-01", broken=message(batch(payment(), payment())), fine=relayed(), path="GrpHdr/NbOfTxs"),
    cbpr("XB-01", says="a sum", broken=relayed({"control_sum": "100.00"}), fine=relayed(), path="GrpHdr/CtrlSum"),
    cbpr(
        "XB-01",
        says="no offset",
        broken=relayed({"created_at": datetime(2026, 11, 2)}),  # noqa: DTZ001 - the case
        fine=relayed(),
        path="GrpHdr/CreDtTm",
    ),
    cbpr("XB-01", says="booking", broken=relayed(batch_booking=True), fine=relayed(), path="PmtInf[1]/BtchBookg"),
    cbpr("XB-01", says="two ids", broken=relayed(id="OTHER"), fine=relayed(), path="PmtInf[1]/PmtInfId"),
    cbpr(
        "XB-01",
        says="no tracking id",
        broken=relayed(payment={"uetr": None}),
        fine=relayed(),
        path=f"{P1}/PmtId/UETR",
    ),
    cbpr("XB-02", broken=paying(charge_bearer="SLEV"), fine=paying(charge_bearer="SHAR"), path=f"{P1}/ChrgBr"),
    cgi(
        "XB-03",
        broken=message(batch(payment(charge_bearer="DEBT"))),
        fine=paying(charge_bearer="DEBT"),
        path=f"{P1}/ChrgBr",
    ),
    cgi("XB-04", broken=paying({"payment_type": None}), path="PmtInf[1]/PmtTpInf/SvcLvl"),
    cgi(
        "XB-05",
        broken=paying(creditor_agent=Agent(bic="NOTPROVIDED", member_id="1")),
        fine=paying(creditor_agent=Agent(bic="CHASUS33")),
        path=f"{P1}/CdtrAgt/FinInstnId",
    ),
    cgi(
        "XB-06",
        broken=paying(creditor_agent=Agent(clearing_system="INFSC", member_id="12345678901")),
        fine=paying(creditor_agent=Agent(clearing_system="INFSC", member_id="HDFC0000123")),
        path=f"{P1}/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId",
    ),
    cgi(
        "XB-06",
        says="another country",
        broken=paying(creditor_agent=Agent(bic="DEUTDEFF", clearing_system="USABA", member_id="021000021")),
        fine=paying(creditor_agent=Agent(bic="CHASUS33", clearing_system="USABA", member_id="021000021")),
        path=f"{P1}/CdtrAgt/FinInstnId/ClrSysMmbId/ClrSysId/Cd",
    ),
    cgi("XB-07", broken=paying(creditor_account=None), path=f"{P1}/CdtrAcct/Id"),
    cgi(
        "XB-07",
        says="an IBAN country",
        broken=paying(creditor_agent=Agent(bic="DEUTDEFF")),
        path=f"{P1}/CdtrAcct/Id/IBAN",
    ),
    cgi("XB-08", broken=paying(intermediary_agents=(Agent(bic="CHASUS33"),)), path=f"{P1}/IntrmyAgt1"),
    cgi("XB-08", says="four", broken=paying(intermediary_agents=(Agent(),) * 4), path=f"{P1}/IntrmyAgt4"),
    cgi(
        "XB-09",
        broken=paying(ultimate_creditor=Party(name="A", address=Address(lines=("a",)))),
        fine=paying(ultimate_creditor=Party(name="A", address=HOME), creditor=Party(address=Address(lines=("a",)))),
        path=f"{P1}/UltmtCdtr/PstlAdr/AdrLine",
    ),
    cgi("XB-10", broken=paying(creditor=Party(name="A")), path=f"{P1}/Cdtr/PstlAdr"),
    cgi("XB-10", says="no name", broken=paying(creditor=Party(address=HOME)), path=f"{P1}/Cdtr/Nm"),
    cgi(
        "XB-11",
        broken=reporting(),
        fine=reporting(indicator="DEBT", code="1234567890", type="T"),
        path=f"{P1}/RgltryRptg[1]/DbtCdtRptgInd",
    ),
    cgi("XB-11", says="no type", broken=reporting(code="1"), path=f"{P1}/RgltryRptg[1]/Dtls/Tp"),
    cgi("XB-11", says="too long", broken=reporting(code="12345678901"), path=f"{P1}/RgltryRptg[1]/Dtls/Cd"),
    cgi(
        "XB-11",
        says="a listed country",
        broken=paying(creditor_agent=Agent(bic="HDFCINBB")),
        overrides={"XB-11": {"countries": ["IN"]}},
        path=f"{P1}/RgltryRptg/Dtls/Cd",
    ),
    cgi("XB-12", broken=paying(creditor_agent=Agent(bic="HDFCINBB")), path=f"{P1}/RgltryRptg/Dtls/Cd"),
    cgi(
        "XB-13",
        broken=paying(creditor=Party(name="A", ids=(Identification(value="1", scheme_proprietary="X"),))),
        fine=paying(creditor=Party(name="A", ids=(Identification(value="1", scheme="TXID"),))),
        path=f"{P1}/Cdtr/Id/OrgId/Othr[1]/SchmeNm/Prtry",
    ),
    cgi(
        "XB-13",
        says="an LEI",
        broken=paying(creditor=Party(name="A", ids=(Identification(value="1", scheme="LEI"),))),
        fine=paying(creditor=Party(ids=(Identification(value="1", scheme_proprietary="X"),), private=True)),
        path=f"{P1}/Cdtr/Id/OrgId/Othr[1]/SchmeNm/Cd",
    ),
    cgi(
        "XB-14",
        broken=paying({"payment_type": PaymentType(category_purpose="WHLD")}),
        fine=paying({"payment_type": PaymentType(category_purpose="WHLD")}, tax=True),
        path=f"{P1}/Tax",
    ),
    cgi(
        "XB-15",
        broken=remitting(additional=("x" * 9001,)),
        fine=remitting(additional=("x" * 9000,)),
        path=f"{P1}/RmtInf/Strd",
    ),
    cgi("XB-15", says="reference type", broken=remitting(reference_type="QQQQ"), fine=remitting(reference_type="RPIN")),
    cgi(
        "XB-15",
        says="document type",
        broken=remitting(documents=(ReferredDocument(type_code="QQQQ"),)),
        fine=remitting(documents=(ReferredDocument(type_code="CINV"),)),
        path=f"{P1}/RmtInf/Strd[1]/RfrdDocInf[1]/Tp/CdOrPrtry/Cd",
    ),
    cgi(
        "XB-16",
        broken=paying(equivalent_currency_of_transfer="JPY", exchange_contract="DEAL"),
        fine=paying(exchange_contract="DEAL"),
        path=f"{P1}/XchgRateInf/CtrctId",
    ),
    cgi("XB-18", broken=paying(), fine=paying(uetr=UETR), path=f"{P1}/PmtId/UETR"),
]
BARCLAYS = Agent(clearing_system="GBDSC", member_id="200000")
CHAPS = PaymentType(service_level="URGP")
BACS = PaymentType(local_instrument="BACS")


def sterling(batch_type=None, batch_facts=None, **facts):
    given = {"currency": "GBP", "creditor_account": Account(other="55779911"), "creditor_agent": BARCLAYS}
    return message(batch(payment(**(given | facts)), payment_type=batch_type, **(batch_facts or {})))


BRITISH = [
    uk(
        "UK-01",
        broken=sterling(creditor_account=Account(other="5577991")),
        fine=sterling(),
        path=f"{P1}/CdtrAcct/Id/Othr/Id",
    ),
    uk(
        "UK-01",
        says="the sort code",
        broken=sterling(creditor_agent=Agent(clearing_system="GBDSC", member_id="20-00-00")),
        fine=sterling(creditor_agent=None, creditor_account=Account(iban="GB29NWBK60161331926819")),
        path=f"{P1}/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId",
    ),
    uk(
        "UK-01",
        says="they disagree",
        broken=sterling(creditor_account=Account(iban="GB29NWBK60161331926819")),
        fine=sterling(
            creditor_account=Account(iban="GB29NWBK60161331926819"),
            creditor_agent=Agent(clearing_system="GBDSC", member_id="601613"),
        ),
    ),
    uk("UK-03", broken=sterling(amount="1000000.01"), fine=sterling(CHAPS, amount="1000000.01")),
    uk("UK-03", says="to the penny", broken=sterling(amount="1000000.01"), fine=sterling(amount="1000000.00")),
    uk(
        "UK-04",
        broken=sterling(BACS, {"execution_date": TODAY}),
        fine=sterling(BACS),
        path="PmtInf[1]/ReqdExctnDt",
    ),
    uk(
        "UK-04", says="too much", broken=sterling(BACS, amount="20000000.01"), fine=sterling(BACS, amount="20000000.00")
    ),
    uk("UK-05", broken=sterling(remittance=("x" * 19,)), fine=sterling(remittance=("x" * 18,))),
    uk(
        "UK-06",
        broken=sterling(PaymentType(service_level_proprietary="QUICK")),
        fine=sterling(PaymentType(service_level_proprietary="FAST")),
        path="PmtInf[1]/PmtTpInf/SvcLvl/Prtry",
    ),
    uk("UK-07", broken=sterling(CHAPS), fine=sterling(CHAPS, purpose="GDDS"), path=f"{P1}/Purp/Cd"),
    uk(
        "UK-08",
        broken=sterling(CHAPS, remittance=("Completion of 1 High St",)),
        fine=sterling(CHAPS, remittance=("Completion of 1 High St",), purpose="HLST"),
        path=f"{P1}/Purp/Cd",
    ),
]


def ach(kind="CCD", batch_facts=None, level="NURG", **facts):
    of_batch = {"payment_type": PaymentType(service_level=level, local_instrument=kind)}
    return paying(of_batch | (batch_facts or {}), **facts)


def payroll(**kind):
    given = {"service_level": "NURG", "local_instrument": "PPD"} | kind
    return paying({"payment_type": PaymentType(**given)})


TODAYS = {"execution_date": TODAY}
AMERICAN = [
    us(
        "US-01",
        broken=paying(creditor_agent=Agent(clearing_system="USABA", member_id="021000022")),
        path=f"{P1}/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId",
    ),
    us("US-02", broken=paying(), fine=ach(), overrides={"US-02": {"ach_only": ["021000021"]}}),
    us("US-03", broken=ach(kind=None), fine=ach(), path="PmtInf[1]/PmtTpInf/LclInstrm"),
    us("US-04", broken=ach(remittance=("x" * 81,)), fine=ach(remittance=("x" * 80,)), path=f"{P1}/RmtInf"),
    us("US-05", broken=ach(creditor_account=Account(other="1")), fine=ach(), path=f"{P1}/CdtrAcct/Tp/Cd"),
    us("US-06", broken=paying(creditor_account=Account(iban="DE89370400440532013000")), path=f"{P1}/CdtrAcct/Id/IBAN"),
    us("US-06", says="too long", broken=paying(creditor_account=Account(other="1" * 18)), fine=ach()),
    us("US-06", says="ACH in euro", broken=ach(currency="EUR"), fine=ach(), path=f"{P1}/Amt/InstdAmt"),
    us(
        "US-07",
        broken=ach(creditor=Party(name="x" * 23)),
        fine=ach(creditor=Party(name="x" * 22)),
        path=f"{P1}/Cdtr/Nm",
    ),
    us(
        "US-07",
        says="CTX",
        broken=ach("CTX", creditor=Party(name="x" * 17)),
        fine=ach("CTX", creditor=Party(name="x" * 16)),
    ),
    us("US-08", broken=payroll(category_purpose="SALA"), fine=payroll(), path="PmtInf[1]/PmtTpInf/CtgyPurp"),
    us(
        "US-08",
        says="before the rule",
        broken=payroll(category_purpose="SALA"),
        fine=payroll(category_purpose="SALA", category_purpose_proprietary="PAYROLL"),
        as_of=date(2026, 3, 20),
    ),
    us("US-10", broken=ach(level="SDVA"), fine=ach(level="SDVA", batch_facts=TODAYS), path="PmtInf[1]/ReqdExctnDt"),
    us(
        "US-10",
        says="too much",
        broken=ach(level="SDVA", batch_facts=TODAYS, amount="1000000.01"),
        fine=ach(level="SDVA", batch_facts=TODAYS, amount="1000000.00"),
        path=f"{P1}/Amt/InstdAmt",
    ),
    us("US-10", says="abroad", broken=ach("IAT", level="SDVA", batch_facts=TODAYS)),
    us("US-11", broken=ach("IAT", creditor=Party(name="A")), fine=ach("IAT"), path=f"{P1}/Cdtr/PstlAdr"),
    us("US-11", says="our own", broken=ach("IAT", {"debtor": Party(name="A")}), path="PmtInf[1]/Dbtr/PstlAdr"),
    us(
        "US-12",
        broken=paying(creditor_agent=Agent(bic="CHASUS33")),
        path=f"{P1}/CdtrAgt/FinInstnId/ClrSysMmbId",
    ),
    us("US-12", says="no town", broken=paying(creditor=Party(name="A", address=Address(country="US")))),
    us("US-13", broken=ach(), fine=paying(), path="PmtInf[1]/ReqdExctnDt"),
]
CASES = [*CROSS_BORDER, *BRITISH, *AMERICAN]
