"""Acknowledge: a duplicate answer never un-accepts (P3), and what is not understood moves nothing (P7)."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from formats.status_report import PaymentStatus
from gateway.domain.lifecycle import FileState
from gateway.persistence.tables import files, payments
from tests import sqlite
from tests.databases import open_engine
from tests.gateway.steps.world import World, about, block, report


def test_an_acceptance_of_the_file_reaches_every_payment(world):
    batch, file = world.sent("1.00", "2.00")
    world.hear(report(file, "ACCP"))
    assert world.states(batch) == ["acknowledged"] * 2
    assert world.file(file).state is FileState.ACKNOWLEDGED


def test_a_payment_refused_in_an_accepted_file_is_the_only_one_refused(world):
    batch, file = world.sent("1.00", "2.00")
    first, _ = world.payments(batch)
    world.hear(report(file, "ACCP", payments=[about(first.id, "RJCT", "AC04")]))
    assert world.states(batch) == ["rejected", "acknowledged"]


def test_a_file_refused_as_a_whole_is_refused_with_its_payments(world):
    batch, file = world.sent("1.00", "2.00")
    world.hear(report(file, "RJCT", reasons=["FF01"]))
    assert world.states(batch) == ["rejected"] * 2
    assert world.file(file).state is FileState.REFUSED


@pytest.mark.parametrize(
    ("first", "then"), [(("ACSC", "ACCP"), "ACSC"), (("ACCP", None), "ACCP"), (("RCVD", "ACSP"), "ACSP")]
)
def test_what_an_answer_makes_of_some_payments_may_be_what_others_were_already(world, first, then):
    batch, file = world.sent("1.00", "2.00")
    told = [about(one.id, status) for one, status in zip(world.payments(batch), first, strict=True) if status]
    world.hear(report(file, payments=told))
    assert world.hear(report(file, then)).state == "processed"
    assert [one.iso_status for one in world.payments(batch)] == [then] * 2
    assert world.states(batch) == ["acknowledged"] * 2


@pytest.mark.parametrize("code", ["DUPL", "AM05", "DU01"])
def test_a_second_copy_refused_for_the_whole_file_un_accepts_nothing(hub, code):
    batch, file = hub.sent("1.00", "2.00")
    hub.hear(report(file, "ACCP"))
    hub.hear(report(file, "RJCT", reasons=[code]))
    assert hub.states(batch) == ["acknowledged"] * 2
    assert any("second copy" in note for note in hub.notes())


@pytest.mark.parametrize("code", ["DUPL", "AM05", "DU01"])
def test_a_second_copy_refused_before_the_first_was_answered_un_accepts_nothing(hub, code):
    batch, file = hub.sent("1.00")
    hub.hear(report(file, "RJCT", reasons=[code]))
    assert hub.states(batch) == ["submitted"]


@pytest.mark.parametrize("level", ["transaction", "block"])
def test_a_second_copy_refused_at_a_lower_level_un_accepts_nothing(hub, level):
    batch, file = hub.sent("1.00")
    (one,) = hub.payments(batch)
    hub.hear(report(file, "ACCP"))
    single, whole = [about(one.id, "RJCT", "AM05")], [block(file, "RJCT", "DUPL")]
    hub.hear(report(file, payments=single) if level == "transaction" else report(file, batches=whole))
    assert hub.states(batch) == ["acknowledged"]


def test_the_reason_that_says_duplicate_counts_wherever_it_stands(hub):
    batch, file = hub.sent("1.00")
    hub.hear(report(file, "ACCP"))
    hub.hear(report(file, "RJCT", reasons=["NARR", "DUPL"]))
    assert hub.states(batch) == ["acknowledged"]


@pytest.mark.parametrize("status", ["WXYZ", "ACCEPTED-BY-US", "rjct"])
def test_an_unknown_status_moves_nothing_and_is_told(world, status):
    batch, file = world.sent("1.00")
    (one,) = world.payments(batch)
    ended = world.hear(report(file, status, payments=[about(one.id, status)], batches=[block(file, status)]))
    assert (ended.state, world.states(batch)) == ("processed", ["submitted"])
    assert world.file(file).state is FileState.SUBMITTED
    assert any("unknown status" in note for note in world.notes())


def test_a_report_about_a_file_that_is_not_ours_is_set_aside(hub):
    batch, _ = hub.sent("1.00")
    assert hub.hear(report("NOT-OURS", "RJCT")).state == "quarantined"
    assert hub.hear(report(None, "RJCT")).state == "quarantined"
    assert hub.states(batch) == ["submitted"]


def test_a_bank_cannot_answer_for_another_bank_s_file(hub):
    batch, file = hub.sent("1.00")
    assert hub.hear(report(file, "RJCT"), bank="nordbank").state == "quarantined"
    assert hub.states(batch) == ["submitted"]


def test_a_report_about_a_file_nobody_began_to_send_is_set_aside(hub):
    batch, file = hub.built("1.00")
    assert hub.hear(report(file, "ACCP")).state == "quarantined"
    assert hub.states(batch) == ["generated"]


def test_a_payment_of_another_file_named_in_a_report_stays_where_it_is(hub):
    hub.routes["alpenbank"] = tuple(_one_a_file(one) for one in hub.routes["alpenbank"])
    batch = hub.take("1.00", "2.00")
    hub.validate(batch)
    hub.approve(batch)
    hub.schedule(batch)
    first, second = hub.generate(batch)
    hub.submit(first)
    hub.submit(second)
    stranger = next(one for one in hub.payments(batch) if one.file_id == second)
    hub.hear(report(first, payments=[about(stranger.id, "RJCT", "AC01")]))
    assert hub.states(batch) == ["submitted"] * 2
    assert hub.file(first).state is FileState.SUBMITTED


def _one_a_file(route):
    return replace(route, transactions_max=1)


@pytest.mark.parametrize("instruction", ["x", "9" * 35, None])
def test_a_payment_named_by_a_reference_that_is_not_ours_is_found_by_its_end_to_end_id(world, instruction):
    batch, file = world.sent("1.00", "2.00")
    said = PaymentStatus(instruction_id=instruction, end_to_end_id="RUN-1-2", status="RJCT", status_level="transaction")
    world.hear(report(file, payments=[said]))
    assert world.states(batch) == ["submitted", "rejected"]


def test_a_reference_longer_than_ours_names_nobody(world):
    batch, file = world.sent("1.00")
    (one,) = world.payments(batch)
    world.hear(report(file, payments=[about(one.id + "-and-more", "RJCT")]))
    assert world.states(batch) == ["submitted"]


def test_a_reference_that_fits_two_payments_is_no_answer(hub):
    batch, file = hub.sent("1.00", "2.00", end_to_end_id="SAME")
    hub.hear(report(file, payments=[PaymentStatus(end_to_end_id="SAME", status="RJCT", status_level="transaction")]))
    assert hub.states(batch) == ["submitted"] * 2


def test_a_late_lower_status_is_history(hub):
    batch, file = hub.sent("1.00")
    hub.hear(report(file, "ACSC"))
    hub.hear(report(file, "ACTC"))
    (one,) = hub.payments(batch)
    assert (one.state, one.iso_status) == ("acknowledged", "ACSC")


def test_the_same_report_twice_changes_nothing(hub):
    batch, file = hub.sent("1.00")
    hub.hear(report(file, "ACCP"))
    before = hub.payments(batch)
    hub.hear(report(file, "ACCP"))
    assert [one.version for one in hub.payments(batch)] == [one.version for one in before]


def test_a_partly_accepted_file_leaves_the_unlisted_where_they_are(hub):
    batch, file = hub.sent("1.00", "2.00")
    first, _ = hub.payments(batch)
    hub.hear(report(file, "PART", payments=[about(first.id, "RJCT", "AC04")]))
    assert hub.states(batch) == ["rejected", "submitted"]


def test_a_bank_that_reports_exceptions_only_accepts_the_unlisted(hub):
    batch, file = hub.sent("1.00", "2.00")
    first, _ = hub.payments(batch)
    hub.hear(report(file, "PART", payments=[about(first.id, "RJCT", "AC04")]), part_unlisted_accepted=True)
    assert hub.states(batch) == ["rejected", "acknowledged"]


def test_a_first_acceptance_can_become_a_refusal(hub):
    batch, file = hub.sent("1.00")
    hub.hear(report(file, "ACTC"))
    hub.hear(report(file, "RJCT", reasons=["AC06"]))
    assert hub.states(batch) == ["rejected"]
    assert hub.file(file).state is FileState.REFUSED


@pytest.mark.parametrize("before", ["sent", "acknowledged", "in_doubt"])
def test_the_bank_cancels_at_our_request(hub, before):
    batch, file = hub.in_doubt("1.00") if before == "in_doubt" else hub.sent("1.00")
    if before == "acknowledged":
        hub.hear(report(file, "ACCP"))
    hub.hear(report(file, "CANC"))
    assert hub.states(batch) == ["cancelled"]


@pytest.mark.parametrize(("status", "state"), [("ACCP", "acknowledged"), ("RJCT", "rejected")])
def test_an_answer_ends_a_doubt(world, status, state):
    batch, file = world.in_doubt("1.00")
    world.hear(report(file, status))
    assert world.states(batch) == [state]
    assert world.evidence(file) == ["answer"]


def test_an_answer_about_one_payment_ends_the_doubt_about_all_of_its_file(world):
    batch, file = world.in_doubt("1.00", "2.00")
    first, _ = world.payments(batch)
    world.hear(report(file, "PART", payments=[about(first.id, "RJCT", "AC04")]))
    assert world.states(batch) == ["rejected", "submitted"]
    assert world.file(file).state is FileState.ACKNOWLEDGED


def test_an_unknown_word_ends_no_doubt(hub):
    batch, file = hub.in_doubt("1.00")
    hub.hear(report(file, "WXYZ"))
    assert hub.states(batch) == ["in_doubt"]
    assert hub.file(file).state is FileState.IN_DOUBT


def test_an_answer_that_outruns_our_own_note_proves_the_arrival(hub):
    batch, file = hub.built("1.00")
    hub.bank.script = [None, "unreachable"]
    hub.submit(file)
    assert hub.file(file).state is FileState.STAGED
    hub.hear(report(file, "ACCP"))
    assert hub.states(batch) == ["acknowledged"]
    hub.submit(file)
    assert hub.bank.received == []


def test_an_answer_after_a_look_that_showed_nothing_keeps_the_file_from_going_out_again(hub):
    batch, file = hub.built("1.00")
    hub.bank.script = ["unreachable"]
    hub.submit(file)  # an attempt was written down, the file stands at generated
    hub.hear(report(file, "ACCP"))
    assert hub.states(batch) == ["acknowledged"]
    hub.submit(file)
    assert hub.bank.received == []


def test_an_answer_for_a_withdrawn_file_is_set_aside(hub):
    batch, file = hub.built("1.00")
    hub.sabotage(update(files).where(files.c.id == file).values(state="withdrawn"))
    assert hub.hear(report(file, "ACCP")).state == "quarantined"
    assert hub.states(batch) == ["generated"]


def test_a_partly_accepted_file_without_a_list_ends_the_doubt_and_moves_nobody_until_the_list_comes(world):
    batch, file = world.in_doubt("1.00", "2.00")
    first, _ = world.payments(batch)
    world.hear(report(file, "PART"))
    assert (world.states(batch), world.file(file).state) == (["submitted"] * 2, FileState.SUBMITTED)
    world.submit(file)
    assert world.bank.received == [], "what the bank holds is not sent again"
    world.hear(report(file, "PART", payments=[about(first.id, "RJCT", "AC04")]))
    assert world.states(batch) == ["rejected", "submitted"]


@pytest.mark.parametrize("code", ["DUPL", "AM05", "DU01"])
def test_a_second_copy_refused_ends_the_doubt_about_the_first(world, code):
    batch, file = world.in_doubt("1.00")
    world.hear(report(file, "RJCT", reasons=[code]))
    assert (world.states(batch), world.file(file).state) == (["submitted"], FileState.SUBMITTED)


@pytest.mark.slow
@pytest.mark.parametrize("accepted", [True, False])
def test_an_answer_split_over_several_documents_is_one_answer_in_any_order(hub, accepted):
    ends = []
    for number, order in enumerate(permutations(range(3))):
        batch, file = hub.sent(*(f"{one}.0{number}" for one in range(1, 5)), message_id=f"RUN-{number}")
        parts = [report(file, "PART", payments=[about(hub.payments(batch)[one].id, "RJCT", "AC04")]) for one in order]
        before = len(hub.notes())
        for part in parts:
            hub.hear(part, part_unlisted_accepted=accepted)
        ends.append((hub.states(batch), hub.file(file).state))
        assert not any(hub.notes()[before:]), "silence about a payment is no contradiction"
    assert ends == [(["rejected"] * 3 + ["acknowledged" if accepted else "submitted"], FileState.ACKNOWLEDGED)] * 6


WORDS = ("RCVD", "ACTC", "ACCP", "ACSP", "ACWC", "PDNG", "ACSC", "ACCC", "PART", "RJCT", "WXYZ", "RCVC", "BLCK")
NO_MONEY_MOVES = {"rejected", "cancelled"}


@st.composite
def answers(draw):
    """Reports about a file of three payments: each of the whole file, of one block, or of single payments."""
    words = st.sampled_from(WORDS)
    reasons = st.sampled_from([(), ("AC04",), ("DUPL",)])
    return [
        draw(
            st.one_of(
                st.tuples(st.just("file"), words, reasons),
                st.tuples(st.just("block"), words, reasons),
                st.tuples(st.integers(0, 2), words, st.sampled_from([(), ("AC04",)])),
            )
        )
        for _ in range(draw(st.integers(1, 4)))
    ]


@pytest.fixture(scope="module")
def sent_file(tmp_path_factory):
    """One file of three payments at the bank, for all examples: each begins with them where they were then."""
    engine = open_engine(sqlite.fresh(tmp_path_factory.mktemp("orders") / "hub.db"))
    hub = World(engine)
    yield hub, *hub.sent("1.00", "2.00", "3.00")
    engine.dispose()


def end_of(sent_file, said):
    """Where the payments of a file nobody answered about yet end when it hears these answers; and who was told."""
    hub, batch, file = sent_file
    hub.sabotage(update(payments).values(state="submitted", iso_status=None, reason_code=None, reason_text=None))
    hub.sabotage(update(files).values(state="submitted", iso_status=None, reason_code=None))
    numbers = [one.id for one in hub.payments(batch)]
    before = len(hub.notes())
    for where, word, reasons in said:
        if where == "file":
            hub.hear(report(file, word, reasons=reasons))
        elif where == "block":
            hub.hear(report(file, batches=[block(file, word, *reasons)]))
        else:
            hub.hear(report(file, payments=[about(numbers[where], word, *reasons)]))
    return hub.states(batch), hub.notes()[before:]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(said=answers(), data=st.data())
def test_answers_in_any_order_and_any_number_of_times_end_the_same(sent_file, said, data):
    states, notes = end_of(sent_file, said)
    again = data.draw(st.lists(st.sampled_from(said), max_size=3))
    shuffled, told = end_of(sent_file, data.draw(st.permutations([*said, *again])))
    assert states == shuffled
    for _, word, _ in said:
        if word in ("WXYZ", "RCVC", "BLCK"):
            assert any(word in note for note in notes)
            assert any(word in note for note in told)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["WXYZ", "RCVC", "RVNM", "BLCK", "PART", "rjct"]), min_size=1, max_size=4))
def test_words_that_are_no_answer_move_nothing_however_often(sent_file, said):
    states, _ = end_of(sent_file, [("file", word, ()) for word in [*said, *said]])
    assert states == ["submitted"] * 3


def test_a_payment_refused_as_a_duplicate_before_it_was_accepted_is_told_when_the_acceptance_comes(hub):
    batch, file = hub.sent("1.00")
    (one,) = hub.payments(batch)
    hub.hear(report(file, payments=[about(one.id, "RJCT", "AM05")]))
    hub.hear(report(file, "ACCP"))
    assert hub.states(batch) == ["rejected"]
    assert any("do not pay again" in note for note in hub.notes())


def test_a_refusal_and_a_cancellation_end_where_no_money_moves_in_either_order(hub):
    for number, words in enumerate((("RJCT", "CANC"), ("CANC", "RJCT"))):
        batch, file = hub.sent(f"1.0{number}", message_id=f"RUN-{number}")
        for word in words:
            hub.hear(report(file, word))
        assert set(hub.states(batch)) <= NO_MONEY_MOVES
