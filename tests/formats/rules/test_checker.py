"""The engine: in order, in chunks, in bounded memory, and never an exception for what a message holds."""

import tracemalloc
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formats.findings import Severity
from formats.initiation import (
    Account,
    Address,
    Agent,
    CreditTransfer,
    Identification,
    Initiation,
    Mandate,
    Party,
    PaymentInformation,
    PaymentType,
    ReferredDocument,
    RegulatoryReporting,
    StructuredRemittance,
)
from formats.rules import PROFILES, REGISTRY, Checker, Scope, check_payments
from formats.rules.engine import rule
from formats.values import Money
from tests.formats.rules.messages import TODAY, batch, message, payment

TEXTS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "NOTPROVIDED", "DE89370400440532013000", "CH4431999123000889012", "SEPA", "INST",
                     "URGP",
                     "NURG", "SDVA", "IAT", "CCD", "USABA", "GBDSC", "CHBCC", "021000021", "COBADEFF", "AE", "GB", "-",
                     "//", "ä", "RF18539007547034", "SCOR", "QRR", "CHK", "DD", "CORE", "SALA", "WHLD", "DEBT",
                     "SLEV"]),
    st.text(max_size=12),
)  # fmt: skip
MONEY = st.builds(
    Money,
    # no reader makes a signalling NaN, which not even a comparison survives
    st.one_of(st.decimals(allow_nan=False), st.just(Decimal("NaN")), st.just(Decimal(-1)), st.just(Decimal("1E+30"))),
    st.sampled_from([None, "EUR", "JPY", "USD", "GBP", "CHF", "XXX", "HRK"]),
    st.just("?"),
)
DATES = st.one_of(st.none(), st.dates(), st.datetimes(), st.datetimes(timezones=st.just(UTC)))


def facts(kind, **own):
    """Any values for the text fields of a model, and ``own`` for the others."""
    simple = {field.name: TEXTS for field in fields(kind) if field.type in (str, str | None) and field.name not in own}
    return st.builds(kind, **(simple | own))


ADDRESSES = facts(Address, lines=st.lists(TEXTS.filter(lambda text: text is not None), max_size=4).map(tuple))
PARTIES = facts(
    Party,
    address=st.none() | ADDRESSES,
    ids=st.lists(facts(Identification, value=st.text(max_size=5)), max_size=2).map(tuple),
    private=st.booleans(),
    birth_date=st.none(),
)
AGENTS = facts(Agent, address=st.none() | ADDRESSES)
ACCOUNTS = facts(Account)
STRUCTURED = facts(
    StructuredRemittance,
    documents=st.lists(facts(ReferredDocument, issued_on=st.none(), due=st.none() | MONEY, remitted=st.none()),
                       max_size=1).map(tuple),
    additional=st.lists(st.text(max_size=5), max_size=1).map(tuple),
    unread=st.just(()),
)  # fmt: skip
REPORTS = facts(RegulatoryReporting, amount=st.none(), information=st.just(()), reported_on=st.none())
PAYMENTS = facts(
    CreditTransfer,
    end_to_end_id=TEXTS,
    amount=MONEY,
    creditor=PARTIES,
    creditor_account=st.none() | ACCOUNTS,
    creditor_agent=st.none() | AGENTS,
    payment_type=st.none() | facts(PaymentType),
    ultimate_debtor=st.none() | PARTIES,
    ultimate_creditor=st.none() | PARTIES,
    intermediary_agents=st.lists(AGENTS, max_size=1).map(tuple),
    regulatory_reporting=st.lists(REPORTS, max_size=2).map(tuple),
    remittance=st.lists(st.text(max_size=20), max_size=2).map(tuple),
    structured_remittance=st.lists(STRUCTURED, max_size=2).map(tuple),
    mandate=st.none() | facts(Mandate, signed_on=st.none() | st.dates(), amended=st.booleans()),
)
BATCHES = facts(
    PaymentInformation,
    id=st.text(max_size=5),
    execution_date=DATES,
    debtor=PARTIES,
    debtor_account=st.none() | ACCOUNTS,
    debtor_agent=st.none() | AGENTS,
    payments=st.lists(PAYMENTS, max_size=2).map(tuple),
    method=st.sampled_from(["TRF", "CHK", "DD", ""]),
    batch_booking=st.sampled_from([None, True, False]),
    payment_type=st.none() | facts(PaymentType),
    ultimate_debtor=st.none() | PARTIES,
    charges_account=st.none() | ACCOUNTS,
)
MESSAGES = facts(
    Initiation,
    message_id=st.text(max_size=5),
    created_at=st.none() | st.datetimes(),
    initiating_party=PARTIES,
    batches=st.lists(BATCHES, max_size=2).map(tuple),
    collection=st.booleans(),
    findings=st.just(()),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=MESSAGES, profile=st.sampled_from(list(PROFILES)))
