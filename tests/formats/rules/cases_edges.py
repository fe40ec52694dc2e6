"""The edges of rules: the last value that passes, the words a message holds, and how hard a finding is."""

from dataclasses import replace
from datetime import date

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
from tests.formats.rules.cases_abroad import (
    ACH,
    ACME,
    CHAPS,
    TODAYS,
    ach,
    paying,
    payroll,
    relayed,
    reporting,
    sterling,
)
from tests.formats.rules.cases_general import banked, dated, referenced
from tests.formats.rules.cases_sepa import RF, SEPA, collection, strd, transfer
from tests.formats.rules.cases_swiss import HOME_BANK, QR_IBAN, QRR, abroad, billed
from tests.formats.rules.cases_swiss import transfer as swiss
from tests.formats.rules.messages import GERMAN_IBAN, SWISS_IBAN, Case, batch, message, paid_to, payment
from tests.formats.rules.messages import paying as general

BONN = {"town": "Bonn", "country": "DE"}
EMPTY_TYPE = PaymentType()
BRITISH = Account(iban="GB29NWBK60161331926819")


def edge(rule, broken, fine=None, profile="iso", **facts):
    return Case(rule=rule, says="edge", broken=broken, fine=fine or message(), profile=profile, **facts)


def named(name, **address):
    return general(creditor=Party(name=name, address=Address(**address) if address else None))


