"""The edges of limits and the branches that small faults once went through unseen; each test is the fault it stops."""

from dataclasses import replace
from datetime import date

import pytest

from formats.initiation import Account, Address, Agent, Mandate, Party, PaymentType, StructuredRemittance
from formats.rules import Checker, History, check_payments
from formats.rules.addresses import structured
from formats.rules.direct_debit import _months_later, creditor_id_right
from formats.rules.sepa import markup_length
from formats.rules.swiss_types import is_qr_iban, qr_reference_right, swiss_type
from tests.formats.rules.messages import EXECUTION, TODAY, batch, message, payment


def told(sent, rule, profile="iso", **more):
    found = check_payments([sent], profile=profile, as_of=TODAY, **more)
    return [(finding.path, finding.message) for finding in found if finding.rule == rule]


def collection(**facts):
    given = {"mandate": Mandate(id="M-1", signed_on=date(2026, 1, 5)), **facts}
    kind = PaymentType(service_level="SEPA", local_instrument="CORE", sequence="RCUR")
    block = batch(payment(**given), payment_type=kind, creditor_scheme_id="DE98ZZZ09999999999", method="DD")
    return message(block, collection=True, message="pain.008.001.08")


def test_the_totals_of_every_batch_are_told_and_not_only_of_the_last():
    wrong = batch(number_of_transactions="2")
    both = told(message(wrong, replace(wrong, id="BATCH-2")), "GEN-005")
    assert [path.partition("/")[0] for path, _ in both] == ["PmtInf[1]", "PmtInf[2]"]


def test_one_checker_starts_each_message_afresh():
    checker = Checker(profile="iso", as_of=TODAY)
    first = [*checker.feed(message()), *checker.close()]
    assert [*checker.feed(message()), *checker.close()] == first


def test_closing_twice_tells_the_last_batch_once():
    checker = Checker(profile="iso", as_of=TODAY)
    list(checker.feed(message(batch(number_of_transactions="2"))))
    first, again = list(checker.close()), list(checker.close())
    assert any(finding.path.startswith("PmtInf[1]") for finding in first)
    assert not any(finding.path.startswith("PmtInf[1]") for finding in again)


def test_a_mandate_without_its_date_is_told_at_the_date():
    missing = told(collection(mandate=Mandate(id="M-1", signed_on=None)), "SDD-02", "sepa-sdd")
    assert [path.rpartition("/")[2] for path, _ in missing] == ["DtOfSgntr"]
    assert len(told(collection(mandate=None), "SDD-02", "sepa-sdd")) == 2


@pytest.mark.parametrize(("day", "later"), [
    (date(2023, 1, 31), date(2026, 1, 31)),
    (date(2024, 2, 29), date(2027, 2, 28)),
    (date(2023, 12, 1), date(2026, 12, 1)),
    (date(2023, 11, 4), EXECUTION),
])  # fmt: skip
def test_a_mandate_lapses_36_months_later_to_the_day(day, later):
    assert _months_later(day, 36) == later


def test_a_mandate_lives_on_its_last_day_and_not_beyond():
    alive, dormant = (History(mandates_last_used={"M-1": day}) for day in (date(2023, 11, 4), date(2023, 11, 3)))
    assert told(collection(), "SDD-05", "sepa-sdd", history=alive) == []
    assert told(collection(), "SDD-05", "sepa-sdd", history=dormant) != []


@pytest.mark.parametrize("text", ["", "DE98", "98DEZZZ09999999999", "DE98ZZZ0999999999?", "DE99ZZZ09999999999"])
def test_what_is_no_creditor_identifier(text):
    assert not creditor_id_right(text)
    assert creditor_id_right("DE98ZZZ09999999999")


@pytest.mark.parametrize(("iban", "qr"), [
    ("CH4430000123456789012", True),
    ("CH4431999123456789012", True),
    ("CH4429999123456789012", False),
    ("CH4432000123456789012", False),
    ("CH4499930000999999999", False),
    ("DE4430000123456789012", False),
    (None, False),
])  # fmt: skip
def test_a_qr_iban_has_an_institution_from_30000_to_31999(iban, qr):
    assert is_qr_iban(iban) is qr


