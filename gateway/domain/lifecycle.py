"""The states of a payment and of a file: one table of labelled edges each, and the one question asked of them.

Only :meth:`persistence.payments.Payments.move` and its twin for files set a state, and both ask ``allowed`` first.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.errors import IllegalMove


class State(StrEnum):
    """Where a payment stands. The ERP may call it paid at ``SETTLED``, not before."""

    RECEIVED = "received"
    """Stored, not looked at yet."""
    VALIDATED = "validated"
    """Every rule passed; it waits for people."""
    INVALID = "invalid"
    """A rule found an error; the ERP must correct it and send it again."""
    APPROVED = "approved"
    """The people the policy asks for have agreed to exactly this content."""
    DECLINED = "declined"
    """A person said no."""
    SCHEDULED = "scheduled"
    """Bank, product, value date and window are chosen."""
    GENERATED = "generated"
    """It stands in a bank file, which is stored."""
    SUBMITTED = "submitted"
    """The bank holds the file, whole."""
    IN_DOUBT = "in_doubt"
    """We do not know whether the bank holds the file. Never sent again on a guess."""
    ACKNOWLEDGED = "acknowledged"
    """The bank has answered, and did not refuse."""
    SETTLED = "settled"
    """A booking on our account shows it."""
    RECONCILED = "reconciled"
    """A statement that adds up shows it."""
    REJECTED = "rejected"
    """The bank refused; no money moved."""
    RETURNED = "returned"
    """The money went out and came back."""
    CANCELLED = "cancelled"
    """Withdrawn before it left, or recalled with the bank's consent."""
    EXPIRED = "expired"
    """It missed its cut-off, and the policy says not to send it later unless a person asks for a new day."""


class FileState(StrEnum):
    """Where a bank file stands."""

    GENERATED = "generated"
    STAGED = "staged"
    SUBMITTED = "submitted"
    IN_DOUBT = "in_doubt"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """It was never handed over; its payments went back to be scheduled or were cancelled."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a state to another: which step takes it, and on what grounds."""

    source: State
    target: State
    step: str
    because: str


@dataclass(frozen=True, slots=True)
class FileEdge:
    """The same for files."""

    source: FileState
    target: FileState
    step: str
    because: str


S = State
EDGES: tuple[Edge, ...] = (
    Edge(S.RECEIVED, S.VALIDATED, "validate", "every rule passed"),
    Edge(S.RECEIVED, S.INVALID, "validate", "a rule found an error"),
    Edge(S.RECEIVED, S.CANCELLED, "approve", "a person withdrew it"),
    Edge(S.VALIDATED, S.APPROVED, "approve", "as many people as the policy asks for agreed to this content"),
    Edge(S.VALIDATED, S.DECLINED, "approve", "a person said no"),
    Edge(S.VALIDATED, S.CANCELLED, "approve", "a person withdrew it"),
    Edge(S.APPROVED, S.SCHEDULED, "schedule", "bank, product, value date and window are chosen"),
    Edge(S.APPROVED, S.EXPIRED, "schedule", "its cut-off had passed and the policy says not to send it later"),
    Edge(S.APPROVED, S.CANCELLED, "schedule", "a person withdrew it"),
    Edge(S.SCHEDULED, S.GENERATED, "generate", "it stands in a stored bank file"),
    Edge(S.SCHEDULED, S.EXPIRED, "schedule", "its cut-off passed and the policy says not to send it later"),
    Edge(S.SCHEDULED, S.CANCELLED, "schedule", "a person withdrew it"),
    Edge(S.EXPIRED, S.VALIDATED, "schedule", "a person asked for a new day; it must be approved anew"),
    Edge(
        S.GENERATED,
        S.SCHEDULED,
        "submit",
        "its file was withdrawn: its window closed, or people took payments out of it",
    ),
    Edge(S.GENERATED, S.CANCELLED, "submit", "a person withdrew the file before it was staged"),
    Edge(S.GENERATED, S.SUBMITTED, "submit", "the bank holds the file, whole"),
    Edge(S.GENERATED, S.IN_DOUBT, "submit", "the outcome of the hand-over is unknown"),
    Edge(S.GENERATED, S.REJECTED, "submit", "the bank would not take the file and two people gave it up"),
    Edge(S.IN_DOUBT, S.SUBMITTED, "submit", "the bank shows or booked the file, or two people say that it has it"),
    Edge(
        S.IN_DOUBT, S.GENERATED, "submit", "it is known for certain that the file never arrived, or two people say so"
    ),
    Edge(S.IN_DOUBT, S.ACKNOWLEDGED, "acknowledge", "the bank answered about the file, so it has it"),
    Edge(S.IN_DOUBT, S.REJECTED, "acknowledge", "the bank refused it, or two people gave the file up"),
    Edge(S.IN_DOUBT, S.CANCELLED, "acknowledge", "the bank cancelled it at our request, so it had it"),
    Edge(S.SUBMITTED, S.ACKNOWLEDGED, "acknowledge", "the bank answered and did not refuse"),
    Edge(S.SUBMITTED, S.REJECTED, "acknowledge", "the bank refused it"),
    Edge(S.SUBMITTED, S.CANCELLED, "acknowledge", "the bank cancelled it at our request"),
    Edge(S.SUBMITTED, S.SETTLED, "reconcile", "a booking shows it although the bank never answered"),
    Edge(S.ACKNOWLEDGED, S.REJECTED, "acknowledge", "the bank refused it after a first acceptance"),
    Edge(S.ACKNOWLEDGED, S.CANCELLED, "acknowledge", "the bank cancelled it at our request"),
    Edge(S.ACKNOWLEDGED, S.SETTLED, "reconcile", "a booking shows it"),
    Edge(S.SETTLED, S.RECONCILED, "reconcile", "a statement that adds up shows it"),
    Edge(S.SETTLED, S.RETURNED, "reconcile", "the money came back"),
    Edge(S.RECONCILED, S.RETURNED, "reconcile", "the money came back after the statement was closed"),
)

