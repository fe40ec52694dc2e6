"""Two transactions that really overlap, on PostgreSQL: nothing is approved by nobody, brought twice or paid twice."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway import outcomes
from gateway.domain.approval import Decision
from gateway.domain.cutoff import OnLate
from gateway.domain.errors import Conflict, HubError
from gateway.domain.lifecycle import FileState, State
from gateway.domain.ruling import Verdict
from gateway.persistence import documents
from gateway.persistence.documents import Documents
from gateway.persistence.payments import Payments
from gateway.persistence.tables import batches, breaks, payments
from gateway.steps import approve, schedule, submit
from gateway.stopping import hold, withdraw
from tests.gateway.steps.test_reconcile import booking, statement
from tests.gateway.steps.test_reconcile import hear as booked
from tests.gateway.steps.world import Crash, of, report

WAIT_S = 20
LOOKS_MAX = 2_000


def beside(act):
    """Runs ``act`` in a thread of its own; gives a function that waits for it and says what came of it."""
    outcome = []

    def run():
        try:
            outcome.append(act())
        except (HubError, SQLAlchemyError, AssertionError) as err:
            outcome.append(err)

    thread = threading.Thread(target=run)
    thread.start()

    def result():
        thread.join(WAIT_S)
        assert outcome, "the other transaction never ended"
        return outcome[0]

    result.alive = thread.is_alive
    return result


def test_two_people_who_approve_at_the_same_moment_both_count(crowd):
    batch = crowd.take("100.00")
    crowd.validate(batch)
    with crowd.unit() as work:
        crowd.decide_in(work, batch, "anna")
        other = beside(lambda: crowd.do(lambda second: crowd.decide_in(second, batch, "ben")))
        work.commit()
    other()
    assert crowd.states(batch) == ["approved"]


def test_one_who_declines_while_another_gives_the_last_approval_gets_a_clear_answer(crowd):
    batch = crowd.take("100.00")
    crowd.validate(batch)
    crowd.approve(batch, "anna")
    with crowd.unit() as work:
        crowd.decide_in(work, batch, "ben")
        other = beside(lambda: crowd.do(lambda second: crowd.decide_in(second, batch, "eve", Decision.DECLINE)))
        work.commit()
    assert isinstance(other(), Conflict)
    assert crowd.states(batch) == ["approved"]


def test_a_hold_lifted_while_somebody_approves_makes_the_approval_stale(crowd):
    batch = crowd.take("100.00", "100.00", creditor="Payee")
    crowd.validate(batch)
    held = next(one for one in crowd.payments(batch) if one.hold)
    crowd.approve(batch, "anna")
    with crowd.unit() as shown:
        digest = approve.standing(shown, batch, crowd.policy).digest
    with crowd.unit() as work:
        crowd.release_in(work, batch, "ben", [held.id])
        crowd.release_in(work, batch, "cleo", [held.id])
        other = beside(lambda: crowd.do(lambda second: crowd.decide_in(second, batch, "eve", digest=digest)))
        work.commit()
    answer = other()
    assert isinstance(answer, Conflict)
    assert answer.code == "approval.stale_digest"
    assert crowd.states(batch) == ["validated"] * 2


def test_the_same_person_deciding_twice_at_once_counts_once(crowd):
    batch = crowd.take("100.00")
    crowd.validate(batch)
    with crowd.unit() as work:
        crowd.decide_in(work, batch, "anna")
        other = beside(lambda: crowd.do(lambda second: crowd.decide_in(second, batch, "anna")))
        work.commit()
    assert isinstance(other(), Conflict)
    assert crowd.states(batch) == ["validated"]


def test_one_message_id_brought_twice_at_once_becomes_one_batch(crowd):
    with crowd.unit() as work:
        crowd.take("100.00", work=work)
        other = beside(lambda: crowd.take("100.00", "5.00"))
        work.commit()
    refused = other()
    assert isinstance(refused, Conflict)
    assert refused.code == "intake.message_id_used"
    assert (crowd.count(batches), crowd.count(payments)) == (1, 1)


def test_equal_payments_checked_at_the_same_moment_are_not_both_free(crowd):
    first, second = crowd.take("100.00", message_id="A"), crowd.take("100.00", message_id="B")
    with crowd.unit() as work:
        crowd.validate_in(work, second)
        other = beside(lambda: crowd.validate(first))
        work.commit()
    assert not isinstance(other(), Exception)
    assert sum(1 for batch in (first, second) for one in crowd.payments(batch) if one.hold) == 1


def test_an_equal_payment_stored_late_under_an_earlier_id_is_held(crowd):
    with crowd.unit() as slow:
        early = crowd.take("100.00", message_id="A", work=slow)
        late = crowd.take("100.00", message_id="B")
        crowd.validate(late)
        assert early < late
        slow.commit()
    crowd.validate(early)
    assert [one.hold for one in crowd.payments(early)] == ["duplicate"]
    assert [one.hold for one in crowd.payments(late)] == [None]


def test_a_withdrawal_while_the_file_is_built_wins_or_loses_as_a_whole(crowd):
    batch = crowd.take("100.00", "7.00")
    crowd.validate(batch)
    crowd.approve(batch)
    crowd.schedule(batch)
    with crowd.unit() as work:
        withdraw.withdraw(work, batch_id=batch, actor="anna", reason="wrong month")
        other = beside(lambda: crowd.generate(batch))
        work.commit()
    other()
    assert crowd.states(batch) == ["cancelled"] * 2
    assert crowd.generate(batch) == []


def test_a_file_that_was_built_is_withdrawn_unless_it_is_being_moved_at_that_moment(crowd):
    batch, file = crowd.built("100.00")
    with crowd.unit() as work:
        attempt = work.files.begin_attempt(work.files.get(file), attempt_id=work.new_id(), fence=1, worker="w")
        crowd.bank.staged[attempt.staging_name] = b""
        work.files.staged(attempt)
        outcomes.stand_staged(work, work.files.get(file))
        other = beside(lambda: crowd.do(withdraw.withdraw, batch_id=batch, actor="anna", reason="late"))
        assert isinstance(other(), Conflict), "it does not wait for the worker, who may wait for the batch"
        work.commit()
    assert crowd.states(batch) == ["generated"]
    assert crowd.submit(file) is submit.Next.NOTHING
    assert crowd.states(batch) == ["submitted"]


def test_a_worker_that_stages_a_file_while_it_is_withdrawn_loses(crowd):
    batch, file = crowd.built("100.00")
    claim = crowd.claim("file", file, "w")
    with crowd.unit() as work:
        withdraw.withdraw(work, batch_id=batch, actor="anna", reason="wrong month")
        other = beside(lambda: crowd.submit(file, claim))
        while not crowd.bank.staged:
            assert other.alive(), "the worker stages, and then waits for the withdrawal"
        work.commit()
    assert isinstance(other(), Conflict)
    assert (crowd.states(batch), crowd.bank.received) == (["cancelled"], [])
    assert crowd.submit(file, claim) is submit.Next.NOTHING
    assert crowd.bank.staged == {}, "and its copy is taken away"


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(8))
def test_withdrawals_racing_with_workers_end_each_payment_one_way(crowd, round_):
    """Several files and batches at once, on a bank that is slow by turns: nobody waits for ever."""
    built = [crowd.built(f"{number}.01", f"{number}.02", message_id=f"M-{number}") for number in range(1, 4)]
    runs = []
    for turn, (batch, file) in enumerate(built):
        claim = crowd.claim("file", file, f"w{turn}")
        carry = beside(lambda file=file, claim=claim: crowd.submit(file, claim))
        call = beside(lambda batch=batch: crowd.do(withdraw.withdraw, batch_id=batch, actor="anna", reason="stop"))
        late = beside(lambda batch=batch: crowd.do(lambda work: crowd.generate_in(work, batch)))
        runs += [carry, call, late] if (turn + round_) % 2 else [call, carry, late]
    for run in runs:
        answer = run()
        assert not isinstance(answer, SQLAlchemyError | AssertionError), answer
    for batch, file in built:
        crowd.submit(file, crowd.claim("file", file, "last"))
        states = set(crowd.states(batch))
        held = crowd.bank.holds(crowd.file(file).name)
        assert states == ({"submitted"} if held else {"cancelled"})
    assert crowd.bank.staged == {}


def test_two_people_who_release_a_hold_at_the_same_moment_see_each_other(crowd):
    batch = crowd.take("100.00", "100.00", creditor="Payee")
    crowd.validate(batch)
    with crowd.unit() as work:
        crowd.release_in(work, batch, "anna")
        other = beside(lambda: crowd.do(lambda second: crowd.release_in(second, batch, "ben")))
        work.commit()
    assert other().released == 1


def test_one_person_who_releases_a_hold_twice_at_once_counts_once(crowd):
    batch = crowd.take("100.00", "100.00", creditor="Payee")
    crowd.validate(batch)
    with crowd.unit() as work:
        crowd.release_in(work, batch, "anna")
        other = beside(lambda: crowd.do(lambda second: crowd.release_in(second, batch, "anna")))
        work.commit()
    assert isinstance(other(), Conflict)
    assert [one.hold for one in crowd.payments(batch)] == [None, "duplicate"]


def test_a_payment_held_while_its_file_is_staged_stays_out_of_it(crowd):
    batch, file = crowd.built("1.00", "2.00")
    first = crowd.payments(batch)[0].id
    claim = crowd.claim("file", file, "w")
    with crowd.unit() as work:
        hold.put(work, batch_id=batch, payment_ids=[first], person_id="anna", reason="the payee called")
        other = beside(lambda: crowd.submit(file, claim))
        while not crowd.bank.staged:
            assert other.alive(), "the worker stages, and then waits for the hold"
        work.commit()
    assert isinstance(other(), Conflict)
    assert crowd.submit(file, claim) is submit.Next.NOTHING
    (second,) = crowd.generate(batch)
    assert crowd.submit(second) is submit.Next.NOTHING
    assert crowd.states(batch) == ["scheduled", "submitted"]
    assert [name for name, _ in crowd.bank.received] == [crowd.file(second).name]


def test_a_worker_that_builds_a_file_is_waited_for_by_whoever_withdraws_a_payment(crowd):
    """And the other way round: both lock the work row first, so that nobody sees half a file."""
    batch = crowd.take("1.00", "2.00")
    crowd.validate(batch)
    crowd.approve(batch)
    crowd.schedule(batch)
    first = crowd.payments(batch)[0].id
    claim = crowd.claim("batch", batch, "w")
    with crowd.unit(claim=claim) as work:
        (file,) = crowd.generate_in(work, batch)
        other = beside(lambda: crowd.withdraw(batch, [first]))
        work.commit()
    assert other().cancelled == 1
    assert crowd.file(file).state == "withdrawn"
    assert crowd.states(batch) == ["cancelled", "scheduled"]


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(8))
def test_single_withdrawals_racing_with_workers_end_each_payment_one_way(crowd, round_):
    built = [crowd.built(f"{number}.01", f"{number}.02", message_id=f"M-{number}") for number in range(1, 4)]
    runs = []
    for turn, (batch, file) in enumerate(built):
        first = crowd.payments(batch)[0].id
        claim, build = crowd.claim("file", file, f"w{turn}"), crowd.claim("batch", batch, f"b{turn}")
        carry = beside(lambda file=file, claim=claim: crowd.submit(file, claim))
        call = beside(lambda batch=batch, first=first: crowd.withdraw(batch, [first]))
        late = beside(lambda batch=batch, build=build: build_under(crowd, batch, build))
        runs += [carry, call, late] if (turn + round_) % 2 else [call, carry, late]
    for run in runs:
        answer = run()
        assert not isinstance(answer, SQLAlchemyError | AssertionError), answer
    for batch, file in built:
        again = crowd.generate(batch)
        for one in (file, *(found.id for found in files_of(crowd, batch)), *again):
            crowd.submit(one, crowd.claim("file", one, "last"))
        first, second = (str(one.state) for one in crowd.payments(batch))
        assert second == "submitted"
        names = [crowd.file(one.id).name for one in files_of(crowd, batch)]
        received = [name for name, _ in crowd.bank.received if name in names]
        assert len(received) == 1, "the other payment left once, in one file or in the other"
        assert (first == "submitted") == (received == [crowd.file(file).name])
        assert first in ("submitted", "cancelled")
    assert crowd.bank.staged == {}


def build_under(crowd, batch, claim):
    with crowd.unit(claim=claim) as work:
        built = crowd.generate_in(work, batch)
        work.commit()
    return built


def files_of(crowd, batch):
    with crowd.unit() as work:
        return work.files.find(batch_id=batch)


def test_two_people_who_rule_at_the_same_moment_see_each_other(crowd):
    batch, file = crowd.in_doubt("100.00")
    with crowd.unit() as work:
        crowd.rule_in(work, file, "anna", Verdict.ARRIVED)
        other = beside(lambda: crowd.rule(file, "ben", Verdict.ARRIVED))
        work.commit()
    assert len(other()) == 2
    assert crowd.states(batch) == ["submitted"]


def test_what_misses_its_cut_off_while_a_new_day_is_asked_for_gets_that_day_too_or_waits(crowd, monkeypatch):
    crowd.every_cutoff(on_late=OnLate.ASK)
    batch = crowd.take("1.00", "2.00")
    crowd.validate(batch)
    crowd.approve(batch)
    crowd.schedule(batch)
    first, second = crowd.payments(batch)
    crowd.at = crowd.at.replace(hour=20)
    crowd.do(lambda work: work.payments.move(only(work, batch, first), State.SCHEDULED, State.EXPIRED, **MISSED))
    claim, rewritten, go = crowd.claim("batch", batch, "w"), threading.Event(), threading.Event()
    rewrite = Payments.rewrite

    def slowly(self, rows, state):
        count = rewrite(self, rows, state)
        rewritten.set()
        assert go.wait(WAIT_S)
        return count

    monkeypatch.setattr(Payments, "rewrite", slowly)
    day = crowd.at.date() + timedelta(days=2)
    asked = {"requested": day, "person_id": "mia", "reason": "still wanted", "duplicate_days": 30}
    with crowd.unit(claim=claim) as work:
        work.payments.move(only(work, batch, second), State.SCHEDULED, State.EXPIRED, **MISSED)
        other = beside(lambda: crowd.do(schedule.renew, batch, **asked))
        rewritten.wait(1)
        work.commit()
    go.set()
    assert not isinstance(other(), Exception)
    renewed = [one for one in crowd.payments(batch) if one.state is State.VALIDATED]
    assert renewed
    assert all(one.requested_date == day and day.isoformat() in one.content for one in renewed)


MISSED = {"step": "schedule", "reason": "its window closed"}


def only(work, batch_id, payment):
    """A selection of one payment."""
    mark = work.new_id()
    work.payments.mark(mark, [payment.id])
    return replace(of(batch_id), marked=mark)


def test_evidence_that_comes_while_the_second_person_rules_wins(crowd):
    batch, file = crowd.in_doubt("100.00")
    crowd.rule(file, "anna", Verdict.GIVE_UP)
    with crowd.unit() as work:
        outcomes.arrived(work, work.files.get(file), reason="a report names it", answer_within=timedelta(hours=1))
        other = beside(lambda: crowd.rule(file, "ben", Verdict.GIVE_UP, version=crowd.file(file).version))
        work.commit()
    assert isinstance(other(), Conflict)
    assert crowd.states(batch) == ["submitted"]


@pytest.mark.parametrize("act", ["publish", "look"])
def test_a_booking_that_is_read_while_its_file_is_handed_over_or_looked_for_wins(crowd, act):
    batch, file = crowd.built("100.00")
    if act == "look":
        crowd.bank.script = [None, "crash-after"]
        with pytest.raises(Crash):
            crowd.submit(file)
    at_the_bank, go, usual = threading.Event(), threading.Event(), getattr(crowd.bank, act)

    def slow(outbound):
        came = usual(outbound)
        at_the_bank.set()
        assert go.wait(WAIT_S)
        return came

    setattr(crowd.bank, act, slow)
    other = beside(lambda: crowd.submit(file))
    assert at_the_bank.wait(WAIT_S)
    booked(crowd, statement(crowd, booking(crowd.payments(batch)[0]), closing="900.00"))
    go.set()
    assert isinstance(other(), Conflict), "what it found out is written down already"
    setattr(crowd.bank, act, usual)
    assert crowd.submit(file) is submit.Next.NOTHING
    assert (crowd.states(batch), crowd.file(file).state) == (["reconciled"], "submitted")
    assert (len(crowd.bank.received), crowd.outcomes(file), crowd.count(breaks)) == (1, ["delivered"], 0)


def test_an_arrival_that_is_written_down_while_its_booking_is_read_is_seen_by_the_booking(crowd):
    batch, file = crowd.built("100.00")
    crowd.bank.script = [None, "crash-after"]
    with pytest.raises(Crash):
        crowd.submit(file)
    day = statement(crowd, booking(crowd.payments(batch)[0]), closing="900.00")
    with crowd.unit() as work:
        outcomes.arrived(work, work.files.get(file), reason="a look shows it", answer_within=timedelta(hours=1))
        other = beside(lambda: booked(crowd, day))
        wait_for_a_lock(crowd)
        work.commit()
    assert not isinstance(other(), Exception)
    assert (crowd.states(batch), crowd.evidence(file), crowd.count(breaks)) == (["reconciled"], [], 0)


def wait_for_a_lock(crowd):
    """Until a transaction waits for another one."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    for _ in range(LOOKS_MAX):
        with crowd.engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
    raise AssertionError("nobody waits")


