"""Statements with their proof, and one with its entries and what they were matched with."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.auth import TheHub
from gateway.api.looking import note_view
from gateway.console.pages.lists import ROWS, After, AsCsv, Word, csv_file, with_query
from gateway.console.rendering import page
from gateway.console.sessions import TheVisitor
from gateway.console.words import VERDICT
from gateway.persistence import queries
from gateway.persistence.queries import EntryLine, console

router = APIRouter()


@router.get("/statements")
def list_statements(
    request: Request, hub: TheHub, visitor: TheVisitor, after: After = None, bank: Word = "", account: Word = "",
    verdict: Word = "", form: AsCsv = "html",
) -> Response:  # fmt: skip
    """Statements, newest first, each with its verdict."""
    with hub.reading() as connection:
        found = queries.list_statements(
            connection, visitor.scope, bank=bank or None, account=account.replace(" ", "") or None,
            verdict=verdict or None, after=after, limit=ROWS,
        )  # fmt: skip
    if form == "csv":
        names = (
            "id", "bank", "account", "currency", "statement_id", "opening", "closing", "booked", "closing_date",
            "verdict", "entries", "imported_at",
        )  # fmt: skip
        return csv_file("statements", names, ([getattr(one, name) for name in names] for one in found.items))
    return page(
        "statements", request, hub, visitor, section="statements", rows=found.items, banks=sorted(hub.profiles),
        accounts=sorted(hub.accounts), verdicts=VERDICT, chosen={"bank": bank, "account": account, "verdict": verdict},
        further=with_query(request, after=found.next) if found.next else None, topic=None,
        csv_at=with_query(request, **{"as": "csv"}),
    )  # fmt: skip


@router.get("/statements/{statement_id}")
def show_statement(
    request: Request, hub: TheHub, visitor: TheVisitor, statement_id: str, after: After = None, form: AsCsv = "html"
) -> Response:  # fmt: skip
    """One statement: does it add up, and what does every entry belong to."""
    with hub.reading() as connection:
        statement = queries.get_statement(connection, visitor.scope, statement_id)
        entries = queries.list_entries(connection, visitor.scope, statement_id, after=after, limit=ROWS)
        sums = console.statement_totals(connection, statement_id)
        breaks = console.breaks_of(connection, statement_id)
    note_view(hub, visitor.person.id, "statement", statement_id)
    if form == "csv":
        return _as_csv(statement_id, entries.items)
    return page(
        "statement", request, hub, visitor, section="statements", statement=statement, entries=entries.items,
        sums=sums, breaks=breaks, further=with_query(request, after=entries.next) if entries.next else None,
        csv_at=with_query(request, **{"as": "csv"}), topic=None,
    )  # fmt: skip


def _as_csv(statement_id: str, rows: list[EntryLine]) -> Response:
    names = (
        "position", "part", "booking_date", "value_date", "direction", "amount", "currency", "counterparty",
        "end_to_end_id", "bank_reference", "remittance", "state", "payment_id", "rule",
    )  # fmt: skip
    return csv_file(f"statement-{statement_id}", names, ([getattr(one, name) for name in names] for one in rows))
