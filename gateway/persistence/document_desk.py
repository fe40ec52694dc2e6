"""What a person decides about a document in quarantine: it is processed again, once its cause was mended."""

from gateway.persistence.unit_of_work import UnitOfWork

REPLAYED_AT_ONCE = 500
"""Documents put back in one transaction; ask again for more."""


def replay(work: UnitOfWork, document_id: str, *, reason: str) -> None:
    """Has one document processed again; raises :class:`NotFound`, and :class:`Conflict` for one that was read."""
    document = work.documents.get(document_id)
    work.documents.replay(document_id)
    work.note(
        action="document.replayed", subject=document_id,
        data={"bank": document.bank, "sha256": document.sha256, "reason": reason},
    )  # fmt: skip
    work.alert(
        "payhub.document.replayed.v1", subject_kind="document", subject=document_id, client_id=None,
        data={"bank": document.bank, "name": document.name, "by": work.actor, "reason": reason},
    )  # fmt: skip
    work.request("document", document_id, lane=document.bank)


def replay_all(work: UnitOfWork, bank: str, *, reason: str) -> int:
    """The same for everything of a bank that can be processed again; says how many they were."""
    chosen = work.documents.quarantined(bank, limit=REPLAYED_AT_ONCE)
    for one in chosen:
        replay(work, one, reason=reason)
    return len(chosen)