@pytest.fixture
def looked(monkeypatch):
    """Set once somebody has looked how the bank's answers meet the payments."""
    looked, groups = threading.Event(), Documents.answer_groups

    def look(self, document_id):
        found = groups(self, document_id)
        looked.set()
        return found

    monkeypatch.setattr(Documents, "answer_groups", look)
    return looked


def test_a_refusal_that_is_read_beside_an_acceptance_is_not_forgotten(crowd, looked):
    batch, file = crowd.built("100.00", "7.00")
    assert crowd.submit(file) is submit.Next.NOTHING
    with crowd.unit() as work:
        crowd.hear_in(work, report(file, "ACSP"))
        looked.clear()
        other = beside(lambda: crowd.hear(report(file, "RJCT", reasons=("MS03",)), name="later.xml"))
        assert not looked.wait(1), "it waits until the first answer is applied"
        work.commit()
    assert not isinstance(other(), Exception)
    assert crowd.states(batch) == ["rejected"] * 2


def test_an_answer_about_payments_that_move_at_that_moment_is_judged_anew(crowd, looked):
    batch, file = crowd.built("100.00", "7.00")
    assert crowd.submit(file) is submit.Next.NOTHING
    refused = report(file, "RJCT", reasons=("MS03",))
    with crowd.unit() as work:
        work.payments.move(of(batch), State.SUBMITTED, State.SETTLED, step="reconcile", reason="booked")
        other = beside(lambda: crowd.hear(refused))
        assert looked.wait(WAIT_S)
        work.commit()
    assert isinstance(other(), Conflict)
    crowd.hear(refused, name="again.xml")
    assert crowd.states(batch) == ["settled"] * 2
    assert any("after it had booked" in note for note in crowd.notes())