GENERAL = [
    edge("GEN-002", general(creditor=Party(name=" ")), text="Nm", severity="BLOCK"),
    edge("GEN-002", message(initiating_party=Party(name=" ")), severity="FIX"),
    edge("GEN-002", paid_to(**BONN, street=" "), paid_to(**BONN, street="Ä"), severity="FIX"),
    edge("GEN-009", general(end_to_end_id=None), severity="BLOCK"),
    edge(
        "GEN-009",
        message(batch(payment(creditor=Party()), payment(creditor=Party()))),
        message(batch(payment(end_to_end_id="A"), payment())),
        text="this payee",
        severity="WARN",
    ),
    edge("GEN-010", general(end_to_end_id="A/"), general(end_to_end_id="Aä"), text="slash rule"),
    edge("GEN-010", general(end_to_end_id="ä" * 36), general(end_to_end_id="ä" * 35), text="36 characters"),
    edge("GEN-011", general(end_to_end_id="A_"), severity="WARN"),
    edge("GEN-011", general(end_to_end_id="ä_ä"), severity="BLOCK", text="(ä_)"),
    edge("GEN-011", general(end_to_end_id="A_"), severity="BLOCK", profile="swiss"),
    edge("GEN-012", general(remittance=("x" * 141,)), general(remittance=("x" * 140,))),
    edge("GEN-012", paid_to(lines=("ä" * 36,)), paid_to(lines=("ä" * 35,)), text="72 characters"),
    edge("GEN-012", general(remittance=("ä" * 71,)), paid_to(**BONN, street="x" * 200)),
    edge("GEN-014", message(batch(payment(charge_bearer="X"), charge_bearer="X")), general(charge_bearer="SHAR")),
    edge(
        "GEN-014",
        message(batch(payment(ultimate_debtor=Party()), ultimate_debtor=Party())),
        general(ultimate_debtor=Party()),
    ),
    edge(
        "GEN-013",
        message(batch(payment(payment_type=EMPTY_TYPE), payment_type=EMPTY_TYPE)),
        general(payment_type=EMPTY_TYPE),
    ),
    edge(
        "GEN-015",
        message(batch(method="CHK")),
        message(batch(method="TRA")),
        overrides={"GEN-015": {"cheques": False}},
        text="does not issue cheques",
    ),
    edge(
        "GEN-015", message(batch(method="XXX")), message(batch(method="CHK")), overrides={"GEN-015": {"cheques": True}}
    ),
    edge("GEN-018", dated(date(2026, 11, 1)), dated(None), severity="WARN"),
    edge("GEN-018", dated(date(2027, 11, 3)), severity="BLOCK", text="365 days"),
    edge("GEN-019", general(amount="1.5", currency="JPY"), text="cannot have cents"),
    edge("GEN-019", general(amount="1" + "0" * 30, currency="JPY"), text="at most 18 digits"),
    edge("GEN-019", general(amount="-1", currency="JPY"), text="more than zero"),
    edge("GEN-019", general(amount="1.001"), general(amount="0.01"), text="EUR has 2 decimals"),
    edge("GEN-019", general(currency=None), text="no currency"),
    edge("GEN-019", general(amount=None), text="not a number"),
    edge("GEN-019", general(amount="1", equivalent_currency_of_transfer="X", currency="HRK"), text="no longer in use"),
    edge("GEN-020", general(creditor_account=Account(iban="de89370400440532013000")), text="capitals"),
    edge("GEN-020", general(creditor_account=Account(iban="MA64011519000001205000534921")), severity="WARN"),
    edge("GEN-020", general(creditor_account=Account(iban="US1234567890123456")), text="not a country"),
    edge("GEN-021", banked(bic="DEUTDEF"), banked(bic="NOTPROVIDED"), text="8 or 11 characters"),
    edge("GEN-021", banked(bic="DEUT0EFF"), banked(bic="DEUTDEFF"), text="not formed"),
    edge("GEN-021", banked(bic="DEUTDEFFXX1X"), banked(bic="DEUTDEFFXX1"), text="8 or 11"),
    edge("GEN-021", banked(bic="DEUTDEFF***"), text="not formed"),
    edge("GEN-023", message(batch(payment_type=PaymentType(category_purpose="RENT"))), text="a purpose code"),
    edge("GEN-023", message(batch(payment_type=PaymentType(category_purpose="ZZZZ"))), text="not a category purpose"),
    edge("GEN-023", general(purpose="DIVI"), general(purpose="ZZZZ")),
    edge("GEN-027", message(batch(batch_booking=True)), message(batch(batch_booking=None))),
    edge(
        "GEN-028",
        general(structured_remittance=(RF,)),
        general(remittance=(), structured_remittance=(RF,)),
        profile="sepa-inst",
    ),
    edge("GEN-029", referenced("1", reference_type="SCOR"), referenced("1", reference_type_proprietary="QRR")),
    edge("GEN-029", referenced("1", reference_type="SCOR"), referenced(None, reference_type="SCOR")),
    edge(
        "GEN-029",
        referenced("123456789002", reference_type="SCOR", reference_issuer="X"),
        referenced("000000009797", reference_type="SCOR", reference_issuer="BBA"),
    ),
    edge(
        "GEN-029",
        referenced("0000000097979", reference_type="SCOR", reference_issuer="BBA"),
        referenced("RF18539007547034", reference_type="SCOR", reference_issuer="BBA"),
    ),
    edge("GEN-029", referenced("12345678900A", reference_type="SCOR", reference_issuer="BBA")),
]
ADDRESSES = [
    edge("ADR-01", paid_to(post_code="1"), paid_to(lines=("a",)), text="town"),
    edge("ADR-01", paid_to(district="x", country="DE"), paid_to(country="DE")),
    edge("ADR-02", paid_to(lines=("a",)), paid_to(country="DE")),
    edge("ADR-03", paid_to(**BONN, lines=("a",) * 3), paid_to(lines=("a",) * 3)),
    edge(
        "ADR-04",
        paid_to(**BONN, post_code="53111", lines=("53111",)),
        paid_to(**BONN, lines=("Bonnie",)),
        text="Post code",
    ),
    edge("ADR-04", paid_to(**BONN, street="Am Markt", lines=("Haus Am Markt",)), text="Street Am Markt"),
    edge("ADR-06", named(" ", **BONN), named("A")),
    edge("ADR-09", paid_to(town=" n/a ", country="DE"), paid_to(town=" ", country="DE")),
    edge(
        "ADR-10",
        replace(paid_to(**BONN, room="1"), message="pain.001.001.03"),
        replace(paid_to(**BONN, street="x"), message="pain.001.001.03"),
        text="Room",
    ),
    edge(
        "ADR-10",
        replace(paid_to(**BONN, room="1"), message="pain.001.001.03"),
        replace(paid_to(**BONN, room="1"), message=None),
    ),
    edge(
        "ADR-11",
        message(batch(payment(creditor_account=BRITISH), debtor=Party(name="A", address=Address(country="DE")))),
        message(batch(debtor=Party(name="A"))),
        profile="sepa-sct",
        text="to GB",
    ),
    edge(
        "ADR-11",
        message(batch(payment(creditor_account=BRITISH), debtor=Party(name="A"))),
        message(batch(payment(creditor_account=BRITISH), debtor=Party(address=Address(lines=("a",))))),
        profile="sepa-sct",
    ),
    edge("ADR-12", paid_to(**BONN, street="Weg 1"), paid_to(**BONN, street="Weg"), profile="swiss"),
    edge("ADR-12", paid_to(**BONN, street="Weg 1"), paid_to(**BONN), profile="swiss"),
]
SCHEMES = [
    edge(
        "SDD-01",
        collection({"creditor_scheme_id": "FR92ZZZ1234567"}),
        collection({"creditor_scheme_id": "FR92ZZZ12345678"}),
        profile="sepa-sdd",
        text="invalid",
    ),
    edge("SDD-01", collection({"creditor_scheme_id": "X"}), collection(), profile="sepa-sdd"),
    edge(
        "SDD-03",
        collection({"payment_type": PaymentType()}),
        collection(),
        profile="sepa-sdd",
        text="it is missing",
    ),
    edge(
        "SDD-03",
        collection({"payment_type": PaymentType(sequence="NEXT", local_instrument="COR1")}),
        collection(),
        profile="sepa-sdd",
        text="it is COR1",
    ),
    edge(
        "US-11",
        ach("IAT", creditor=replace(ACME, address=None)),
        ach("CCD", creditor=replace(ACME, address=None)),
        profile="us",
    ),
    edge("SCT-03", transfer(batch_type=EMPTY_TYPE), transfer(), profile="sepa-sct", text="missing"),
    edge(
        "SCT-03",
        transfer(batch_type=PaymentType(service_level="SEPA", service_level_proprietary="X")),
        transfer(),
        profile="sepa-sct",
        text="own word",
    ),
    edge(
        "SCT-05",
        transfer(creditor_account=Account(other="1")),
        message(batch(debtor_account=Account(other="1"))),
        profile="sepa-sct",
        text="must be an IBAN",
    ),
    edge(
        "SCT-06", transfer(creditor_agent=Agent(bic="BNPAFRPP")), transfer(creditor_agent=Agent()), profile="sepa-sct"
    ),
    edge(
        "SCT-06",
        transfer(creditor_agent=Agent(bic="BNPAFRPP")),
        transfer(creditor_agent=Agent(bic="NOTPROVIDED")),
        profile="sepa-sct",
    ),
    edge(
        "SCT-06",
        transfer(creditor_agent=Agent(bic="BNPAFRPP")),
        transfer(creditor_agent=Agent(bic="X"), creditor_account=None),
        profile="sepa-sct",
    ),
    edge(
        "SCT-07",
        transfer(creditor_agent=Agent(member_id="1")),
        message(batch(debtor_agent=Agent(member_id="1"))),
        profile="sepa-sct",
    ),
    edge(
        "SCT-08", transfer(creditor=Party(name=" ")), message(batch(debtor=Party())), profile="sepa-sct", text="missing"
    ),
    edge(
        "SCT-08",
        transfer(creditor=Party(name="ä" * 36)),
        transfer(creditor=Party(name="ä" * 35)),
        profile="sepa-sct",
        text="72",
    ),
    edge(
        "SCT-10",
        transfer(**strd(replace(RF, reference="R" * 141))),
        transfer(**strd(replace(RF, reference=None))),
        profile="sepa-sct",
    ),
    edge(
        "SCT-11",
        transfer(**strd(replace(RF, additional=("x",)))),
        transfer(**strd(StructuredRemittance())),
        profile="sepa-sct",
    ),
    edge("SCT-13", transfer(remittance=("a<b",)), transfer(remittance=("ä",)), profile="sepa-sct"),
    edge("SCT-13", transfer(remittance=("a>b",)), transfer(), profile="sepa-sct"),
    edge(
        "CH-01",
        swiss({"payment_type": SEPA}),
        swiss({"payment_type": SEPA}, currency="EUR"),
        profile="swiss",
        text="not in CHF",
    ),
    edge("CH-01", swiss(amount="10000000000.00", currency="EUR"), abroad(amount="10000000000.00"), profile="swiss"),
    edge("CH-02", message(initiating_party=Party()), message(initiating_party=Party(lei="X")), profile="swiss"),
    edge("CH-02", message(initiating_party=Party()), message(initiating_party=Party(bic="X")), profile="swiss"),
    edge("CH-02", message(initiating_party=Party()), message(initiating_party=Party(name="X")), profile="swiss"),
    edge("CH-04", swiss({"debtor_account": Account(iban=QR_IBAN)}), billed(QRR), profile="swiss"),
    edge("CH-06", billed(QRR, QRR), swiss(creditor_account=None), profile="swiss", text="27-digit"),
    edge("CH-06", billed(replace(QRR, reference="1" * 26)), profile="swiss", text="not 27 digits"),
    edge("CH-06", billed(RF), profile="swiss", text="27-digit"),
    edge(
        "CH-08",
        swiss(
            {"payment_type": SEPA},
            currency="EUR",
            structured_remittance=(replace(QRR, reference_type_proprietary="IPI"),),
        ),
        swiss({"payment_type": SEPA}, currency="EUR", structured_remittance=(RF,)),
        profile="swiss",
    ),
    edge(
        "CH-08",
        swiss({"payment_type": SEPA}, currency="EUR", structured_remittance=(QRR,)),
        profile="swiss",
        text="QRR",
    ),
    edge(
        "CH-09",
        swiss(creditor_agent=Agent(bic="POFICHBE")),
        swiss(creditor_account=Account(other="1"), creditor_agent=HOME_BANK),
        profile="swiss",
    ),
    edge(
        "CH-10",
        swiss({"payment_type": SEPA}, currency="EUR", creditor_account=None),
        swiss(
            {"payment_type": PaymentType(service_level="SEPA", category_purpose="RRCT")},
            creditor_account=Account(other="1"),
        ),
        profile="swiss",
    ),
    edge(
        "CH-11",
        abroad(creditor_agent=Agent(member_id="1", name="B")),
        abroad(creditor_agent=Agent(bic="CHASUS33", member_id="1")),
        profile="swiss",
        text="name and address",
    ),
    edge("CH-11", abroad(creditor_agent=Agent(member_id="1", address=Address())), abroad(), profile="swiss"),
    edge(
        "CH-11",
        abroad(
            creditor_agent=Agent(member_id="1", clearing_system="CHBCC"), creditor_account=Account(iban=GERMAN_IBAN)
        ),
        profile="swiss",
        text="Swiss clearing number",
    ),
    edge("CH-12", swiss(creditor=Party(name="x" * 141)), swiss({"debtor": Party()}), profile="swiss", text="limit 140"),
    edge(
        "CH-13",
        swiss(payment_type=PaymentType(local_instrument_proprietary="X")),
        swiss(),
        profile="swiss",
        text="whole batch",
    ),
    edge(
        "CH-13",
        swiss({"payment_type": PaymentType(local_instrument_proprietary="CH03")}),
        abroad(),
        profile="swiss",
        text="CH03",
    ),
    edge(
        "CH-14",
        swiss({"payment_type": PaymentType(service_level="A", service_level_proprietary="B")}),
        swiss({"payment_type": SEPA}),
        profile="swiss",
    ),
    edge(
        "CH-16",
        swiss(regulatory_reporting=(RegulatoryReporting(code="1"),)),
        swiss({"payment_type": PaymentType(local_instrument="INST")}),
        profile="swiss",
    ),
    edge(
        "CH-16",
        abroad(regulatory_reporting=(RegulatoryReporting(code="1"),)),
        abroad(regulatory_reporting=(RegulatoryReporting(indicator="DEBT"),)),
        profile="swiss",
    ),
    edge("CH-17", swiss(related_remittance=True, remittance=(), structured_remittance=(RF,)), swiss(), profile="swiss"),
    edge(
        "CH-18",
        swiss({"payment_type": PaymentType(category_purpose="PENS"), "batch_booking": None}),
        swiss({"payment_type": SEPA, "batch_booking": True}),
        profile="swiss",
    ),
    edge("XB-01", replace(relayed(), number_of_transactions="2"), relayed(), profile="cbpr"),
    edge(
        "XB-01",
        message(batch(payment(), id="MESSAGE-1"), batch(payment(), id="MESSAGE-1")),
        relayed({"created_at": None}),
        profile="cbpr",
    ),
    edge(
        "XB-03",
        message(batch(payment(charge_bearer="CRED"))),
        message(batch(payment(charge_bearer="CRED"), debtor_account=Account(iban=SWISS_IBAN))),
        profile="cgi",
    ),
    edge(
        "XB-03",
        message(batch(payment(charge_bearer="CRED"))),
        message(batch(payment(charge_bearer="CRED", currency="USD"))),
        profile="cgi",
    ),
    edge(
        "XB-03",
        message(batch(payment(charge_bearer="CRED"))),
        message(batch(payment(charge_bearer="SHAR"))),
        profile="cgi",
    ),
    edge(
        "XB-05",
        paying(creditor_agent=Agent(member_id="1")),
        paying(creditor_agent=Agent(member_id="1", clearing_system_proprietary="X")),
        profile="cgi",
    ),
    edge("XB-05", paying(creditor_agent=None), profile="cgi", fine=paying()),
    edge(
        "XB-06",
        paying(creditor_agent=Agent(clearing_system="USABA", member_id="1")),
        paying(creditor_agent=Agent(clearing_system="USABA")),
        profile="cgi",
    ),
    edge(
        "XB-06",
        paying(creditor_agent=Agent(clearing_system="USABA", member_id="1")),
        paying(creditor_agent=Agent(member_id="1", bic="DEUTDEFF")),
        profile="cgi",
    ),
    edge(
        "XB-07",
        paying(creditor_account=Account()),
        paying(creditor_account=Account(iban=GERMAN_IBAN), creditor_agent=Agent(bic="DEUTDEFF")),
        profile="cgi",
        severity="BLOCK",
    ),
    edge("XB-07", paying(creditor_agent=Agent(bic="DEUTDEFF")), profile="cgi", severity="WARN", fine=paying()),
    edge("XB-07", sterling(creditor_account=None), sterling(creditor_agent=Agent(bic="BARCGB22")), profile="uk"),
    edge("XB-08", paying(intermediary_agents=(Agent(),) * 3), paying(), profile="cgi", severity="WARN"),
    edge("XB-08", paying(intermediary_agents=(Agent(),) * 4), paying(), profile="cgi", severity="BLOCK"),
    edge(
        "XB-09",
        message(initiating_party=Party(name="A", address=Address(lines=("a",)))),
        message(initiating_party=Party(name="A", address=Address(town="B", lines=("a",)))),
        profile="cgi",
    ),
    edge(
        "XB-09",
        paying(ultimate_debtor=Party(address=Address(lines=("a",)))),
        paying(ultimate_debtor=Party(address=Address(country="DE"))),
        profile="cgi",
    ),
    edge(
        "XB-10", paying(creditor=Party(name="A", address=Address(town="B"))), paying(), profile="cgi", severity="WARN"
    ),
    edge("XB-10", paying(creditor=Party(name="A", address=Address(country="US"))), paying(), profile="cgi"),
    edge("XB-11", reporting(code="1", indicator="DEBT"), reporting(indicator="DEBT"), profile="cgi", text="type"),
    edge(
        "XB-11",
        paying(),
        paying(regulatory_reporting=(RegulatoryReporting(code="1", type="T", indicator="DEBT"),)),
        profile="cgi",
        overrides={"XB-11": {"countries": ["US"]}},
    ),
    edge(
        "XB-12",
        paying(creditor_agent=Agent(bic="HDFCINBB")),
        paying(creditor_agent=Agent(bic="HDFCINBB"), regulatory_reporting=(RegulatoryReporting(),)),
        profile="cgi",
    ),
    edge(
        "XB-13",
        paying(creditor=Party(ids=(Identification(value="1", scheme_proprietary="X"),))),
        paying(creditor=Party(ids=(Identification(value="1"),))),
        profile="cgi",
    ),
    edge(
        "XB-16",
        paying(equivalent_currency_of_transfer="JPY", exchange_contract="D"),
        paying(equivalent_currency_of_transfer="JPY"),
        profile="cgi",
    ),
    edge("UK-01", sterling(creditor_agent=None), general(creditor_agent=None), profile="uk", text="sort code"),
    edge("UK-01", sterling(creditor_account=Account()), sterling(creditor_account=None), profile="uk", text="8 digits"),
    edge("UK-03", sterling(amount="1000000.01"), general(amount="1000000.01"), profile="uk"),
    edge(
        "UK-04",
        sterling(PaymentType(local_instrument="BACP"), TODAYS),
        sterling(None, TODAYS, amount="20000001"),
        profile="uk",
        severity="WARN",
    ),
    edge("UK-04", sterling(PaymentType(local_instrument="BACP"), amount="20000001"), profile="uk", severity="BLOCK"),
    edge("UK-05", sterling(remittance=("x" * 19,)), sterling(CHAPS, remittance=("x" * 19,)), profile="uk"),
    edge("UK-07", sterling(CHAPS), sterling(), profile="uk"),
    edge("UK-07", sterling(CHAPS), sterling(CHAPS, purpose_proprietary="X"), profile="uk"),
    edge("UK-08", sterling(CHAPS, remittance=("Stamp duty",)), sterling(CHAPS, remittance=("Rent",)), profile="uk"),
    edge("UK-08", sterling(CHAPS, remittance=("Stamp duty",)), sterling(remittance=("Stamp duty",)), profile="uk"),
    edge(
        "US-01",
        paying(creditor_agent=Agent(clearing_system="USABA", member_id="1")),
        paying(creditor_agent=Agent(clearing_system="USABA")),
        profile="us",
        text="nine digits",
    ),
    edge(
        "US-01",
        paying(creditor_agent=Agent(clearing_system="USABA", member_id="1")),
        paying(creditor_agent=Agent(clearing_system="USPID", member_id="1")),
        profile="us",
    ),
    edge(
        "US-02", paying(), paying(creditor_agent=None), profile="us", overrides={"US-02": {"ach_only": ["021000021"]}}
    ),
    edge("US-03", ach(kind="XXX"), paying(), profile="us"),
    edge("US-04", ach("PPD", remittance=("x" * 41, "x" * 40)), ach("CTX", remittance=("x" * 81,)), profile="us"),
    edge("US-05", ach(creditor_account=Account(other="1")), paying(creditor_account=Account(other="1")), profile="us"),
    edge("US-05", ach(creditor_account=Account(other="1")), ach(creditor_account=None), profile="us"),
    edge(
        "US-06",
        paying(creditor_account=Account()),
        paying(creditor_agent=Agent(bic="DEUTDEFF"), creditor_account=Account(iban=GERMAN_IBAN)),
        profile="us",
        text="at most 17",
    ),
    edge(
        "US-06",
        paying(creditor_account=Account(other="1" * 18), creditor_agent=Agent(bic="CHASUS33")),
        paying(creditor_account=None),
        profile="us",
    ),
    edge(
        "US-06",
        paying(creditor_account=Account(iban=GERMAN_IBAN), creditor_agent=Agent(clearing_system="USPID")),
        paying(creditor_agent=Agent()),
        profile="us",
    ),
    edge("US-07", ach(creditor=Party(name="x" * 23)), paying(creditor=Party(name="x" * 23)), profile="us"),
    edge("US-08", payroll(category_purpose_proprietary="SALARY"), payroll(category_purpose="SUPP"), profile="us"),
    edge(
        "US-08",
        payroll(category_purpose="SALA"),
        payroll(category_purpose="SALA", local_instrument="CCD"),
        profile="us",
    ),
    edge(
        "US-08",
        payroll(category_purpose="SALA"),
        paying({"payment_type": PaymentType(local_instrument="PPD", category_purpose="SALA"), "id": "PAYROLL-11"}),
        profile="us",
        overrides={"US-08": {"in_batch_id": True}},
        path="PmtInf[1]/PmtInfId",
    ),
    edge("US-10", ach(level="SDVA"), ach(), profile="us"),
    edge("US-11", ach("IAT", creditor=replace(ACME, address=None)), ach(), profile="us"),
    edge(
        "US-11",
        ach("IAT", creditor=replace(ACME, name=None)),
        ach("IAT", creditor=replace(ACME, address=Address(town="A", country="US", lines=("x",)))),
        profile="us",
    ),
    edge("US-11", ach("IAT", creditor=replace(ACME, address=Address(town="A", country="US"))), profile="us"),
    edge("US-11", ach("IAT", creditor=replace(ACME, address=Address(street="A", country="US"))), profile="us"),
    edge("US-11", ach("IAT", creditor=replace(ACME, address=Address(street="A", town="B"))), profile="us"),
    edge(
        "US-12", paying(creditor=Party(address=Address(town="A", country="US"))), paying(creditor=Party()), profile="us"
    ),
    edge(
        "US-12",
        paying(creditor=Party(name="A", address=Address(town="A"))),
        ach(creditor=Party(name="A", address=Address(town="A"))),
        profile="us",
    ),
    edge("US-13", ach(), ach(batch_facts={"execution_date": None}), profile="us"),
    edge("US-13", paying({"payment_type": ACH}), message(), profile="us"),
]
CASES = [*GENERAL, *ADDRESSES, *SCHEMES]
