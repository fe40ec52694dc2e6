"""What the trail, the ERP and people hear about a recall."""

from gateway.domain.ports import UnitOfWork
from gateway.domain.recall import Recall


def tell(work: UnitOfWork, recall: Recall, what: str, **more: str) -> None:
    """A row of the trail about the payment, and an event for the ERP and people; the row holds nobody's words."""
    facts = {"recall": recall.id, "bank": recall.bank, "state": recall.state.value, "code": recall.reason_code}
    work.note(action=f"recall.{what}", subject=recall.payment_id, data=facts | {"actor": work.actor})
    work.alert(
        f"payhub.payment.recall_{what}.v1", subject_kind="payment", subject=recall.payment_id,
        client_id=work.batches.get(recall.batch_id).client_id, data=facts | more,
    )  # fmt: skip
