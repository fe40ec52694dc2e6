from typing import get_args

import pytest

from banks.circuit import Stand
from formats.findings import Severity
from gateway.console import walk, words
from gateway.domain.lifecycle import FileState, State
from gateway.steps import PATH
from reconciliation import matching, proof
from reconciliation.breaks import WHO_ACTS, BreakKind

TABLES = (
    (words.PAYMENT, State),
    (words.FILE, FileState),
    (words.BREAK, BreakKind),
    (words.SEVERITY, Severity),
    (words.CHANNEL, Stand),
    (words.VERDICT, get_args(proof.Verdict)),
    (words.ENTRY, get_args(matching.Standing)),
)


@pytest.mark.parametrize(("table", "kinds"), TABLES)
def test_everything_a_page_can_show_has_words_and_one_of_four_meanings(table, kinds):
    assert set(table) == set(kinds)
    for said in table.values():
        assert said.short
        assert said.says.endswith(".")
        assert said.meaning in words.Meaning


def test_every_way_a_channel_stands_says_what_to_do():
    assert set(words.CHANNEL_TO_DO) == set(Stand)


def test_every_step_of_the_path_has_a_name_and_every_state_a_place_on_it():
    assert tuple(words.STEP) == PATH
    assert set(walk.REACHED) == set(State)


def test_everybody_who_must_act_is_named():
    assert set(words.WHO_ACTS) == set(WHO_ACTS.values())


def test_what_nobody_foresaw_is_shown_as_it_is_and_marked():
    said = words.of(words.BREAK, "brand_new_kind")
    assert (said.short, said.meaning) == ("brand new kind", words.Meaning.ATTENTION)


def test_a_held_payment_says_so_before_anything_else():
    assert words.payment("validated", held=True) is words.HELD
    assert words.payment("declined", held=True) is words.PAYMENT[State.DECLINED]
