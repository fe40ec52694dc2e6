"""``payhub statements``: what the banks say they booked, and whether it adds up."""

from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, ROWS_SHOWN, After, Config, Json, Limit, Overlay, opened, show

app = typer.Typer(help="Statements with their proof, and their entries.", no_args_is_help=True)
COLUMNS = (
    "id",
    "bank",
    "account",
    "currency",
    "closing_date",
    "opening",
    "closing",
    "entries",
    "verdict",
    "proof_text",
)
ENTRY = (
    "position",
    "part",
    "direction",
    "amount",
    "currency",
    "value_date",
    "end_to_end_id",
    "state",
    "payment_id",
    "rule",
)


@app.command("list")
def list_statements(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    after: After = None,
    limit: Limit = ROWS_SHOWN,
    as_json: Json = False,
) -> None:
    """Lists statements, newest first."""
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        page = queries.list_statements(connection, queries.EVERYTHING, account=account, after=after, limit=limit)
        show(page.items, COLUMNS, as_json=as_json, following=page.next)


@app.command("entries")
def list_entries(
    statement_id: Annotated[str, typer.Argument(help="The statement.")],
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    after: After = None,
    limit: Limit = ROWS_SHOWN,
    as_json: Json = False,
) -> None:
    """Lists the entries of a statement, each with the payment it was matched with."""
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        page = queries.list_entries(connection, queries.EVERYTHING, statement_id, after=after, limit=limit)
        show(page.items, ENTRY, as_json=as_json, following=page.next)
