"""SEPA's last days for asking, and the reminder of a bank that does not answer."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from banks.settings import LateRecall
from gateway import recalls
from gateway.domain.calendar import ALWAYS
from gateway.domain.errors import Unacceptable
from gateway.domain.recall import RecallState
from gateway.persistence.due import Due
from gateway.persistence.tables import events
from gateway.recalling.remind import remind
from gateway.recalling.send import Next
from tests.gateway.recalling.conftest import FORM

LAST_DAY = datetime(2026, 12, 7, 22, 0, tzinfo=UTC)
"""Ten banking days after the payment's Monday, shortly before midnight in Vienna."""
TOO_LATE = datetime(2026, 12, 7, 23, 0, tzinfo=UTC)
ANSWER_DUE = datetime(2026, 12, 14, 23, 0, tzinfo=UTC)
"""The end of the fifteenth banking day."""


def reminded(recalling, payment_id):
    with recalling.world.unit() as work:
        query = select(events.c.data).where(
            events.c.subject == payment_id, events.c.type == "payhub.payment.recall_overdue.v1"
        )
        return list(work.connection.execute(query).scalars())


def look(recalling):
    """What the alarm does: looks first, and writes where there is something."""
    with recalling.world.unit() as work:
        due = Due(work.connection, at=recalling.world.at, now_ms=0, limit=10).overdue_recalls()
    return recalling.world.do(remind) if due else 0


@pytest.mark.parametrize("code", ["DUPL", "TECH"])
def test_a_double_payment_is_recalled_within_ten_banking_days_and_not_later(recalling_here, code):
    in_time, late = recalling_here.paid("100.00", "200.00")
    recalling_here.world.at = LAST_DAY
    assert recalling_here.ask(in_time, code=code).ask_by == TOO_LATE
    recalling_here.world.at = TOO_LATE
    with pytest.raises(Unacceptable, match="could be asked until 2026-12-07, 10 banking days") as refused:
        recalling_here.ask(late, code=code)
    assert refused.value.code == "recall.late"
    assert recalling_here.ask(late, code="CUST").state is RecallState.ASKED, "as the message says"


@pytest.mark.parametrize("code", ["FRAD", "CUST", "AM09", "AC03"])
def test_fraud_and_what_the_customer_asks_have_thirteen_months(recalling_here, code):
    in_time, late = recalling_here.paid("100.00", "200.00")
    recalling_here.world.at = datetime(2027, 12, 23, 12, 0, tzinfo=UTC)
    recalling_here.ask(in_time, code=code)
    recalling_here.world.at = datetime(2027, 12, 24, 12, 0, tzinfo=UTC)
    with pytest.raises(Unacceptable, match=r"13 months after the payment's day\. Call the bank"):
        recalling_here.ask(late, code=code)


def test_other_reasons_and_payments_outside_sepa_have_no_last_day(recalling_here):
    world = recalling_here.world
    urgent = world.body("2.00", message_id="M-2").replace(b'"service_level": "SEPA"', b'"service_level": "URGP"')
    sepa, urgent = recalling_here.paid("1.00"), recalling_here.paid("2.00", body=urgent)
    recalling_here.world.at = datetime(2028, 6, 1, tzinfo=UTC)
    assert recalling_here.ask(sepa[0], code="NARR").ask_by is None
    assert recalling_here.ask(urgent[0], code="DUPL").ask_by is None


def test_a_bank_may_agree_to_other_days_or_leave_it_to_a_warning(recalling_here):
    first, second = recalling_here.paid("100.00", "200.00")
    recalling_here.world.at = TOO_LATE + timedelta(days=60)
    longer = dict(FORM.ask_within) | {"DUPL": FORM.ask_within["FRAD"]}
    profile = recalling_here.profiles["alpenbank"]
    recalling_here.profiles["alpenbank"] = replace(profile, recall=replace(FORM, ask_within=longer))
    assert recalling_here.ask(first).ask_by > recalling_here.world.at
    recalling_here.profiles["alpenbank"] = replace(profile, recall=replace(FORM, late=LateRecall.WARN))
    warned = recalling_here.ask(second)
    assert warned.ask_by == TOO_LATE, "what is shown to whoever confirms"


