"""Documents: everything the banks sent, what waits for a person, and having it processed again."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api.auth import TheHub, entities_of_bank
from gateway.console.pages.decisions import reason_of
from gateway.console.pages.lists import ROWS, After, AsCsv, Word, csv_file, with_query
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, TheVisitor, Visitor
from gateway.console.words import DOCUMENT
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.roles import Verb
from gateway.persistence import document_desk, queries
from gateway.persistence.queries import console
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303


@router.get("/documents")
def list_documents(
    request: Request, hub: TheHub, visitor: TheVisitor, after: After = None, bank: Word = "", state: Word = "",
    form: AsCsv = "html", did: Word = "",
) -> Response:  # fmt: skip
    """Documents, newest first."""
    with hub.reading() as connection:
        found = queries.list_documents(
            connection, visitor.scope, bank=bank or None, state=state or None, after=after, limit=ROWS
        )
        waiting = queries.waiting_by_bank(connection, visitor.scope, bank=bank or None)
    if form == "csv":
        names = ("id", "name", "bank", "kind", "message_id", "received_at", "state", "reason", "size", "sha256")
        return csv_file("documents", names, ([getattr(one, name) for name in names] for one in found.items))
    return page(
        "documents", request, hub, visitor, section="documents", rows=found.items, banks=sorted(hub.profiles),
        states=DOCUMENT, chosen={"bank": bank, "state": state}, topic=None, waiting=waiting, did=did,
        further=with_query(request, after=found.next) if found.next else None,
        csv_at=with_query(request, **{"as": "csv"}),
    )  # fmt: skip


@router.get("/documents/replay")
def show_replay_all(request: Request, hub: TheHub, visitor: TheVisitor, bank: Word = "") -> Response:
    """Before everything of a bank is processed again."""
    return _show_replay(request, hub, visitor, bank=bank)


@router.post("/documents/replay")
def replay_all(request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, bank: Word = "") -> Response:
    """Processes everything again that stands in quarantine for a bank."""
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=True)
    if errors:
        return _show_replay(request, hub, visitor, bank=bank, errors=errors, reason=reason, status=422)
    with hub.unit_of_work(actor=visitor.person.id) as work:
        check_bank(hub, visitor, bank)
        document_desk.replay_all(work, bank, reason=reason)
        work.commit()
    return RedirectResponse(f"{PATH}/documents?did=replay", SEE_OTHER)


@router.get("/documents/{document_id}")
def show_document(request: Request, hub: TheHub, visitor: TheVisitor, document_id: str, did: Word = "") -> Response:
    """One document: what it is, why it stands where it stands, and what came of it."""
    with hub.reading() as connection:
        document = queries.get_document(connection, visitor.scope, document_id)
        statements = console.statements_of(connection, document_id)
        answers = console.answers_of(connection, document_id)
        members = (
            queries.list_documents(connection, visitor.scope, parent=document_id, limit=ROWS).items
            if document.members
            else []
        )
    return page(
        "document", request, hub, visitor, section="documents", document=document, statements=statements,
        answers=answers, members=members, did=did,
    )  # fmt: skip


@router.get("/documents/{document_id}/replay")
def show_replay(request: Request, hub: TheHub, visitor: TheVisitor, document_id: str) -> Response:
    """Before a document is processed again."""
    return _show_replay(request, hub, visitor, document_id=document_id)


@router.post("/documents/{document_id}/replay")
def replay(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, document_id: str
) -> Response:  # fmt: skip
    """Processes a document in quarantine again, or shows the page again with what is in the way."""
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=True)
    if not errors:
        try:
            with hub.unit_of_work(actor=visitor.person.id) as work:
                found = queries.get_document(work.connection, visitor.scope, document_id)
                check_bank(hub, visitor, found.bank)
                document_desk.replay(work, document_id, reason=reason)
                work.commit()
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show_replay(
            request, hub, visitor, document_id=document_id, errors=errors, reason=reason, status=422
        )  # fmt: skip
    return RedirectResponse(f"{PATH}/documents/{document_id}?did=replay", SEE_OTHER)


def check_bank(hub: Hub, visitor: Visitor, bank: str) -> None:
    """Raises :class:`Forbidden` unless the visitor may replay for every entity with an account at the bank."""
    for entity in sorted(entities_of_bank(hub, bank)):
        visitor.check(Verb.DOCUMENT_REPLAY, entity)


def _show_replay(
    request: Request, hub: Hub, visitor: Visitor, *, document_id: str | None = None, bank: str = "",
    errors: dict[str, str] | None = None, reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        document = queries.get_document(connection, visitor.scope, document_id) if document_id is not None else None
        waiting = queries.waiting_by_bank(connection, visitor.scope, bank=bank or None)
    return page(
        "replay", request, hub, visitor, status=status, section="documents", document=document, bank=bank,
        count=1 if document is not None else waiting.get(bank, 0), errors=errors or {}, reason=reason,
    )  # fmt: skip
