"""Rules, releasers, limits, splits, days and break-glass, on both databases."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, update

from gateway import signing
from gateway.domain import explanation
from gateway.domain.approval import Decision
from gateway.domain.cutoff import OnLate
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.policy import BreakGlass, Limit, Payee, Per, Rule
from gateway.domain.roles import Grant, Role
from gateway.persistence.tables import events, payments
from gateway.steps import approve
from tests.gateway.steps.signers import Signers

EUR = frozenset({"EUR"})
LARGE = Rule(name="large", approvers=3, currencies=EUR, amount_from=Decimal(1000))
OTHER_IBAN = "DE89370400440532013000"


@pytest.fixture
def desk(world):
    signers = Signers(world)
    for name in ("anna", "ben", "cleo"):
        signers.add(name, "approver")
    for name in ("rita", "rolf"):
        signers.add(name, "releaser")
    return signers


def names(standing):
    return [one.rule.name for one in standing.need.matches]


def refused(kind, code, act, *args, **more):
    with pytest.raises(kind) as told:
        act(*args, **more)
    assert told.value.code == code
    return told.value.message


def pay(world, batch_id, state="acknowledged"):
    """The bank has taken it."""
    with world.unit() as work:
        work.connection.execute(update(payments).where(payments.c.batch_id == batch_id).values(state=state))
        work.commit()


def test_without_a_rule_the_floor_decides(desk, world):
    desk.policy()
    batch = desk.brought("5000.00")
    desk.sign(batch, "anna")
    assert world.states(batch) == ["validated"]
    desk.sign(batch, "ben")
    assert world.states(batch) == ["approved"]


def test_the_most_demanding_payment_decides_for_the_whole_batch(desk, world):
    desk.policy(LARGE, Rule(name="all", approvers=1))
    batch = desk.brought("999.99", "1000.00", "12000.5")
    now = desk.now(batch)
    assert names(now) == ["large", "all"]
    (large, _) = now.need.matches
    assert (large.count, large.amount, large.payee) == (2, Decimal("1000.00"), "Payee 2")
    for name, state in (("anna", "validated"), ("ben", "validated"), ("cleo", "approved")):
        desk.sign(batch, name)
        assert world.states(batch) == [state] * 3


def test_a_rule_adds_to_the_floor_and_takes_nothing_from_it(desk):
    desk.policy(Rule(name="one is enough", approvers=1))
    assert desk.now(desk.brought("1.00")).needed == 2


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (LARGE, [False, True]),
        (replace(LARGE, amount_from=Decimal("2500.01")), [False, False]),
        (replace(LARGE, amount_below=Decimal(2500)), [False, False]),
        (replace(LARGE, amount_below=Decimal("2500.01")), [False, True]),
        (replace(LARGE, currencies=frozenset({"CHF"})), [False, False]),
        (Rule(name="small", approvers=3, currencies=EUR, amount_below=Decimal(1000)), [True, False]),
        (Rule(name="total", approvers=3, currencies=EUR, batch_total_from=Decimal(2500)), [False, True]),
        (Rule(name="here", approvers=3, entities=frozenset({"ACME-AT"})), [True, True]),
        (Rule(name="elsewhere", approvers=3, entities=frozenset({"ACME-NO"})), [False, False]),
        (Rule(name="account", approvers=3, accounts=frozenset({"AT891200050000123456"})), [True, True]),
        (Rule(name="account", approvers=3, accounts=frozenset({"NO9160001234567"})), [False, False]),
        (Rule(name="new", approvers=3, payee=Payee.NEW), [True, True]),
        (Rule(name="known", approvers=3, payee=Payee.KNOWN), [False, False]),
        (Rule(name="soon", approvers=3, minutes_to_cutoff_below=1), [False, False]),
        (Rule(name="today", approvers=3, minutes_to_cutoff_below=24 * 60), [True, True]),
    ],
)
def test_each_condition_is_asked(desk, rule, matches):
    desk.policy(rule)
    small = desk.brought("9.00", message_id="A", end_to_end_id="A")
    large = desk.brought("2500.00", message_id="B", end_to_end_id="B")
    assert [bool(names(desk.now(one))) for one in (small, large)] == matches


def test_all_conditions_of_a_rule_must_hold_for_one_payment(desk, world):
    chosen = world.routes["alpenbank"][0].product
    desk.policy(replace(LARGE, products=frozenset({chosen}), payee=Payee.KNOWN))
    batch = desk.brought("5000.00")
    assert names(desk.now(batch)) == []
    pay(world, desk.brought("1.00", message_id="RUN-0", end_to_end_id="E0"))
    assert names(desk.now(batch)) == ["large"]
    desk.policy(replace(LARGE, products=frozenset({"no-such"})))
    assert names(desk.now(batch)) == []


def test_a_payee_is_new_until_a_bank_took_a_payment_and_changed_at_another_account(desk, world):
    rules = [Rule(name=one.value, approvers=1, payee=one) for one in Payee]
    desk.policy(*rules)
    first = desk.brought("1.00", creditor="ACME Supplies", message_id="A", end_to_end_id="A")
    again = desk.brought("2.00", creditor="ACME Supplies", message_id="B", end_to_end_id="B")
    moved = desk.brought(
        "3.00", creditor="ACME Supplies", creditor_account=OTHER_IBAN, message_id="C", end_to_end_id="C"
    )
    assert [names(desk.now(one)) for one in (first, again, moved)] == [["new"], ["new"], ["new"]]
    pay(world, first, "rejected")
    assert names(desk.now(again)) == ["new"]
    pay(world, first, "settled")
    assert names(desk.now(again)) == ["known"]
    assert names(desk.now(moved)) == ["new", "changed"]


def test_a_releaser_signs_after_the_approvals_and_only_then_it_goes(desk, world):
    desk.policy(Rule(name="released", releasers=1))
    batch = desk.brought("10.00")
    refused(Conflict, "approval.release_too_early", desk.sign, batch, "rita", Decision.RELEASE)
    desk.sign(batch, "anna")
    desk.sign(batch, "ben")
    now = desk.now(batch)
    assert (world.states(batch), now.approvals_missing, now.releases_missing) == (["validated"], 0, 1)
    assert now.can_release == ["Rita", "Rolf"]
    refused(Conflict, "approval.already_decided", desk.sign, batch, "anna", Decision.RELEASE)
    desk.sign(batch, "rita", Decision.RELEASE)
    assert world.states(batch) == ["approved"]
    world.schedule(batch)
    assert world.generate(batch), "what was signed is what is built"


def test_a_releaser_who_declines_ends_it(desk, world):
    desk.policy(Rule(name="released", releasers=1))
    batch = desk.brought("10.00")
    for name in ("anna", "ben"):
        desk.sign(batch, name)
    desk.sign(batch, "rita", Decision.DECLINE, reason="wrong month")
    assert world.states(batch) == ["declined"]


def test_an_approval_more_than_is_needed_is_refused_so_that_its_giver_can_still_release(desk, world):
    desk.add("dora", "approver", "releaser")
    for name in ("rita", "rolf"):
        desk.revoke(name, "releaser")
    desk.policy(Rule(name="released", releasers=1))
    batch = desk.brought("10.00")
    for name in ("anna", "ben"):
        desk.sign(batch, name)
    said = refused(Conflict, "approval.not_needed", desk.sign, batch, "dora")
    assert said == "It has its approvals; a releaser for ACME-AT lets it go."
    assert desk.now(batch).can_release == ["Dora"]
    desk.sign(batch, "dora", Decision.RELEASE)
    assert world.states(batch) == ["approved"]


def look(world, batch_id):
    """What the hub does every minute."""
    with world.unit() as work:
        went = approve.let_go(work, batch_id=batch_id, policy=world.policy)
        work.commit()
    return went


def relaxed(desk, _world):
    desk.policy()


def known(desk, world):
    pay(world, desk.brought("10.00", message_id="EARLIER", end_to_end_id="E-0"))


@pytest.mark.parametrize(
    ("rule", "falls"),
    [(replace(LARGE, amount_from=Decimal(1)), relaxed), (Rule(name="new", releasers=1, payee=Payee.NEW), known)],
)
def test_what_everybody_signed_goes_by_itself_when_fewer_are_needed(desk, world, rule, falls):
    desk.policy(rule)
    batch = desk.brought("20.00")
    for name in ("anna", "ben"):
        desk.sign(batch, name)
    assert not look(world, batch)
    falls(desk, world)
    assert world.states(batch) == ["validated"]
    assert desk.now(batch).signed
    refused(Conflict, "approval.not_needed", desk.sign, batch, "cleo")
    assert look(world, batch)
    assert world.states(batch) == ["approved"]
    assert not look(world, batch)
    world.schedule(batch)
    assert world.generate(batch), "what was signed is what is built"


def test_a_signature_that_counts_again_lets_the_batch_go_at_the_next_look(desk, world):
    desk.policy(replace(LARGE, amount_from=Decimal(1)))
    batch = desk.brought("20.00")
    desk.sign(batch, "anna")
    desk.revoke("anna", "approver")
    desk.add("dora", "approver")
    for name in ("ben", "cleo"):
        desk.sign(batch, name)
    assert not look(world, batch)
    desk.grant("anna", "approver")
    assert look(world, batch)


def test_what_was_signed_does_not_go_by_itself_once_it_changed_or_a_payee_is_over_the_limit(desk, world):
    payees = (limit(Per.PAYEE, "30"),)
    desk.policy(replace(LARGE, amount_from=Decimal(1)), limits=payees)
    batch = desk.brought("20.00", "1.00")
    for name in ("anna", "ben"):
        desk.sign(batch, name)
    with world.unit() as work:
        one = approve.Selection(batch_id=batch, positions=(1, 2))
        work.payments.hold(one, kind="manual", reason="wait", owner="ben")
        work.commit()
    desk.policy(limits=payees)
    assert not look(world, batch), "nobody signed what is left"
    for name in ("anna", "ben"):
        desk.sign(batch, name)
    assert world.states(batch) == ["approved", "validated"]
    desk.policy(replace(LARGE, amount_from=Decimal(1)), limits=payees)
    second = desk.brought("9.00", message_id="B", end_to_end_id="B")
    for name in ("anna", "ben"):
        desk.sign(second, name)
    desk.policy(limits=(limit(Per.PAYEE, "28"),))
    assert desk.now(second).signed
    assert not look(world, second)
    desk.policy(limits=payees)
    assert look(world, second)


def test_a_reader_is_told_of_the_limit_that_would_refuse_them_before_they_sign(desk, world):
    desk.policy(limits=(limit(Per.PERSON, "1000"),))
    first = desk.brought("600.00", message_id="A", end_to_end_id="A")
    second = desk.brought("400.01", message_id="B", end_to_end_id="B")

    def against(name, *roles):
        with world.unit() as work:
            now = approve.standing(work, second, world.policy)
            held = [Grant(role=role) for role in roles]
            return signing.limit_against_reader(work.signing, now, name, held, world.policy.limits, world.at)

    assert against("anna", Role.APPROVER) == ""
    desk.sign(first, "anna")
    told = against("anna", Role.APPROVER)
    assert told == refused(Forbidden, "approval.person_limit", desk.sign, second, "anna")
    assert against("ben", Role.APPROVER) == ""
    assert against("anna", Role.RELEASER) == "", "it is not hers to sign"


def test_where_no_rule_asks_for_a_releaser_none_signs(desk):
    desk.policy()
    batch = desk.brought("10.00")
    desk.sign(batch, "anna")
    refused(Conflict, "approval.no_release_asked", desk.sign, batch, "rita", Decision.RELEASE)


def test_nobody_counts_in_two_duties_not_even_with_two_accounts_linked_later(desk, world):
    desk.policy(Rule(name="released", releasers=1))
    desk.add("rita2", "approver")
    batch = desk.brought("10.00")
    desk.sign(batch, "anna")
    desk.sign(batch, "rita2")
    desk.link("rita2", "rita")
    refused(Conflict, "approval.already_decided", desk.sign, batch, "rita", Decision.RELEASE)
    desk.sign(batch, "rolf", Decision.RELEASE)
    assert world.states(batch) == ["approved"]


def test_two_accounts_that_turn_out_to_be_one_person_count_once(desk, world):
    desk.policy()
    batch = desk.brought("10.00")
    desk.sign(batch, "anna")
    desk.link("anna", "ben")
    refused(Conflict, "approval.already_decided", desk.sign, batch, "ben")
    desk.sign(batch, "cleo")
    assert world.states(batch) == ["approved"]


def test_two_who_signed_and_turn_out_to_be_one_person_are_one_signature(desk, world):
    desk.policy(LARGE)
    desk.add("dora", "approver")
    batch = desk.brought("5000.00")
    desk.sign(batch, "anna")
    desk.sign(batch, "ben")
    desk.link("anna", "ben")
    desk.sign(batch, "cleo")
    assert world.states(batch) == ["validated"]
    assert "Ben approved it (“looked at it”), but counts as somebody who brought or signed it already." in (
        explanation.sentences(desk.now(batch), world.policy)
    )
    desk.sign(batch, "dora")
    assert world.states(batch) == ["approved"]


def test_a_maker_known_by_another_account_does_not_sign(desk, world):
    desk.policy()
    desk.add("mia", "maker")
    batch = desk.brought("10.00", client="mia", maker_is_person=True)
    desk.link("anna", "mia")
    refused(Forbidden, "approval.own_batch", desk.sign, batch, "anna")
    desk.sign(batch, "ben")
    assert world.states(batch) == ["approved"]


def test_a_signature_counts_while_its_giver_may_still_give_it(desk, world):
    desk.policy()
    batch = desk.brought("10.00")
    desk.sign(batch, "anna")
    desk.revoke("anna", "approver")
    desk.sign(batch, "ben")
    assert world.states(batch) == ["validated"]
    assert "Anna approved it (“looked at it”), but no longer has the role: it does not count." in explanation.sentences(
        desk.now(batch), world.policy
    )
    desk.sign(batch, "cleo")
    assert world.states(batch) == ["approved"]


def test_the_explanation_says_what_is_needed_why_and_by_whom(desk, world):
    desk.policy(replace(LARGE, releasers=1))
    batch = desk.brought("5.00", "1200.00")
    desk.sign(batch, "anna")
    assert explanation.sentences(desk.now(batch), world.policy) == [
        "The policy four eyes asks for 2 approvers in any case, because an API client brought it.",
        "The rule large asks for 3 approvers and 1 releaser: EUR 1,200.00 to Payee 2 (EUR 1,000 or more).",
        "Anna approved it (“looked at it”).",
        "2 approvers are still needed: Ben or Cleo.",
        "1 releaser is still needed, once the approvals are there: Rita or Rolf.",
    ]


def test_payments_below_a_band_that_reach_it_together_are_in_it(desk, world):
    split = replace(LARGE, split_days=5)
    desk.policy(split)
    first = desk.brought("600.00", message_id="A", end_to_end_id="A")
    assert names(desk.now(first)) == []
    world.at += timedelta(days=2)
    second = desk.brought("400.00", message_id="B", end_to_end_id="B", day="2026-11-25")
    (match,) = desk.now(second).need.matches
    assert (match.together, match.count) == (Decimal("1000.00"), 1)
    assert "its payments below EUR 1,000 add up to EUR 1,000.00 within 5 days" in explanation.because(match).why
    assert names(desk.now(first)) == ["large"], "neither goes on its own"
    desk.policy(replace(split, split_days=1))
    assert names(desk.now(second)) == []


@pytest.mark.parametrize(("amount", "change"), [("400.00", {"creditor_account": OTHER_IBAN}), ("399.99", {})])
def test_other_payees_and_less_than_the_band_are_no_split(desk, amount, change):
    desk.policy(replace(LARGE, split_days=5))
    desk.brought("600.00", message_id="A", end_to_end_id="A")
    assert names(desk.now(desk.brought(amount, message_id="B", end_to_end_id="B", **change))) == []


def test_what_was_declined_is_no_part_of_a_split(desk):
    desk.policy(replace(LARGE, split_days=5))
    first = desk.brought("600.00", message_id="A", end_to_end_id="A")
    desk.sign(first, "anna", Decision.DECLINE, reason="a mistake")
    assert names(desk.now(desk.brought("400.00", message_id="B", end_to_end_id="B"))) == []


def limit(per, amount, **more):
    return Limit(name="a day", per=per, currency="EUR", amount=Decimal(amount), zone="Europe/Vienna", **more)


def test_a_person_over_the_limit_of_the_day_cannot_sign(desk, world):
    desk.policy(limits=(limit(Per.PERSON, "1000"),))
    first = desk.brought("600.00", message_id="A", end_to_end_id="A")
    second = desk.brought("400.01", message_id="B", end_to_end_id="B")
    desk.sign(first, "anna")
    said = refused(Forbidden, "approval.person_limit", desk.sign, second, "anna")
    assert said == (
        "Your limit is EUR 1000 a day for ACME-AT (a day). You signed EUR 600.00 today; this batch would add "
        "EUR 400.01. Somebody else must sign."
    )
    desk.sign(second, "ben")
    desk.sign(second, "anna", Decision.DECLINE, reason="refusing is always possible")
    world.at += timedelta(days=1)
    third = desk.brought("1000.00", message_id="C", end_to_end_id="C", day="2026-11-24")
    desk.sign(third, "anna")


def test_the_limit_is_a_person_s_over_all_accounts_and_an_entity_s_own(desk):
    elsewhere = limit(Per.PERSON, "1", entities=frozenset({"ACME-NO"}))
    desk.policy(limits=(limit(Per.PERSON, "1000"), elsewhere))
    desk.add("anna2", "approver", same_as="anna")
    first = desk.brought("600.00", message_id="A", end_to_end_id="A")
    second = desk.brought("600.01", message_id="B", end_to_end_id="B")
    desk.sign(first, "anna2")
    refused(Forbidden, "approval.person_limit", desk.sign, second, "anna")


def test_signing_anew_what_changed_replaces_what_was_signed(desk, world):
    desk.policy(limits=(limit(Per.PERSON, "1000"),))
    batch = desk.brought("500.00", "400.00")
    desk.sign(batch, "anna")
    held = world.payments(batch)[1]
    with world.unit() as work:
        work.payments.hold(
            approve.Selection(batch_id=batch, positions=(1, 2)), kind="manual", reason="wait", owner="ben"
        )
        work.commit()
    desk.sign(batch, "anna")
    desk.sign(batch, "ben")
    assert world.states(batch) == ["approved", "validated"]
    world.release(batch, [held.id], "ben", "eve")
    desk.sign(batch, "anna")
    refused(
        Forbidden, "approval.person_limit", desk.sign, desk.brought("200.00", message_id="B", end_to_end_id="B"), "anna"
    )


def test_a_payee_over_the_limit_of_the_day_is_not_paid_more(desk, world):
    desk.policy(limits=(limit(Per.PAYEE, "1000"),))
    first = desk.brought("600.00", message_id="A", end_to_end_id="A")
    waits = desk.brought("400.01", message_id="B", end_to_end_id="B")
    fits = desk.brought("400.00", message_id="C", end_to_end_id="C")
    for name in ("anna", "ben"):
        desk.sign(first, name)
    said = refused(Forbidden, "approval.payee_limit", desk.sign, waits, "anna")
    assert "Payee 1 (FR1420041010050500013M02606) today total EUR 1000.01" in said
    for name in ("anna", "ben"):
        desk.sign(fits, name)
    assert world.states(fits) == ["approved"]


def test_a_signature_binds_to_the_days_that_were_shown(desk, world):
    world.every_cutoff(on_late=OnLate.ROLL)
    desk.policy()
    batch = desk.brought("10.00")
    shown = desk.now(batch)
    desk.sign(batch, "anna")
    (promise,) = shown.promises
    world.at = promise.release_by + timedelta(seconds=1)
    refused(Conflict, "approval.stale_digest", desk.sign, batch, "ben", digest=shown.digest)
    now = desk.now(batch)
    assert now.promises[0].value_date > promise.value_date
    assert now.given == 0, "whoever signed for another day did not sign for this one"
    desk.sign(batch, "ben")
    assert world.states(batch) == ["validated"]
    desk.sign(batch, "anna")
    world.schedule(batch)
    assert [one.value_date for one in world.payments(batch)] == [now.promises[0].value_date]


def test_a_day_that_cannot_be_reached_is_shown_as_none(desk, world):
    world.every_cutoff(on_late=OnLate.ASK)
    desk.policy()
    batch = desk.brought("10.00")
    in_time = desk.now(batch)
    world.at = in_time.promises[0].release_by + timedelta(seconds=1)
    late = desk.now(batch)
    assert (in_time.promises[0].value_date, late.promises[0].value_date) == (world.at.date(), None)
    assert late.digest != in_time.digest


def test_changed_conduct_when_late_is_another_thing_to_sign(desk, world):
    batch, digests = desk.brought("10.00"), set()
    for conduct in OnLate:
        world.every_cutoff(on_late=conduct)
        desk.policy()
        digests.add(desk.now(batch).digest)
    assert len(digests) == len(OnLate)


GLASS = BreakGlass(roles=frozenset({Role.APPROVER}))


def glass_events(world):
    with world.unit() as work:
        rows = work.connection.execute(events.select().where(events.c.type == "payhub.batch.break_glass.v1"))
        return [row.data for row in rows]


def test_two_persons_break_the_glass_and_everybody_is_told(desk, world):
    desk.policy(Rule(name="many", approvers=9), break_glass=GLASS, limits=(limit(Per.PERSON, "1"),))
    batch = desk.brought("10.00")
    desk.sign(batch, "anna", Decision.BREAK_GLASS, reason="salaries are due, nobody is there")
    assert world.states(batch) == ["validated"]
    refused(Conflict, "approval.already_decided", desk.sign, batch, "anna", Decision.BREAK_GLASS)
    refused(Forbidden, "approval.glass_needs_reason", desk.sign, batch, "ben", Decision.BREAK_GLASS, reason=" ")
    desk.sign(batch, "ben", Decision.BREAK_GLASS, reason="the plant stands still")
    assert world.states(batch) == ["approved"]
    told = glass_events(world)
    assert [(one["person"], one["reason"], one["let_go"]) for one in told] == [
        ("Anna", "salaries are due, nobody is there", "no"),
        ("Ben", "the plant stands still", "yes"),
    ]


def test_the_glass_does_not_free_from_maker_digest_persons_or_role(desk, world):
    desk.policy(Rule(name="many", approvers=9), break_glass=GLASS)
    desk.add("mia", "maker", "approver")
    desk.add("anna2", "approver", same_as="anna")
    batch = desk.brought("10.00", client="mia", maker_is_person=True)
    broke = Decision.BREAK_GLASS
    refused(Forbidden, "approval.own_batch", desk.sign, batch, "mia", broke)
    refused(Forbidden, "request.role_needed", desk.sign, batch, "rita", broke)
    refused(Conflict, "approval.stale_digest", desk.sign, batch, "anna", broke, digest="0" * 64)
    desk.sign(batch, "anna")
    desk.sign(batch, "anna", broke)
    refused(Conflict, "approval.already_decided", desk.sign, batch, "anna2", broke)
    desk.sign(batch, "ben")
    assert world.states(batch) == ["validated"], "an ordinary approval is no second reason"
    desk.sign(batch, "ben", broke)
    assert world.states(batch) == ["approved"]


def test_without_a_glass_in_the_policy_nobody_breaks_it(desk):
    desk.policy()
    refused(Conflict, "approval.no_break_glass", desk.sign, desk.brought("10.00"), "anna", Decision.BREAK_GLASS)


def test_the_statements_do_not_grow_with_the_batch(desk, world):
    desk.policy(
        replace(LARGE, split_days=5), Rule(name="new", approvers=2, payee=Payee.CHANGED),
        Rule(name="soon", approvers=2, minutes_to_cutoff_below=60), limits=(limit(Per.PAYEE, "100000"),),
    )  # fmt: skip

    def statements(batch_id):
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        event.listen(world.engine, "before_cursor_execute", note)
        try:
            desk.now(batch_id)
        finally:
            event.remove(world.engine, "before_cursor_execute", note)
        return len(seen)

    small = desk.brought("2000.00", message_id="A", end_to_end_id="A")
    large = desk.brought(*(f"{number}.00" for number in range(1500, 1700)), message_id="B")
    assert statements(large) <= statements(small) <= 10
