import importlib.util
from itertools import pairwise, product

import pytest

from gateway.domain import lifecycle
from gateway.domain.errors import IllegalMove
from gateway.domain.lifecycle import EDGES, FILE_EDGES, FINAL, NEVER_PAID, FileState, State
from gateway.steps import PATH
from tests.architecture.tree import ROOT

KINDS = [
    pytest.param(State, EDGES, lifecycle.allowed, id="payment"),
    pytest.param(FileState, FILE_EDGES, lifecycle.file_allowed, id="file"),
]
LINE = (
    State.RECEIVED, State.VALIDATED, State.APPROVED, State.SCHEDULED, State.GENERATED, State.SUBMITTED,
    State.ACKNOWLEDGED, State.SETTLED, State.RECONCILED,
)  # fmt: skip
BYTES_LEFT = {State.SUBMITTED, State.ACKNOWLEDGED, State.SETTLED, State.RECONCILED, State.RETURNED}


def reachable(edges, start):
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        ahead = {edge.target for edge in edges if edge.source is here} - found
        found |= ahead
        waiting += ahead
    return found


@pytest.mark.parametrize(("states", "edges", "allowed"), KINDS)
def test_of_the_whole_square_exactly_the_edges_of_the_table_may_be_taken(states, edges, allowed):
    known = {(edge.source, edge.target): edge for edge in edges}
    assert len(known) == len(edges), "an edge stands in the table once"
    for source, target in product(states, states):
        if (source, target) in known:
            assert allowed(source, target) is known[source, target]
        else:
            with pytest.raises(IllegalMove) as refused:
                allowed(source, target)
            assert (refused.value.source, refused.value.target) == (source, target)


@pytest.mark.parametrize(("states", "edges", "allowed"), KINDS)
def test_every_state_is_reached_from_the_first_one(states, edges, allowed):
    assert reachable(edges, next(iter(states))) == set(states)


@pytest.mark.parametrize(("states", "edges", "allowed"), KINDS)
def test_every_edge_names_a_step_of_the_path_and_its_grounds(states, edges, allowed):
    assert all(edge.step in PATH and edge.because for edge in edges)


def test_nothing_leaves_a_final_state_and_everything_else_can_go_on():
    stuck = {state for state in State if not any(edge.source is state for edge in EDGES)}
    assert stuck == FINAL
    assert FINAL | {State.EXPIRED} >= NEVER_PAID


def test_from_every_state_a_payment_can_still_come_to_an_end():
    for state in set(State) - {State.RECONCILED}:
        assert reachable(EDGES, state) & (FINAL | {State.RECONCILED})


def test_the_line_of_the_design_is_walked_edge_by_edge():
    for source, target in pairwise(LINE):
        assert lifecycle.allowed(source, target)


def test_what_the_bank_holds_never_goes_back_to_where_it_could_be_sent_again():
    sendable = {State.RECEIVED, State.VALIDATED, State.APPROVED, State.SCHEDULED, State.GENERATED}
    for state in BYTES_LEFT:
        assert not reachable(EDGES, state) & sendable
    assert not reachable(FILE_EDGES, FileState.SUBMITTED) & {FileState.GENERATED, FileState.STAGED}


def test_doubt_is_left_for_sending_again_only_on_proof_that_nothing_arrived():
    again = lifecycle.allowed(State.IN_DOUBT, State.GENERATED)
    assert "for certain" in again.because
    assert (State.IN_DOUBT, State.SCHEDULED) not in lifecycle.ALLOWED


def test_the_diagram_in_the_docs_is_the_table():
    spec = importlib.util.spec_from_file_location("docs_tool", ROOT / "tools" / "docs.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    page = (ROOT / "docs" / "path.md").read_text(encoding="utf-8")
    assert tool.filled(page) == page, "run: make docs"
    assert "received --> validated: validate" in page
