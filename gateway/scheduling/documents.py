"""Which step understands a document: found out from what is inside it, never from its name."""

from typing import Any

from banks import status_json
from formats import registry
from formats.errors import FormatError
from formats.statement import StatementMessage
from formats.status_report import StatusReport
from gateway.domain.document import Document
from gateway.domain.ports import Units
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.steps import acknowledge, reconcile
from gateway.wiring import Hub


def process(hub: Hub, units: Units, document_id: str) -> None:
    """Understands one stored document and acts on it in one transaction, or puts it into quarantine with a reason."""
    with units() as work:
        assert isinstance(work, UnitOfWork)
        document = work.documents.get(document_id)
        if document.state != "received":
            return
        try:
            message = _read(document, work.vault.get(document.sha256))
        except FormatError as err:
            _quarantine(work, document, err.message)
        else:
            _apply(hub, work, document, message)
        work.commit()


def _read(document: Document, data: bytes) -> Any:
    if document.media_type == status_json.MEDIA_TYPE or data[:1] == b"{":
        return status_json.read(data)
    return registry.read(data)


def _apply(hub: Hub, work: UnitOfWork, document: Document, message: Any) -> None:
    if isinstance(message, StatusReport):
        accepted = hub.routes[document.bank][0].part_unlisted_accepted
        acknowledge.acknowledge(work, document, message, part_unlisted_accepted=accepted)
    elif isinstance(message, StatementMessage):
        reconcile.reconcile(work, document, message, accounts=hub.accounts)
    else:
        _quarantine(work, document, f"This is a {type(message).__name__.lower()}; a bank has no reason to send one.")


def _quarantine(work: UnitOfWork, document: Document, reason: str) -> None:
    work.documents.quarantine(document.id, reason=reason, kind=None)
    work.alert(
        "payhub.document.quarantined.v1", subject_kind="document", subject=document.id, client_id=None,
        data={"bank": document.bank, "name": document.name, "reason": reason},
    )  # fmt: skip
