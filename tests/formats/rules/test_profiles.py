"""A payment as it should be, rich in fields, has no findings under its profile but those that are only said."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from formats.initiation import (
    Account,
    Address,
    Agent,
    Identification,
    Mandate,
    Party,
    PaymentType,
    ReferredDocument,
    RegulatoryReporting,
    StructuredRemittance,
)
from formats.rules import check_payments
from tests.formats.rules.cases_sepa import CORE, CREDITOR_ID, INSTANT, SEPA, SIGNED
from tests.formats.rules.cases_swiss import HOME_BANK, QR_IBAN, QRR
from tests.formats.rules.messages import HOME, SWISS_IBAN, TODAY, batch, message, payment

UETR = "9f1c2b3a-4d5e-4f60-8123-456789abcdef"
RF = StructuredRemittance(reference="RF18539007547034", reference_type="SCOR")
RICH = {"instruction_id": "INS-1", "purpose": "SUPP", "creditor_agent": Agent(bic="COBADEFFXXX")}
LEI = "529900T8BM49AURSDO55"
ABROAD = Address(street="Main St", building_number="1", post_code="10001", town="New York", country="US")
ACME = Party(name="Acme Inc", address=ABROAD, lei=LEI, ids=(Identification(value="12-3456789", scheme="TXID"),))
CHASE = Agent(bic="CHASUS33", clearing_system="USABA", member_id="021000021")
CHECKING = Account(other="12345678", type_code="CACC")
WIRE = PaymentType(service_level="URGP")
SUPPLIER = PaymentType(service_level="SEPA", category_purpose="SUPP")


def transfers(kind, *payments, **facts):
    return message(batch(*payments, payment_type=kind, **facts), number_of_transactions=str(len(payments)))


TWO_SEPA = (payment(**RICH), payment(end_to_end_id="B", remittance=(), structured_remittance=(RF,)))
TO_BERN = payment(currency="CHF", creditor_account=Account(iban=SWISS_IBAN))
QR_BILL = payment(
    currency="CHF",
    end_to_end_id="QR",
    creditor_account=Account(iban=QR_IBAN),
    remittance=(),
    structured_remittance=(QRR,),
)
TO_NEW_YORK = payment(
    currency="USD",
    uetr=UETR,
    charge_bearer="SHAR",
    creditor=ACME,
    ultimate_creditor=Party(name="Acme Holding", address=ABROAD),
    creditor_account=CHECKING,
    creditor_agent=CHASE,
    regulatory_reporting=(RegulatoryReporting(indicator="DEBT", code="123", type="X", country="US"),),
    structured_remittance=(
        StructuredRemittance(
            reference="R1", reference_type="PUOR", documents=(ReferredDocument(number="1", type_code="CINV"),)
        ),
    ),
)
STERLING = {"currency": "GBP", "creditor_account": Account(other="55779911")}
BARCLAYS = Agent(clearing_system="GBDSC", member_id="200000")
NACHA = {"currency": "USD", "creditor": replace(ACME, name="Acme"), "creditor_account": CHECKING}
ROUTED = {"creditor_agent": Agent(clearing_system="USABA", member_id="021000021")}

GOOD = {
    "iso": ("iso", transfers(None, *TWO_SEPA), []),
    "iso, lines only in old style": (
        "iso",
        transfers(None, payment(creditor=Party(name="A", address=Address(lines=("Weg 1", "Ort", "Land"))))),
        ["ADR-02"],
    ),
    "sepa": ("sepa-sct", transfers(SUPPLIER, *TWO_SEPA, charge_bearer="SLEV"), []),
    "sepa without payer address": ("sepa-sct", transfers(SEPA, *TWO_SEPA, debtor=Party(name="Payer AG")), []),
    "instant": ("sepa-inst", transfers(INSTANT, *TWO_SEPA), []),
    "instant at a time": (
        "sepa-inst",
        transfers(INSTANT, *TWO_SEPA, execution_date=datetime(2026, 11, 4, 12, tzinfo=UTC)),
        [],
    ),
    "collection": (
        "sepa-sdd",
        replace(
            transfers(CORE, payment(mandate=SIGNED, **RICH), method="DD", creditor_scheme_id=CREDITOR_ID),
            collection=True,
            message="pain.008.001.08",
        ),
        [],
    ),
    "business collection, both known by their last use": (
        "sepa-sdd",
        replace(
            transfers(
                replace(CORE, local_instrument="B2B", sequence="OOFF"),
                payment(mandate=Mandate(id="M", signed_on=TODAY)),
                payment(mandate=Mandate(id="N", signed_on=TODAY), end_to_end_id="B"),
                method="DD",
                creditor_scheme_id=CREDITOR_ID,
            ),
            collection=True,
        ),
        [],
    ),
    "swiss domestic and QR bill": (
        "swiss",
        transfers(None, TO_BERN, QR_BILL, debtor_agent=HOME_BANK, debtor=Party()),
        [],
    ),
    "swiss instant": (
        "swiss",
        transfers(PaymentType(local_instrument="ITP"), TO_BERN, debtor_agent=HOME_BANK, debtor=Party()),
        [],
    ),
    "swiss proprietary instant": (
        "swiss",
        transfers(PaymentType(local_instrument_proprietary="ITP"), TO_BERN, debtor_agent=HOME_BANK, debtor=Party()),
        [],
    ),
    "swiss SEPA": ("swiss", transfers(SEPA, *TWO_SEPA, debtor_agent=HOME_BANK, debtor=Party()), []),
    "swiss abroad": ("swiss", transfers(None, TO_NEW_YORK, debtor_agent=HOME_BANK, debtor=Party()), []),
    "swiss cheque": (
        "swiss",
        transfers(
            None, payment(currency="CHF", creditor_account=None), debtor_agent=HOME_BANK, debtor=Party(), method="CHK"
        ),
        ["GEN-015"],
    ),
    "swiss salaries shown": (
        "swiss",
        transfers(PaymentType(category_purpose="SALA"), TO_BERN, debtor_agent=HOME_BANK, debtor=Party()),
        [],
    ),
    "cgi": ("cgi", transfers(WIRE, TO_NEW_YORK), []),
    "cgi by clearing code": ("cgi", transfers(WIRE, replace(TO_NEW_YORK, **ROUTED)), []),
    "cgi in the EEA, charges for us": (
        "cgi",
        transfers(WIRE, replace(payment(**RICH), uetr=UETR, charge_bearer="DEBT")),
        ["XB-03"],
    ),
    "cgi in dollars within the EEA": (
        "cgi",
        transfers(WIRE, replace(payment(currency="USD", **RICH), uetr=UETR, charge_bearer="DEBT")),
        [],
    ),
    "cgi with an own word for the service": (
        "cgi",
        transfers(PaymentType(service_level_proprietary="WIRE"), TO_NEW_YORK),
        [],
    ),
    "cgi from a Swiss account, charges for us": (
        "cgi",
        transfers(
            WIRE, replace(payment(**RICH), uetr=UETR, charge_bearer="DEBT"), debtor_account=Account(iban=SWISS_IBAN)
        ),
        [],
    ),
    "cgi to India with its code": (
        "cgi",
        transfers(WIRE, replace(TO_NEW_YORK, creditor_agent=Agent(bic="HDFCINBB"))),
        [],
    ),
    "uk faster payment": (
        "uk",
        transfers(None, payment(creditor_agent=BARCLAYS, remittance=("x" * 18,), **STERLING)),
        [],
    ),
    "uk CHAPS": (
        "uk",
        transfers(
            WIRE, payment("5000000", creditor_agent=BARCLAYS, purpose="GDDS", remittance=("x" * 40,), **STERLING)
        ),
        [],
    ),
    "uk CHAPS by its own word": (
        "uk",
        transfers(
            PaymentType(service_level_proprietary="CHAPS"),
            payment("5000000", creditor_agent=BARCLAYS, purpose_proprietary="X", remittance=("x" * 40,), **STERLING),
        ),
        [],
    ),
    "uk Bacs": (
        "uk",
        transfers(PaymentType(local_instrument="BACS"), payment("5000000", creditor_agent=BARCLAYS, **STERLING)),
        [],
    ),
    "uk euro by SEPA": ("uk", transfers(SEPA, *TWO_SEPA), []),
    "uk to Germany in euro": ("uk", transfers(None, payment("5000000", remittance=("x" * 18,))), []),
    "us ACH": (
        "us",
        transfers(PaymentType(service_level="NURG", local_instrument="CCD"), payment(**NACHA, **ROUTED)),
        ["US-13"],
    ),
    "us payroll": (
        "us",
        transfers(
            PaymentType(service_level="NURG", local_instrument="PPD", category_purpose_proprietary="PAYROLL"),
            payment(**NACHA, **ROUTED),
        ),
        ["US-13"],
    ),
    "us ACH by its own word": (
        "us",
        transfers(PaymentType(service_level="NURG", local_instrument_proprietary="CTX"), payment(**NACHA, **ROUTED)),
        ["US-13"],
    ),
    "us IAT": (
        "us",
        transfers(PaymentType(service_level="NURG", local_instrument="IAT"), payment(**NACHA, **ROUTED)),
        ["US-13"],
    ),
    "us Fedwire": ("us", transfers(WIRE, TO_NEW_YORK), []),
    "us wire in euro abroad": (
        "us",
        transfers(WIRE, payment(creditor_agent=Agent(bic="COBADEFF"), creditor=replace(ACME, name="x" * 60))),
        [],
    ),
    "us account with hyphens": (
        "us",
        transfers(WIRE, replace(TO_NEW_YORK, creditor_account=Account(other="1234-5678-9012-34567"))),
        [],
    ),
}
ONLY_SAID = {"VOP-02"}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_payment_has_no_findings(name):
    profile, sent, expected = GOOD[name]
    found = {finding.rule for finding in check_payments([sent], profile=profile, as_of=TODAY)}
    assert found - ONLY_SAID == set(expected)


def test_the_home_of_the_tests_is_a_complete_address():
    assert HOME.town
    assert HOME.country


def test_a_cbpr_relay_of_one_payment_has_no_findings():
    one = message(
        batch(TO_NEW_YORK, id="MESSAGE-1", batch_booking=None, payment_type=WIRE),
        created_at=datetime(2026, 11, 2, tzinfo=UTC),
        number_of_transactions="1",
    )
    assert list(check_payments([one], profile="cbpr", as_of=TODAY)) == []