def test_a_qr_reference_whose_check_digit_is_nought_is_right():
    assert qr_reference_right("0" * 27)
    assert qr_reference_right("210000000003139471430009017")
    assert not qr_reference_right("210000000003139471430009018")


@pytest.mark.parametrize(("facts", "method", "kind"), [
    ({}, "CHK", "C"),
    ({"payment_type": PaymentType(service_level="SEPA")}, "TRF", "S"),
    ({"creditor_account": None, "creditor_agent": None}, "TRF", "X V2"),
    ({"creditor_account": None, "creditor_agent": Agent(bic="UBSWCHZH80A")}, "TRF", "D V1"),
    ({"creditor_account": None, "creditor_agent": Agent(bic="DEUTDEFF")}, "TRF", "X V2"),
    ({"creditor_account": None, "creditor_agent": Agent(clearing_system="CHBCC")}, "TRF", "D V1"),
    ({"creditor_account": Account(iban="CH9300762011623852957"), "currency": "USD"}, "TRF", "X V1"),
    ({"creditor_account": Account(iban="CH9300762011623852957"), "currency": "CHF",
      "payment_type": PaymentType(local_instrument="INST")}, "TRF", "D V2"),
])  # fmt: skip
def test_the_swiss_kind_of_a_payment(facts, method, kind):
    checker = Checker(profile="swiss", as_of=TODAY)
    list(checker.feed(message(batch(method=method))))
    assert swiss_type(payment(**facts), checker.context) == kind


def test_the_address_of_a_bank_is_looked_at_like_any_other():
    bank = Agent(bic="COBADEFFXXX", address=Address(town="Bonn", country="Germany"))
    paths = [path for path, _ in told(message(batch(payment(creditor_agent=bank))), "ADR-08")]
    assert paths == ["PmtInf[1]/CdtTrfTxInf[1]/CdtrAgt/FinInstnId/PstlAdr/Ctry"]


@pytest.mark.parametrize("address", [
    {"town": "Bonn"}, {"street": "Am Markt"}, {"post_code": "53111"}, {"building_number": "1"},
])  # fmt: skip
def test_one_structured_field_makes_an_address_structured(address):
    assert structured(Address(**address))
    assert not structured(Address(country="DE", lines=("Am Markt 1",)))


def test_a_country_people_often_mistake_is_named():
    def advice(country):
        creditor = Party(name="A", address=Address(town="London", country=country))
        found = check_payments([message(batch(payment(creditor=creditor)))], profile="iso", as_of=TODAY)
        return next(finding.advice for finding in found if finding.rule == "ADR-08")

    assert advice("UK") == "Use GB."
    assert "None" not in advice("QQ")


@pytest.mark.parametrize(("role", "blocks"), [("creditor", True), ("ultimate_creditor", False)])
def test_a_blank_name_blocks_only_where_a_name_is_needed(role, blocks):
    found = check_payments([message(batch(payment(**{role: Party(name=" ")})))], profile="iso", as_of=TODAY)
    one = next(finding for finding in found if finding.message == "Field Nm is present but empty.")
    assert (one.blocks, one.advice == "Fill it in.") == (blocks, blocks)


def test_a_clearing_system_belongs_to_the_country_in_the_banks_bic():
    def paid_at(bic):
        agent = Agent(bic=bic, clearing_system="GBDSC", member_id="200000")
        return told(message(batch(payment(creditor_agent=agent))), "XB-06", "cgi")

    assert paid_at("BARCGB22") == []
    assert "bank's country DE" in paid_at("DEUTDEFF")[0][1]


def test_a_long_line_of_text_is_told_at_its_own_line():
    paths = [path for path, _ in told(message(batch(payment(remittance=("x" * 141,)))), "SCT-09", "sepa-sct")]
    assert paths == ["PmtInf[1]/CdtTrfTxInf[1]/RmtInf/Ustrd[1]"]


def test_structured_remittance_without_a_reference_takes_no_room():
    assert markup_length(StructuredRemittance()) == 0