def test_one_document_of_a_bank_is_applied_at_a_time(crowd, monkeypatch):
    with crowd.unit() as work:
        work.documents.take_turn("alpenbank")
        other = beside(lambda: crowd.do(lambda second: second.documents.take_turn("alpenbank")))
        elsewhere = beside(lambda: crowd.do(lambda third: third.documents.take_turn("nordbank")))
        assert not isinstance(elsewhere(), Exception), "another bank's documents wait for nothing"
        assert other.alive()
        monkeypatch.setattr(documents, "TURN_WAIT_MS", 50)
        tired = beside(lambda: crowd.do(lambda fourth: fourth.documents.take_turn("alpenbank")))
        assert isinstance(tired(), Conflict), "nobody waits for long in the queue"
        work.commit()
    assert not isinstance(other(), Exception)


def blocked(world):
    """Waits until somebody waits for somebody's rows."""
    query = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    for _ in range(WAIT_S * 20):
        with world.engine.connect() as connection:
            if connection.execute(query).scalar_one():
                return
        threading.Event().wait(0.05)
    raise AssertionError("nobody waits")


def test_a_booking_read_while_a_look_finds_the_file_waits_its_turn(crowd):
    batch, file = crowd.in_doubt("100.00")
    message = statement(crowd, booking(crowd.payments(batch)[0]))
    with crowd.unit() as work:
        work.files.move(work.files.get(file), FileState.SUBMITTED, step="submit", reason="it is there", client_id="erp")
        other = beside(lambda: booked(crowd, message))
        blocked(crowd)
        work.payments.move(of(batch), State.IN_DOUBT, State.SUBMITTED, step="submit", reason="it is there")
        work.commit()
    assert not isinstance(other(), Exception)
    assert crowd.states(batch) == ["settled"]
