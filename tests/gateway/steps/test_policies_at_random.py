"""Any order of bringing, holding, signing, declining, withdrawing, renewing and changing people: nothing goes past the
policy, and nothing that may go is kept. The oracle beside it knows payments and people as plain Python, and no SQL.

A longer run: ``PAYHUB_LONG=1 pytest tests/gateway/steps/test_policies_at_random.py`` (much longer than an hour).

Each of these was broken in the product, one at a time, and this test failed: a person's limit of the day (none; what
was signed before it not counted), a payee's (what was approved before not counted; a cent too strict), splits (none;
only within the batch; a day too short or too long), the editor (nobody; lets them sign; lets their right be used;
counts what they signed with an account that was linked later).
"""

import os
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event, update

from gateway.domain.approval import Decision
from gateway.domain.cutoff import OnLate
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.hold import HoldKind, HoldPolicy
from gateway.persistence import column_keys
from gateway.persistence.tables import payments
from gateway.steps import approve, schedule
from tests import sqlite
from tests.databases import open_engine
from tests.gateway.steps.lending import Lending
from tests.gateway.steps.policy_oracle import (
    ACCOUNTS,
    BAND,
    CENT,
    DUTY,
    GLASS,
    LIMITS,
    NAMES,
    PAYEE_LIMIT,
    PAYEES,
    PERSON_LIMIT,
    RULES,
    SPLIT_DAYS,
    Loan,
    Oracle,
    Paid,
    Signature,
    Told,
)
from tests.gateway.steps.signers import Signers
from tests.gateway.steps.world import World

EXAMPLES, STEPS = (400, 60) if os.environ.get("PAYHUB_LONG") else (8, 20)
AMOUNTS = ("10.00", "400.00", "500.00", "600.00", "999.99", "1000.00")
DECISIONS = [*[Decision.APPROVE] * 6, *[Decision.RELEASE] * 4, *[Decision.BREAK_GLASS] * 3, Decision.DECLINE]
MEANWHILE = ("", "", "role", "link", "days", "lend", "lend", "end")
"""What happens after a signature, before the next one."""
QUIET = ("",) * len(NAMES)
LENT_FOR = timedelta(days=5)
WAYS = (
    "round_of", "some_break_the_glass", "some_sign_for_others", "needs_fall", "a_person_comes_to_their_limit",
    "a_payee_comes_to_the_limit", "a_split", "who_renewed_signs",
)  # fmt: skip
"""How a run may begin: each is walked through once before chance has its turn."""
REACHED = (
    "approve", "release", "break_glass", "approved", "released", "glass", "approval.already_decided",
    "approval.same_right", "approval.not_needed", "by itself", "lent approve", "lent release", "let go by a lent right",
    "approval.person_limit", "a person's limit to the cent", "approval.payee_limit", "a payee's limit to the cent",
    "a third approver for a split", "approval.own_edit", "renewed, and let go by others",
    "an editor's signature is void",
)  # fmt: skip
"""What a run must have come across, or it proved less than it says."""


