"""A recall: the bank is asked not to carry out, or to bring back, a payment that it holds.

It stands beside the payment and never moves it: whether money comes back is proven by a statement, as ever. Two
persons stand behind each recall, for whoever stops a payment that is meant does harm too.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from formats.codes.other_reasons import CANCELLATION
from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.lifecycle import State
from gateway.domain.payment import Payment

RECALLABLE = (State.SUBMITTED, State.ACKNOWLEDGED, State.SETTLED, State.RECONCILED)
"""States in which the bank holds the payment, or has carried it out. What has not left is withdrawn instead."""
TEXT_LENGTH_MAX = 210
"""Two lines of the message."""
TRIES_MAX = 5
"""How often the bank is looked at before people must find out whether a recall arrived."""


class RecallState(StrEnum):
    """Where a recall stands."""

    ASKED = "asked"
    """One person wants it; another one must confirm."""
    CONFIRMED = "confirmed"
    """It leaves as soon as the bank can be reached. Nothing of it left."""
    SENDING = "sending"
    """It is being handed over, and may have arrived."""
    SENT = "sent"
    """The bank holds it and has not answered."""
    UNCLEAR = "unclear"
    """Nothing proves whether it arrived; it is not sent again. Somebody must ask the bank."""
    PENDING = "pending"
    """The bank has neither accepted nor refused it (PDCR)."""
    ACCEPTED = "accepted"
    """The bank stops the payment, or brings it back. A statement will show it."""
    REFUSED = "refused"
    """The bank does not."""
    WITHDRAWN = "withdrawn"
    """It was taken back, or came to nothing, before the bank had it."""


@dataclass(frozen=True, slots=True)
class RecallEdge:
    """One way a recall may go, and what takes it there."""

    source: RecallState
    target: RecallState
    because: str


ANSWERABLE = (RecallState.SENDING, RecallState.SENT, RecallState.UNCLEAR, RecallState.PENDING)
EDGES = (
    RecallEdge(RecallState.ASKED, RecallState.CONFIRMED, "a second person agreed"),
    RecallEdge(RecallState.ASKED, RecallState.WITHDRAWN, "somebody took it back"),
    RecallEdge(RecallState.CONFIRMED, RecallState.WITHDRAWN, "somebody took it back, or the payment came to nothing"),
    RecallEdge(RecallState.CONFIRMED, RecallState.SENDING, "its bytes and its name are written down"),
    RecallEdge(RecallState.SENDING, RecallState.WITHDRAWN, "somebody took it back before it was handed over"),
    RecallEdge(RecallState.SENDING, RecallState.SENT, "the bank holds it, whole"),
    RecallEdge(RecallState.SENDING, RecallState.UNCLEAR, "after some looks nothing proves where it is"),
    RecallEdge(RecallState.UNCLEAR, RecallState.WITHDRAWN, "the bank says that it has nothing of it"),
    *(
        RecallEdge(source, target, "the bank answered")
        for source in ANSWERABLE
        for target in (RecallState.PENDING, RecallState.ACCEPTED, RecallState.REFUSED)
        if source is not target
    ),
    RecallEdge(RecallState.REFUSED, RecallState.ACCEPTED, "the bank, or the payee, thought better of it"),
)
ALLOWED = {(edge.source, edge.target): edge for edge in EDGES}
ANSWERS = {
    "ACCR": RecallState.ACCEPTED, "CNCL": RecallState.ACCEPTED, "RJCR": RecallState.REFUSED,
    "PDCR": RecallState.PENDING,
}  # fmt: skip
"""What a status of camt.029 means. One that is not here moves nothing."""
AWAITED = (RecallState.SENT, RecallState.PENDING)
"""States in which the bank owes a final answer."""
TAKEN_BACK = (RecallState.ASKED, RecallState.CONFIRMED, RecallState.SENDING, RecallState.UNCLEAR)
"""States from which a person may take a recall back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """One payment that is asked back. ``id`` is the message's id at the bank and ``name`` the name of its file: both
    the same on every attempt, for ever. Whoever asked and confirmed are persons, not accounts.
    """

    id: str
    payment_id: str
    batch_id: str
    file_id: str
    bank: str
    reason_code: str
    reason: str
    state: RecallState
    version: int
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    ask_by: datetime | None = None
    """The first moment that was too late to ask; None where the scheme sets no last day."""
    confirmed_by: str | None = None
    confirmed_by_name: str | None = None
    confirmed_at: datetime | None = None
    message: str | None = None
    name: str | None = None
    directory: str | None = None
    sha256: str | None = None
    sealed_sha256: str | None = None
    begun_at: datetime | None = None
    staging_name: str | None = None
    staged_at: datetime | None = None
    """Nobody may hand it over before this; from then on it may have arrived."""
    looks: int = 0
    sent_at: datetime | None = None
    answer_due_at: datetime | None = None
    """When people are told that the bank has not answered; None where they are not."""
    answer_overdue: bool = False
    """They were told, and the bank still owes the answer."""
    evidence: str | None = None
    answered_at: datetime | None = None
    status: str | None = None
    status_reason: str | None = None
    status_text: str | None = None
    document_id: str | None = None
    over_at: datetime | None = None
    """When it was refused or withdrawn, so that the payment may be recalled anew."""

    @property
    def asked_late(self) -> bool:
        """Whether it was asked after the scheme's last day: the bank may refuse it."""
        return self.ask_by is not None and self.asked_at >= self.ask_by

    @property
    def wire_sha256(self) -> str:
        """The digest of the bytes that go to the bank."""
        assert self.sha256 is not None, "a recall that is being sent has its bytes"
        return self.sealed_sha256 or self.sha256


def check_move(source: RecallState, target: RecallState) -> None:
    """Raises :class:`Conflict` where there is no way."""
    if (source, target) not in ALLOWED:
        raise Conflict(f"The recall is {source}, so it cannot become {target}; look again.", code="recall.moved_on")


def check_recallable(payment: Payment) -> None:
    """Raises :class:`Conflict` for a payment its bank does not hold, and says what to do instead."""
    if payment.state in RECALLABLE:
        return
    instead = {
        State.GENERATED: "Withdraw it instead.", State.IN_DOUBT: "Find out first whether the bank has its file.",
    }.get(payment.state)  # fmt: skip
    if instead is None:
        before = (State.RECEIVED, State.VALIDATED, State.APPROVED, State.SCHEDULED)
        instead = "Withdraw it instead." if payment.state in before else "There is nothing to bring back."
    raise Conflict(
        f"The payment is {payment.state}, so its bank holds nothing. {instead}", code="recall.not_recallable"
    )


def check_reason(code: str, text: str) -> None:
    """Raises :class:`Unacceptable` for a code no bank knows, and for a text that does not fit into the message."""
    if code not in CANCELLATION:
        known = ", ".join(sorted(CANCELLATION))
        raise Unacceptable(f"{code} is no reason for a recall; choose one of {known}.", code="recall.unknown_reason")
    if len(text) > TEXT_LENGTH_MAX:
        raise Unacceptable(f"A bank takes {TEXT_LENGTH_MAX} characters of text.", code="recall.text_too_long")


def check_second_person(recall: Recall, person_id: str) -> None:
    """Raises :class:`Forbidden` for whoever asked for the recall (rulebook SD-01)."""
    if recall.asked_by == person_id:
        raise Forbidden("You asked for this recall yourself; another person must confirm it.", code="recall.by_one")
