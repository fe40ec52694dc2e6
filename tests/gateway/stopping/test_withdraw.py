"""Withdrawal of single payments: up to the moment their file is staged, and the rest of the file goes on."""

import io
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from banks.errors import Unreachable
from formats.initiation import CreditTransfer
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.lifecycle import FileState
from gateway.domain.ruling import Verdict
from gateway.persistence.tables import approvals, payment_moves
from gateway.scheduling import formatting
from gateway.steps import submit
from tests.gateway.steps.world import ApiBank

EXAMPLES = 40
RUNS = count(1)


def ids(world, batch):
    return [one.id for one in world.payments(batch)]


def references(content):
    """The references of the payments in a bank file, in order."""
    return [
        (one.instruction_id, one.end_to_end_id)
        for one in formatting.read_initiation(io.BytesIO(content))
        if isinstance(one, CreditTransfer)
    ]


def stored(world, file_id):
    with world.unit() as unit:
        return unit.vault.get(unit.files.get(file_id).sha256)


def unreachable(_outbound):
    raise Unreachable("the line is down")


@pytest.mark.parametrize("until", ["take", "validate", "approve", "schedule"])
def test_one_payment_is_withdrawn_before_its_file_is_built(world, until):
    batch = world.take("7.00", "8.00")
    for step in ("validate", "approve", "schedule"):
        if until == "take":
            break
        getattr(world, step)(batch)
        if step == until:
            break
    first, second = ids(world, batch)
    came = world.withdraw(batch, [first])
    assert (came.cancelled, came.kept) == (1, ())
    after = {one.id: str(one.state) for one in world.payments(batch)}
    assert after[first] == "cancelled"
    assert after[second] not in ("cancelled", "declined")


def test_the_rest_of_a_built_file_goes_on_in_a_new_one_without_a_new_approval(world):
    batch, file = world.built("7.00", "8.00", "9.00")
    before = references(stored(world, file))
    agreed = world.count(approvals)
    came = world.withdraw(batch, [ids(world, batch)[1]])
    assert (came.cancelled, came.kept) == (1, ())
    assert (world.file(file).state, world.states(batch)) == (
        FileState.WITHDRAWN, ["scheduled", "cancelled", "scheduled"],
    )  # fmt: skip
    (second,) = world.generate(batch)
    assert second != file, "another message, so another MsgId"
    assert references(stored(world, second)) == [before[0], before[2]], "the references stay"
    assert world.submit(second) is submit.Next.NOTHING
    assert world.submit(file) is submit.Next.NOTHING
    assert [name for name, _ in world.bank.received] == [world.file(second).name]
    assert world.states(batch) == ["submitted", "cancelled", "submitted"]
    assert world.count(approvals) == agreed


def test_what_was_withdrawn_is_one_move_of_its_own(world):
    batch, _ = world.built("7.00", "8.00")
    first, second = ids(world, batch)
    world.withdraw(batch, [first])
    with world.engine.connect() as connection:
        rows = connection.execute(select(payment_moves).order_by(payment_moves.c.payment_id, payment_moves.c.version))
        moves = [(row.payment_id, row.source, row.target) for row in rows]
    assert [one for one in moves if one[0] == first][-1] == (first, "generated", "cancelled")
    assert [one for one in moves if one[0] == second][-1] == (second, "generated", "scheduled")


def test_files_without_a_withdrawn_payment_stay_as_they_are(world):
    world.routes[world.bank_name] = tuple(
        one.__class__(**{name: getattr(one, name) for name in one.__dataclass_fields__} | {"transactions_max": 2})
        for one in world.routes[world.bank_name]
    )
    batch = world.take("1.00", "2.00", "3.00", "4.00")
    world.validate(batch)
    world.approve(batch)
    world.schedule(batch)
    first, second = world.generate(batch)
    world.withdraw(batch, [ids(world, batch)[0]])
    assert [world.file(one).state for one in (first, second)] == [FileState.WITHDRAWN, FileState.GENERATED]
    (third,) = world.generate(batch)
    assert len({first, second, third}) == 3
    assert world.states(batch) == ["cancelled", "generated", "generated", "generated"]


