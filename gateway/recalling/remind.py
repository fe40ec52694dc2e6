"""A bank that does not answer a recall in time: people are told, once."""

from gateway.domain.ports import UnitOfWork
from gateway.domain.recall import RecallState
from gateway.recalling.telling import tell


def remind(work: UnitOfWork) -> int:
    """Tells of every recall whose final answer is overdue and was not told of before; says how many."""
    overdue = work.recalls.overdue(work.at)
    for recall in overdue:
        since = f"since {recall.sent_at:%Y-%m-%d}" if recall.sent_at is not None else "for long"
        said = "says that it looks into it" if recall.state is RecallState.PENDING else "has not answered"
        tell(
            work, recall, "overdue", expected_by=str(recall.answer_due_at),
            note=f"{recall.bank} has the recall {since} and {said}. Call the bank and quote {recall.id}.",
        )  # fmt: skip
    return len(overdue)