def test_a_last_day_that_passed_while_a_recall_waited_is_seen_when_it_is_confirmed(recalling_here):
    in_time, late = map(recalling_here.ask, recalling_here.paid("100.00", "200.00"))
    recalling_here.world.at = LAST_DAY
    assert recalling_here.confirm(in_time).state is RecallState.CONFIRMED
    recalling_here.world.at = TOO_LATE
    with pytest.raises(Unacceptable, match="Ask for it as CUST, which may be asked until 2027-12-23") as refused:
        recalling_here.confirm(late)
    assert refused.value.code == "recall.late"
    assert recalling_here.get(late).state is RecallState.ASKED
    profile = recalling_here.profiles["alpenbank"]
    recalling_here.profiles["alpenbank"] = replace(profile, recall=replace(FORM, late=LateRecall.WARN))
    assert recalling_here.confirm(late).state is RecallState.CONFIRMED
    with recalling_here.world.unit() as work:
        confirmed = events.c.type == "payhub.payment.recall_confirmed.v1"
        told = work.connection.execute(select(events.c.data).where(confirmed).order_by(events.c.id)).scalars().all()
    assert ["note" in one for one in told] == [False, True]


def test_a_bank_that_does_not_answer_is_reminded_of_once(recalling):
    (payment,) = recalling.paid()
    recall = recalling.sent(payment)
    assert recall.answer_due_at == ANSWER_DUE
    recalling.world.at = ANSWER_DUE - timedelta(seconds=1)
    assert look(recalling) == 0
    recalling.world.at = ANSWER_DUE
    assert look(recalling) == 1
    assert look(recalling) == 0
    (told,) = reminded(recalling, payment)
    assert "alpenbank has the recall since 2026-11-23 and has not answered. Call the bank" in told["note"]
    assert recall.id in told["note"]
    assert recalling.get(recall).answer_overdue


def test_a_bank_that_only_looks_into_it_is_reminded_of_too_and_one_that_answered_is_not(recalling_here):
    pending, refused = (recalling_here.sent(one) for one in recalling_here.paid("100.00", "200.00"))
    recalling_here.says("PDCR", cancellation_id=pending.id)
    recalling_here.says("RJCR", code="LEGL", cancellation_id=refused.id)
    recalling_here.world.at = ANSWER_DUE
    assert look(recalling_here) == 1
    (told,) = reminded(recalling_here, pending.payment_id)
    assert "says that it looks into it" in told["note"]


def test_what_nobody_proved_to_have_arrived_is_due_as_soon_as_the_bank_speaks_of_it(recalling_here):
    recall = recalling_here.confirmed(recalling_here.paid()[0])
    recalling_here.world.bank.script = [None, "unknown-after"]
    assert recalling_here.send(recall) is Next.RETRY
    recalling_here.says("PDCR", cancellation_id=recall.id)
    assert recalling_here.get(recall).answer_due_at == ANSWER_DUE


def test_a_bank_is_never_reminded_of_where_the_profile_says_so(recalling_here):
    profile = recalling_here.profiles["alpenbank"]
    recalling_here.profiles["alpenbank"] = replace(profile, recall=replace(FORM, answer_days=0))
    recalling_here.sent(recalling_here.paid()[0])
    recalling_here.world.at += timedelta(days=365)
    assert look(recalling_here) == 0


def test_an_instant_product_counts_the_banking_days_of_its_neighbours(recalling_here):
    usual = recalling_here.hub.routes["alpenbank"]
    instant = tuple(replace(one, calendar=ALWAYS) if one.product == "sepa" else one for one in usual)
    payment = SimpleNamespace(bank="alpenbank", product="sepa", service_level="SEPA", value_date=date(2026, 12, 23))
    days = {}
    for name, routes in (("usual", usual), ("instant", instant), ("alone", instant[:1])):
        recalling_here.hub.routes = {"alpenbank": routes}
        days[name] = recalls.last_day(recalling_here.hub)(payment, "DUPL").day
    assert days == {"usual": date(2027, 1, 8), "instant": date(2027, 1, 8), "alone": date(2027, 1, 6)}