def test_taking_payments_out_again_and_again_never_meets_an_id_of_before(world):
    batch, file = world.built("1.00", "2.00", "3.00", "4.00")
    seen = [file]
    for one in ids(world, batch)[:0:-1]:
        world.withdraw(batch, [one])
        seen += world.generate(batch)
    assert len(set(seen)) == 4
    assert world.submit(seen[-1]) is submit.Next.NOTHING
    assert world.states(batch) == ["submitted", "cancelled", "cancelled", "cancelled"]


def test_the_last_payment_of_a_file_takes_the_file_with_it(world):
    batch, file = world.built("1.00")
    world.withdraw(batch, ids(world, batch))
    assert (world.file(file).state, world.states(batch)) == (FileState.WITHDRAWN, ["cancelled"])
    assert world.generate(batch) == []


def test_what_has_left_stays_and_the_answer_says_what_to_do(world):
    batch, _ = world.sent("1.00", "2.00")
    with pytest.raises(Conflict) as refused:
        world.withdraw(batch, ids(world, batch)[:1])
    assert "only a recall can stop it" in refused.value.message


def test_a_file_that_people_sent_again_on_their_word_is_not_taken_apart(world):
    world.bank = ApiBank()
    batch, file = world.in_doubt("1.00", "2.00")
    world.decided(file, Verdict.SEND_AGAIN)
    world.bank.stage = unreachable
    world.submit(file)
    assert world.file(file).state is FileState.GENERATED
    with pytest.raises(Conflict):
        world.withdraw(batch, ids(world, batch)[:1])
    assert world.states(batch) == ["generated", "generated"], "the bank may hold it: only the same file may go again"
    assert world.withdraw(batch).cancelled == 2, "as a whole it may still be withdrawn"


def test_a_payment_of_another_batch_is_not_withdrawn_on_the_side(world):
    batch, other = world.take("1.00"), world.take("2.00", message_id="RUN-2")
    with pytest.raises(NotFound):
        world.withdraw(batch, ids(world, other))
    assert (world.states(batch), world.states(other)) == (["received"], ["received"])


def test_a_withdrawn_payment_changes_what_waits_so_that_earlier_approvals_lapse(hub):
    batch = hub.take("1.00", "2.00")
    hub.validate(batch)
    hub.approve(batch, "anna")
    hub.withdraw(batch, ids(hub, batch)[:1])
    hub.approve(batch, "ben")
    assert hub.states(batch) == ["cancelled", "validated"]


ACTS = st.lists(
    st.tuples(st.sampled_from(["withdraw", "stop", "release", "generate", "submit"]), st.integers(1, 7)), max_size=10
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_in_any_order_each_payment_ends_one_way(hub, acts):
    run = f"RUN-{next(RUNS)}"
    batch, file = hub.built("1.00", "2.00", "3.00", message_id=run, remittance=run)
    names, files, cancelled = ids(hub, batch), [file], set()
    for act, which in [*acts, ("release", 7), ("generate", 7), ("submit", 7)]:
        chosen = [name for number, name in enumerate(names) if which >> number & 1]
        try:
            if act == "withdraw":
                hub.withdraw(batch, chosen)
            elif act == "stop":
                hub.stop(batch, chosen)
            elif act == "release":
                hub.release(batch)
            elif act == "generate":
                files += hub.generate(batch)
            else:
                hub.submit(files[-1])
        except Conflict:
            continue
        now = {one.id: str(one.state) for one in hub.payments(batch)}
        assert {name for name in cancelled if now[name] != "cancelled"} == set()
        cancelled = {name for name in names if now[name] == "cancelled"}
    for one in files:
        hub.submit(one)
    received = {name for name, _ in hub.bank.received}
    sent = [pair[0] for one in files if hub.file(one).name in received for pair in references(stored(hub, one))]
    assert sorted(sent) == sorted(set(names) - cancelled), "each payment reached the bank once, or was withdrawn"
    assert {str(one.state) for one in hub.payments(batch)} <= {"submitted", "cancelled"}