F = FileState
FILE_EDGES: tuple[FileEdge, ...] = (
    FileEdge(F.GENERATED, F.STAGED, "submit", "the whole file stands at the bank under a name the bank does not read"),
    FileEdge(F.GENERATED, F.SUBMITTED, "submit", "the bank answered about it or booked it, so it holds it"),
    FileEdge(
        F.GENERATED, F.WITHDRAWN, "submit", "its window closed, or people took payments out of it, before it was staged"
    ),
    FileEdge(F.STAGED, F.SUBMITTED, "submit", "the bank holds the file under its final name, or booked it"),
    FileEdge(F.STAGED, F.GENERATED, "submit", "it was not handed over for certain, or two people say so"),
    FileEdge(F.STAGED, F.WITHDRAWN, "submit", "its window closed, and its staged copy was taken away first"),
    FileEdge(F.STAGED, F.IN_DOUBT, "submit", "the outcome of the hand-over is unknown"),
    FileEdge(F.STAGED, F.REFUSED, "submit", "the bank would not take it and two people gave it up"),
    FileEdge(F.IN_DOUBT, F.SUBMITTED, "submit", "the bank shows it or booked it, or two people say that it has it"),
    FileEdge(F.IN_DOUBT, F.STAGED, "submit", "only the staged copy is there: it was not handed over"),
    FileEdge(F.IN_DOUBT, F.GENERATED, "submit", "it certainly never arrived, or two people say so"),
    FileEdge(F.IN_DOUBT, F.ACKNOWLEDGED, "acknowledge", "the bank answered about it, so it has it"),
    FileEdge(F.IN_DOUBT, F.REFUSED, "acknowledge", "the bank refused it, or two people gave it up"),
    FileEdge(F.SUBMITTED, F.ACKNOWLEDGED, "acknowledge", "the bank answered and did not refuse it"),
    FileEdge(F.SUBMITTED, F.REFUSED, "acknowledge", "the bank refused the whole file"),
    FileEdge(F.ACKNOWLEDGED, F.REFUSED, "acknowledge", "the bank refused it after a first acceptance"),
)

ALLOWED = {(edge.source, edge.target): edge for edge in EDGES}
FILE_ALLOWED = {(edge.source, edge.target): edge for edge in FILE_EDGES}

FINAL = frozenset({S.INVALID, S.DECLINED, S.REJECTED, S.RETURNED, S.CANCELLED})
"""States nothing leaves. A reconciled payment can still come back, and a missed one be wanted on a new day."""

NEVER_PAID = frozenset({S.INVALID, S.DECLINED, S.REJECTED, S.RETURNED, S.CANCELLED, S.EXPIRED})
"""States in which a payment of the same content is no duplicate: that one moved no money, or it came back."""


def allowed(source: State, target: State) -> Edge:
    """The edge from ``source`` to ``target``; raises :class:`IllegalMove` when there is none."""
    edge = ALLOWED.get((source, target))
    if edge is None:
        raise IllegalMove(source, target)
    return edge


def file_allowed(source: FileState, target: FileState) -> FileEdge:
    """The same for files."""
    edge = FILE_ALLOWED.get((source, target))
    if edge is None:
        raise IllegalMove(source, target)
    return edge