class Treasury(RuleBasedStateMachine):
    """The hub beside the oracle."""

    make_engine = None
    seen: ClassVar = Counter()

    def __init__(self):
        super().__init__()
        self.engine = self.make_engine()
        self.world = World(self.engine)
        self.world.every_cutoff(on_late=OnLate.ASK)
        self.people = Signers(self.world)
        self.lending = Lending(self.people)
        for name, roles in ACCOUNTS.items():
            self.people.add(name, *sorted(roles))
        self.people.policy(*RULES, limits=LIMITS, break_glass=GLASS)
        self.oracle = Oracle()
        self.looks = []
        self.runs = 0

    def teardown(self):
        self.engine.dispose()

    def some(self, data, things):
        return data.draw(st.sampled_from(sorted(things)))

    def now(self, batch_id):
        standing = self.people.now(batch_id)
        return standing.digest, tuple(sorted(str(one.value_date) for one in standing.promises))

    def batches(self):
        return sorted(self.oracle.batches)

    @initialize(way=st.sampled_from(WAYS), payee=st.sampled_from(PAYEES), order=st.permutations(NAMES))
    def begin(self, way, payee, order):
        """One payee is known from the start; one batch has been let go, so that every run has seen how that is done."""
        self.bring("erp", ["10.00"], PAYEES[0])
        (batch_id,) = self.oracle.batches
        self.force(batch_id, "validated", "acknowledged")
        self.bring("erp", ["600.00", "20.00"], payee)
        getattr(self, way)(self.batches()[-1], order)
        self.bring("anna", ["30.00"], payee)

    def some_break_the_glass(self, batch_id, order):
        for account in order[:3]:
            self.look_and_sign(batch_id, account, Decision.BREAK_GLASS)

    def some_sign_for_others(self, batch_id, _order):
        self.lend("anna", "lena", "approver")
        self.lend("rita", "cleo", "releaser")
        for account in ("lena", "anna", "ben"):
            self.look_and_sign(batch_id, account, Decision.APPROVE)
        self.look_and_sign(batch_id, "cleo", Decision.RELEASE)

    def needs_fall(self, _batch_id, order):
        """A bank takes a payment to the payee after the approvals, so that nobody need release it any more."""
        self.bring("erp", ["200.00"], PAYEES[1])
        batch_id = self.batches()[-1]
        for account in order:
            self.look_and_sign(batch_id, account, Decision.APPROVE)
        self.bring("erp", ["10.00"], PAYEES[1])
        self.force(self.batches()[-1], "validated", "acknowledged")
        self.hub_looks(batch_id)

    def a_person_comes_to_their_limit(self, _batch_id, order):
        """By two batches to the last cent; a third one is too much, by whatever account or right, until tomorrow."""
        person = next(one for one in order if "approver" in ACCOUNTS[one])
        self.up_to_a_persons_limit(person, PAYEES[1])
        self.up_to_a_persons_limit(person, PAYEES[0])
        self.bring("erp", ["0.01"], PAYEES[0])
        self.lend(person, "lena", "approver")
        for account in (person, "lena"):
            self.look_and_sign(self.batches()[-1], account, Decision.APPROVE)
        self.world.at += timedelta(days=1)
        self.look_and_sign(self.batches()[-1], person, Decision.APPROVE)

    def a_payee_comes_to_the_limit(self, _batch_id, order):
        """By several batches to the last cent, whoever signs; a cent more waits for tomorrow."""
        for amount in ("2900.00", None, "0.01"):
            self.up_to_a_payees_limit(order, PAYEES[0], amount)
        self.world.at += timedelta(days=1)
        self.round_of(self.batches()[-1], order)

    def a_split(self, _batch_id, order):
        """Payments over two days that reach the band together; a cent less; and less without those too old."""
        for days, short in ((0, "500.00"), (1, "0.01"), (SPLIT_DAYS - 1, "0.00"), (2, "0.01")):
            self.world.at += timedelta(days=days)
            self.up_to_a_split(order, PAYEES[0], Decimal(short))

    def who_renewed_signs(self, batch_id, order):
        """After the cut-off one gives the payments another day, and signs by every way there is."""
        self.round_of(batch_id, order)
        self.world.at += timedelta(days=3)
        self.schedules(batch_id)
        editor, second, third = [one for one in order if "approver" in ACCOUNTS[one]][:3]
        self.renews(batch_id, editor)
        self.lend(editor, "lena", "approver")
        for account, decision in (
            (editor, Decision.APPROVE),
            (editor, Decision.BREAK_GLASS),
            ("lena", Decision.APPROVE),
        ):
            self.look_and_sign(batch_id, account, decision)
        self.look_and_sign(batch_id, second, Decision.APPROVE)
        self.link(editor, second)
        self.look_and_sign(batch_id, third, Decision.APPROVE)
        self.round_of(batch_id, order)

    @rule(account=st.sampled_from(NAMES), payee=st.sampled_from(PAYEES), over=st.booleans())
    def up_to_a_persons_limit(self, account, payee, over=False):
        """What an account may still sign today comes in one batch, as far as the payee's own limit lets it."""
        left = PERSON_LIMIT - self.oracle.signed_today(self.oracle.root(account), self.world.at)
        self.bring_just(min(left, PAYEE_LIMIT), payee, over)
        self.look_and_sign(self.batches()[-1], account, Decision.APPROVE)

    @rule(
        order=st.permutations(NAMES), payee=st.sampled_from(PAYEES),
        amount=st.sampled_from([None, "0.01", "600.00", "3500.00", "3500.01"]),
    )  # fmt: skip
    def up_to_a_payees_limit(self, order, payee, amount):
        left = PAYEE_LIMIT - self.oracle.approved_today(payee, self.world.at)
        self.bring_just(left if amount is None else Decimal(amount), payee)
        self.round_of(self.batches()[-1], order)

    @rule(
        order=st.permutations(NAMES), payee=st.sampled_from(PAYEES), short=st.sampled_from(["0.00", "0.01", "500.00"])
    )
    def up_to_a_split(self, order, payee, short):
        """So much that the small payments to a payee reach the band together, or nearly."""
        self.bring_just(BAND - self.oracle.near(payee, self.world.at) - Decimal(short), payee)
        self.round_of(self.batches()[-1], order)

    def bring_just(self, amount, payee, over=False):
        """At least a cent."""
        self.bring("erp", [format(max(amount, CENT) + (CENT if over else 0), "f")], payee)

    def force(self, batch_id, source, target):
        """What the bank does is not what is tested here."""
        with self.world.unit() as work:
            where = (payments.c.batch_id == batch_id) & (payments.c.state == source)
            work.connection.execute(update(payments).where(where).values(state=target))
            work.commit()
        for one in self.oracle.batches[batch_id].payments:
            if one.state == source:
                one.state = target
                self.oracle.known.add(one.payee)

    @rule(
        maker=st.sampled_from(["erp", "anna"]),
        amounts=st.lists(st.sampled_from(AMOUNTS), min_size=1, max_size=3),
        payee=st.sampled_from(PAYEES),
    )
    def bring_one(self, maker, amounts, payee):
        self.bring(maker, amounts, payee)

    def bring(self, maker, amounts, payee):
        self.runs += 1
        day = (self.world.at + timedelta(days=1)).date().isoformat()
        batch_id = self.people.brought(
            *amounts, client=maker, maker_is_person=maker != "erp", message_id=f"RUN-{self.runs}",
            creditor_account=payee, remittance=[f"invoice {self.runs}"], day=day,
        )  # fmt: skip
        told = [
            Paid(one.amount, payee, self.world.at, held=one.hold is not None) for one in self.world.payments(batch_id)
        ]
        self.oracle.batches[batch_id] = Told(maker, told)

    @precondition(lambda self: self.oracle.batches)
    @rule(data=st.data(), held=st.booleans())
    def hold_or_release(self, data, held):
        batch_id = self.some(data, self.batches())
        place = data.draw(st.integers(0, len(self.oracle.batches[batch_id].payments) - 1))
        one = self.oracle.batches[batch_id].payments[place]
        where = approve.Selection(batch_id=batch_id, positions=(place, place + 1))
        with self.world.unit() as work:
            if held:
                work.payments.hold(where, kind="manual", reason="wait", owner="ben")
            else:
                work.holds.lift(where, HoldPolicy(persons=dict.fromkeys(HoldKind, 0)), reason="meant")
            work.commit()
        if one.state == "validated":
            one.held = held

    @precondition(lambda self: self.oracle.batches)
    @rule(data=st.data())
    def look(self, data):
        batch_id = self.some(data, self.batches())
        digest, days = self.now(batch_id)
        if digest is not None:
            self.looks.append((batch_id, digest, (self.oracle.content(batch_id), days)))

    @precondition(lambda self: self.looks)
    @rule(data=st.data(), account=st.sampled_from(NAMES), decision=st.sampled_from(DECISIONS))
    def sign_what_was_seen_before(self, data, account, decision):
        self.sign(data.draw(st.sampled_from(self.looks[-6:])), account, decision)

    @precondition(lambda self: self.oracle.batches)
    @rule(
        data=st.data(),
        signatures=st.lists(
            st.tuples(st.sampled_from(NAMES), st.sampled_from(DECISIONS), st.sampled_from(MEANWHILE)),
            min_size=2,
            max_size=6,
        ),
    )
    def several_sign_while_people_change(self, data, signatures):
        batch_id = self.one_that_waits(data)
        for account, decision, meanwhile in signatures:
            if self.oracle.free(batch_id):
                self.look_and_sign(batch_id, account, decision)
            self.happen(meanwhile, account, decision)

    @precondition(lambda self: self.oracle.batches)
    @rule(
        data=st.data(), order=st.permutations(NAMES),
        meanwhile=st.lists(st.sampled_from(MEANWHILE), min_size=len(NAMES), max_size=len(NAMES)),
    )  # fmt: skip
    def everybody_does_their_duty_while_people_change(self, data, order, meanwhile):
        self.round_of(self.one_that_waits(data), order, meanwhile)

    def round_of(self, batch_id, order, meanwhile=QUIET):
        for decision in (Decision.APPROVE, Decision.RELEASE):
            for account, happens in zip(order, meanwhile, strict=True):
                if self.oracle.free(batch_id):
                    self.look_and_sign(batch_id, account, decision)
                    self.happen(happens, account, decision)
        self.hub_looks(batch_id)

    def happen(self, meanwhile, account, decision):
        if meanwhile == "role":
            self.take_or_give(account, DUTY.get(decision, "approver"))
        elif meanwhile == "link":
            self.link(account, NAMES[NAMES.index(account) - 1])
        elif meanwhile == "days":
            self.world.at += timedelta(days=2)
        elif meanwhile == "lend":
            self.lend(NAMES[NAMES.index(account) - 2], "lena", DUTY.get(decision, "approver"))
        elif meanwhile == "end" and self.oracle.loans:
            self.end_of(self.oracle.loans[-1])

    def one_that_waits(self, data):
        waits = [one for one in self.batches() if self.oracle.free(one)] or self.batches()
        return self.some(data, waits[-3:])

    def look_and_sign(self, batch_id, account, decision):
        if self.turned_away(account, decision):
            return
        digest, days = self.now(batch_id)
        shown = (batch_id, digest or "0" * 64, (self.oracle.content(batch_id), days))
        self.looks.append(shown)
        self.sign(shown, account, decision, days)

    def turned_away(self, account, decision):
        """Whether the door lets an account in for no such thing."""
        duty = DUTY.get(decision, "approver")
        lent = decision is not Decision.BREAK_GLASS and self.oracle.offered(account, duty, self.world.at)
        return duty not in self.oracle.roles[account] and not lent

    def sign(self, shown, account, decision, days=None):
        if self.turned_away(account, decision):
            return
        batch_id, digest, look = shown
        at = self.world.at
        days = self.now(batch_id)[1] if days is None else days
        must_refuse = self.oracle.refuses(batch_id, account, decision, look, at, days)
        needs, split = self.oracle.needs(batch_id, at), self.oracle.split_only(batch_id)
        refusal = None
        try:
            self.lending.sign(batch_id, account, decision, digest=digest, reason="as agreed")
        except (Conflict, Forbidden) as err:
            refusal = err.code
        assert (refusal is not None) == must_refuse, (account, decision, refusal)
        self.seen[refusal or decision.value] += 1
        if refusal is not None:
            return
        told = self.oracle.batches[batch_id]
        right = self.oracle.right(batch_id, account, decision, look, at)
        self.comes_to_a_limit(batch_id, account, decision)
        told.signatures.append(Signature(account, decision, look, at, right))
        self.seen[f"lent {decision.value}"] += right is not None
        moved = self.oracle.free(batch_id)
        if decision is Decision.DECLINE:
            self.reached(moved, "declined")
            return
        approvals, releases, glass = self.oracle.counting(batch_id, look)
        editors = self.oracle.editors(batch_id)
        self.seen["an editor's signature is void"] += any(
            self.oracle.behind(one) & editors for one in self.oracle.signed(batch_id, look)
        )
        if glass >= 2 or (approvals >= needs[0] and releases >= needs[1]):
            self.reached(moved, "approved")
            self.seen["let go by a lent right"] += right is not None
            self.seen["glass" if glass >= 2 else "released" if needs[1] else "approved"] += 1
            self.seen["a third approver for a split"] += glass < 2 and split and needs[0] == 3
            self.seen["renewed, and let go by others"] += any(one.editors for _, one in moved)
            self.went(batch_id, moved, look, at)

    def comes_to_a_limit(self, batch_id, account, decision):
        """Counts signatures after which a limit is used up to the cent."""
        if decision not in (Decision.APPROVE, Decision.RELEASE):
            return
        signed = self.oracle.signed_today(self.oracle.root(account), self.world.at, anew=batch_id)
        self.seen["a person's limit to the cent"] += signed + self.oracle.total(batch_id) == PERSON_LIMIT
        one = self.oracle.free(batch_id)[0][1]
        paid = self.oracle.approved_today(one.payee, self.world.at)
        self.seen["a payee's limit to the cent"] += paid > 0 and paid + self.oracle.total(batch_id) == PAYEE_LIMIT

    def went(self, batch_id, moved, look, at):
        told = self.oracle.batches[batch_id]
        told.went.add(look[0])
        for place, one in moved:
            one.approved = at
            told.days[place] = look[1]

    def reached(self, moved, state):
        for _, one in moved:
            one.state = state

    @precondition(lambda self: self.oracle.batches)
    @rule(data=st.data())
    def the_hub_looks(self, data):
        """Everybody may have signed without a last signature: fewer are needed now, or one counts again."""
        self.hub_looks(self.some(data, self.batches()))

    def hub_looks(self, batch_id):
        at, days = self.world.at, self.now(batch_id)[1]
        goes = self.oracle.goes_by_itself(batch_id, at, days)
        moved, look = self.oracle.free(batch_id), (self.oracle.content(batch_id), days)
        with self.world.unit() as work:
            assert approve.let_go(work, batch_id=batch_id, policy=self.world.policy) == goes
            work.commit()
        if goes:
            self.reached(moved, "approved")
            self.went(batch_id, moved, look, at)
            self.seen["by itself"] += 1

    @precondition(lambda self: self.oracle.batches)
    @rule(data=st.data())
    def schedule(self, data):
        self.schedules(self.some(data, self.batches()))

    def schedules(self, batch_id):
        """What happened to the days is the schedule's to say; that they are those people saw is checked here."""
        self.world.schedule(batch_id)
        told = self.oracle.batches[batch_id]
        for place, payment in enumerate(self.world.payments(batch_id)):
            if told.payments[place].state == "approved":
                assert payment.state in ("scheduled", "expired")
                told.payments[place].state = str(payment.state)
                if payment.state == "scheduled":
                    assert str(payment.value_date) in told.days[place]

    @precondition(lambda self: self.oracle.batches)
    @rule(data=st.data())
    def bank_takes_it(self, data):
        batch_id = self.some(data, self.batches())
        self.force(batch_id, "scheduled", "acknowledged")

    @precondition(lambda self: any(o.state == "expired" for b in self.oracle.batches.values() for o in b.payments))
    @rule(data=st.data(), account=st.sampled_from(NAMES))
    def renew(self, data, account):
        missed = [
            batch_id
            for batch_id, told in self.oracle.batches.items()
            if any(one.state == "expired" for one in told.payments)
        ]
        self.renews(self.some(data, missed), account)

    def renews(self, batch_id, account):
        day = (self.world.at + timedelta(days=1)).date()
        with self.world.unit(actor=account) as work:
            schedule.renew(
                work, batch_id, requested=day, person_id=self.oracle.root(account), reason="still wanted",
                duplicate_days=30,
            )  # fmt: skip
            work.commit()
        for one, payment in zip(self.oracle.batches[batch_id].payments, self.world.payments(batch_id), strict=True):
            if one.state == "expired":
                one.state, one.approved, one.text = "validated", None, one.text + 1
                one.editors.add(account)
            one.held = payment.hold is not None

    @precondition(lambda self: self.oracle.batches)
    @rule(data=st.data())
    def withdraw(self, data):
        batch_id = self.some(data, self.batches())
        told = self.oracle.batches[batch_id]
        open_ones = [one for one in told.payments if one.state in ("validated", "approved", "scheduled")]
        if open_ones and data.draw(st.integers(0, 3)) == 0:
            self.world.withdraw(batch_id, actor="ben", reason="not wanted")
            for one in open_ones:
                one.state = "cancelled"

    @rule(hours=st.sampled_from([1, 5, 24]))
    def time_passes(self, hours):
        self.world.at += timedelta(hours=hours)

    @rule(account=st.sampled_from(NAMES), other=st.sampled_from(NAMES))
    def two_accounts_turn_out_to_be_one_person(self, account, other):
        self.link(account, other)

    def link(self, account, other):
        root, mine = self.oracle.root(other), self.oracle.root(account)
        if mine == root or len(set(map(self.oracle.root, ACCOUNTS))) < 5:
            return
        self.people.link(mine, root)
        for name in ACCOUNTS:
            if self.oracle.root(name) == mine:
                self.oracle.roots[name] = root

    @rule(account=st.sampled_from(NAMES), role=st.sampled_from(["approver", "releaser"]))
    def a_role_is_taken_or_given(self, account, role):
        self.take_or_give(account, role)

    def take_or_give(self, account, role):
        roles = self.oracle.roles[account]
        if role in roles:
            self.people.revoke(account, role)
            roles.remove(role)
            self.oracle.loans = [one for one in self.oracle.loans if (one.giver, one.role) != (account, role)]
        else:
            self.people.grant(account, role)
            roles.add(role)

    @rule(giver=st.sampled_from(NAMES), taker=st.sampled_from(NAMES), role=st.sampled_from(["approver", "releaser"]))
    def somebody_lends_a_role(self, giver, taker, role):
        self.lend(giver, taker, role)

    def lend(self, giver, taker, role):
        if role in self.oracle.roles[giver] and giver != taker:
            self.lending.lend(giver, taker, role, days=LENT_FOR.days)
            self.oracle.loans.append(Loan(giver, taker, role, self.world.at + LENT_FOR))

    @precondition(lambda self: self.oracle.loans)
    @rule(data=st.data())
    def a_loan_ends(self, data):
        self.end_of(data.draw(st.sampled_from(self.oracle.loans)))

    def end_of(self, loan):
        """Every loan of that role between the two."""
        same = (loan.giver, loan.taker, loan.role)
        self.lending.end_between(*same)
        self.oracle.loans = [one for one in self.oracle.loans if (one.giver, one.taker, one.role) != same]

    @invariant()
    def the_hub_stands_where_the_oracle_says(self):
        for batch_id, told in self.oracle.batches.items():
            assert self.world.states(batch_id) == [one.state for one in told.payments]


def test_nothing_goes_past_the_policy_in_any_order(tmp_path):
    place = tmp_path / "hub.db"
    engine = open_engine(sqlite.fresh(place))  # one for all runs: what it compiled for the first serves the others
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))

    class Here(Treasury):
        def make_engine(self):
            for one in tmp_path.iterdir():
                one.unlink()
            sqlite.fresh(place)
            column_keys.read_anew(engine)
            return engine

    for way in WAYS:
        here = Here()
        here.begin(way, PAYEES[1], NAMES)
        here.the_hub_stands_where_the_oracle_says()
        here.teardown()
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=False, derandomize="PAYHUB_LONG" not in os.environ,
        ),
    )  # fmt: skip
    assert set(REACHED) <= set(Treasury.seen), Treasury.seen
