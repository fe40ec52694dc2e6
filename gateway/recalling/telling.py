"""What the trail, the ERP and people hear about a recall."""

from gateway.domain.ports import UnitOfWork
from gateway.domain.recall import Recall

EVENTS = {
    "asked": "payhub.payment.recall_asked.v1",
    "confirmed": "payhub.payment.recall_confirmed.v1",
    "withdrawn": "payhub.payment.recall_withdrawn.v1",
    "not_sent": "payhub.payment.recall_not_sent.v1",
    "sent": "payhub.payment.recall_sent.v1",
    "unclear": "payhub.payment.recall_unclear.v1",
    "answered": "payhub.payment.recall_answered.v1",
    "overdue": "payhub.payment.recall_overdue.v1",
    "contradicted": "payhub.payment.recall_contradicted.v1",
}
"""What is told of a recall, by what happened to it."""


def tell(work: UnitOfWork, recall: Recall, what: str, **more: str) -> None:
    """A row of the trail about the payment, and an event for the ERP and people; the row holds nobody's words."""
    facts = {"recall": recall.id, "bank": recall.bank, "state": recall.state.value, "code": recall.reason_code}
    work.note(action=f"recall.{what}", subject=recall.payment_id, data=facts | {"actor": work.actor})
    work.alert(
        EVENTS[what], subject_kind="payment", subject=recall.payment_id,
        client_id=work.batches.get(recall.batch_id).client_id, data=facts | more,
    )  # fmt: skip
