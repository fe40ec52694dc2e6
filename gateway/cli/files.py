"""``payhub files``: what goes to the banks, and how far it got."""

from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, ROWS_SHOWN, After, Config, Json, Limit, Overlay, opened, show

app = typer.Typer(help="Bank files: how far they got.", no_args_is_help=True)
COLUMNS = ("id", "bank", "name", "state", "count", "totals", "generated_at", "submitted_at", "iso_status")


@app.command("list")
def list_files(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    bank: Annotated[str | None, typer.Option(help="Only for this bank.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    after: After = None,
    limit: Limit = ROWS_SHOWN,
    as_json: Json = False,
) -> None:
    """Lists bank files, newest first."""
    from gateway.domain.lifecycle import FileState
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        page = queries.list_files(
            connection, queries.EVERYTHING, bank=bank, after=after, limit=limit,
            state=None if state is None else FileState(state),
        )  # fmt: skip
        show(page.items, COLUMNS, as_json=as_json, following=page.next)


@app.command("show")
def show_file(
    file_id: Annotated[str, typer.Argument(help="The file.")], config: Config = DEFAULT_CONFIG, overlay: Overlay = None
) -> None:
    """Shows one file as JSON, with its moves, attempts and evidence."""
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        show([queries.get_file(connection, queries.EVERYTHING, file_id)], (), as_json=True)