def test_no_message_makes_a_rule_raise(sent, profile):
    for finding in check_payments([sent], profile=profile, as_of=TODAY):
        assert finding.message
        assert finding.rule in REGISTRY
        assert finding.path is None or ".." not in finding.path


def test_findings_come_in_the_order_of_the_message():
    sent = message(batch(payment("0"), payment("0"), execution_date=None), number_of_transactions="9", message_id="/x")
    rules = [(finding.rule, finding.payment) for finding in check_payments([sent], as_of=TODAY)]
    assert rules == [
        ("GEN-010", None),
        ("GEN-016", None),
        ("GEN-019", 0),
        ("GEN-009", 1),
        ("GEN-019", 1),
        ("GEN-003", None),
    ]


def test_events_chunks_and_whole_messages_find_the_same():
    payments = [payment("0"), payment(end_to_end_id="B"), payment("1.001", end_to_end_id="B")]
    sent = message(batch(*payments, number_of_transactions="2"), batch(id="BATCH-2"), control_sum="1")
    whole = list(check_payments([sent], as_of=TODAY))
    events = [replace(sent, batches=())]
    for each in sent.batches:
        events += [replace(each, payments=()), *each.payments]
    assert list(check_payments(events, as_of=TODAY)) == whole
    checker = Checker(as_of=TODAY)
    chunked = [*checker.header(events[0]), *checker.batch(events[1]), *checker.payments(payments[:2])]
    chunked += [*checker.payments(payments[2:]), *checker.batch(events[5]), *checker.payments([events[6]])]
    assert chunked + list(checker.close()) == whole
    assert whole


def test_payments_are_numbered_through_the_message_and_in_their_batch():
    sent = message(batch(payment("0")), batch(payment("0", end_to_end_id="B"), id="BATCH-2"))
    found = [finding for finding in check_payments([sent], as_of=TODAY) if finding.rule == "GEN-019"]
    assert [(finding.payment, finding.path) for finding in found] == [
        (0, "PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt"),
        (1, "PmtInf[2]/CdtTrfTxInf[1]/Amt/InstdAmt"),
    ]
    assert [finding.line for finding in found] == [20, 20]


def test_a_checker_starts_anew_with_each_header():
    checker = Checker(as_of=TODAY)
    sent = message(number_of_transactions="1", control_sum="100.00")
    for _ in range(2):
        assert [*checker.feed(sent), *checker.close()] == []


def test_the_paths_of_a_collection_are_those_of_pain_008():
    sent = message(
        batch(
            payment("0", creditor_account=Account(iban="X"), creditor=Party(address=Address(lines=("a",)))), method="DD"
        ),
        collection=True,
    )
    paths = {finding.path for finding in check_payments([sent], as_of=TODAY)}
    assert paths >= {
        "PmtInf[1]/DrctDbtTxInf[1]/InstdAmt",
        "PmtInf[1]/DrctDbtTxInf[1]/DbtrAcct/Id/IBAN",
        "PmtInf[1]/DrctDbtTxInf[1]/Dbtr/Nm",
    }


def test_two_rules_cannot_share_an_id():
    with pytest.raises(ValueError, match="GEN-003"):

        @rule("GEN-003", source="x", severity=Severity.INFO, advice="x", scope=Scope.MESSAGE)
        def again(_header, _context):
            """Says something."""
            yield from ()


def test_a_rule_must_say_what_it_is_about():
    with pytest.raises(ValueError, match="NEW-001"):

        @rule("NEW-001", source="x", severity=Severity.INFO, advice="x")
        def mute(_payment, _context):
            yield from ()

    assert "NEW-001" not in REGISTRY


def test_the_execution_day_of_a_moment_is_its_date():
    checker = Checker(as_of=TODAY)
    list(checker.batch(batch(execution_date=datetime(2026, 11, 9, 23, 0, tzinfo=UTC))))
    assert checker.context.execution_day == date(2026, 11, 9)


PAYMENTS_MANY = 10_000
BYTES_EACH_MAX = 400
"""What may stay of a payment: two hashes in two sets, which double as they grow; the payment itself takes thousands."""


def test_next_to_nothing_stays_of_a_payment():
    def events():
        yield replace(message(), batches=())
        yield replace(batch(), payments=())
        for number in range(PAYMENTS_MANY):
            yield payment(end_to_end_id=f"E{number}", instruction_id=f"I{number}")

    tracemalloc.start()
    count = sum(1 for _ in check_payments(events(), profile="iso", as_of=TODAY))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 0
    assert peak < PAYMENTS_MANY * BYTES_EACH_MAX
