"""``payhub breaks``: what does not fit, why, and who must act."""

from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, ROWS_SHOWN, After, Config, Json, Limit, Overlay, opened, show

app = typer.Typer(help="Breaks: what does not fit between payments and statements.", no_args_is_help=True)
COLUMNS = ("id", "kind", "bank", "state", "opened_at", "who_acts", "reason")


@app.callback()
def breaks() -> None:
    """What does not fit between payments and statements."""


@app.command("list")
def list_breaks(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are resolved.")] = False,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    after: After = None,
    limit: Limit = ROWS_SHOWN,
    as_json: Json = False,
) -> None:
    """Lists breaks, newest first."""
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        page = queries.list_breaks(
            connection, queries.EVERYTHING, state=None if everything else "open", kind=kind, after=after, limit=limit
        )
        show(page.items, COLUMNS, as_json=as_json, following=page.next)
