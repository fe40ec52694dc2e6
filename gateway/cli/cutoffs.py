"""``payhub cutoffs``: what waits for which window, the next to close first."""

from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, Config, Json, Overlay, opened, show

app = typer.Typer(help="Cut-offs and what waits for them.", no_args_is_help=True)
COLUMNS = ("bank", "product", "value_date", "opens_at", "release_by", "closes_at", "zone", "waiting")


@app.callback()
def cutoffs() -> None:
    """Cut-offs and what waits for them."""


@app.command("list")
def list_cutoffs(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    bank: Annotated[str | None, typer.Option(help="Only of this bank.")] = None,
    as_json: Json = False,
) -> None:
    """Lists the windows that are still open."""
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        rows = queries.list_cutoffs(connection, queries.EVERYTHING, at=hub.clock.now(), bank=bank)
        show(rows, COLUMNS, as_json=as_json)
