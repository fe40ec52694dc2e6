"""``payhub documents``: what the banks sent, and processing again what stands in quarantine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.calling import Token, answered, call
from gateway.cli.hub import (
    DEFAULT_CONFIG,
    EXIT_USAGE,
    ROWS_SHOWN,
    After,
    Config,
    Json,
    Limit,
    Overlay,
    chosen,
    opened,
    show,
)
from gateway.cli.submit import DEFAULT_URL, Url

app = typer.Typer(help="Documents: what the banks sent, and what waits for a person.", no_args_is_help=True)
COLUMNS = ("id", "bank", "name", "kind", "received_at", "state", "reason", "notes")
DocumentId = Annotated[str, typer.Argument(help="The document.")]


@app.command("list")
def list_documents(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    bank: Annotated[str | None, typer.Option(help="Only of this bank.")] = None,
    state: Annotated[str | None, typer.Option(help="Only received, processed or quarantined ones.")] = None,
    parent: Annotated[str | None, typer.Option(help="Only what was taken out of this document.")] = None,
    after: After = None,
    limit: Limit = ROWS_SHOWN,
    as_json: Json = False,
) -> None:
    """Lists documents, newest first."""
    from gateway.domain.document import DocumentState
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        page = queries.list_documents(
            connection, queries.EVERYTHING, bank=bank, state=chosen(DocumentState, state, "--state"), parent=parent,
            after=after, limit=limit,
        )  # fmt: skip
        show(page.items, COLUMNS, as_json=as_json, following=page.next)


@app.command("show")
def show_document(document_id: DocumentId, config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Shows one document as JSON, with every name the bank sent it under."""
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        show([queries.get_document(connection, queries.EVERYTHING, document_id)], (), as_json=True)


@app.command("replay")
def replay(
    token: Token,
    reason: Annotated[str, typer.Option("--reason", help="What was mended.")],
    document_id: Annotated[str | None, typer.Argument(help="The document; or --bank for all of a bank.")] = None,
    url: Url = DEFAULT_URL,
    *,
    bank: Annotated[str | None, typer.Option(help="Everything in quarantine of this bank.")] = None,
) -> None:
    """Processes a document in quarantine again, or all of a bank."""
    if (document_id is None) == (bank is None):
        typer.echo("Name one document, or a bank with --bank.", err=True)
        raise typer.Exit(EXIT_USAGE)
    if document_id is not None:
        call(url, token, "POST", f"/v1/documents/{document_id}/replay", {"reason": reason})
        print("It is processed again.")
        return
    done = call(url, token, "POST", "/v1/documents/replay", {"bank": bank, "reason": reason})
    print(f"{done['replayed']} documents of {bank} are processed again; {done['left']} stay in quarantine.")


@app.command("content")
def content(
    document_id: DocumentId,
    token: Token,
    url: Url = DEFAULT_URL,
    *,
    out: Annotated[Path | None, typer.Option(help="The file to write; without it, standard output.")] = None,
) -> None:
    """Gives the bytes as the bank sent them; that you looked is on the audit trail."""
    data = answered(url, token, "GET", f"/v1/documents/{document_id}/content").content
    if out is None:
        sys.stdout.buffer.write(data)
    else:
        out.write_bytes(data)
