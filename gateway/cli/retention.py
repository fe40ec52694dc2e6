"""``payhub retention``: bytes whose time is over, shown before they go."""

from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, Config, Json, Overlay, opened, show

app = typer.Typer(help="Stored bytes whose time is over.", no_args_is_help=True)
ACTOR = "command line"
FORGOTTEN = ("kind", "id", "since")
COLUMNS = ("kind", "id", "since", "size", "sha256")
REMOVED_AT_ONCE = 200
ERASED_AT_ONCE = 50
"""Batches in one transaction: each may hold 100,000 payments."""


@app.callback()
def retention() -> None:
    """Stored bytes whose time is over."""


@app.command("run")
def run(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    yes: Annotated[bool, typer.Option("--yes/--dry-run", help="Remove, instead of showing what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Shows what would go by the days under [retention]: bytes first, then names and accounts in the rows made of
    them; with --yes it goes. Amounts, references, hashes and the trail stay.
    """
    from gateway.persistence import erasure
    from gateway.persistence import retention as desk

    with opened(config, overlay) as hub:
        days = hub.settings.proof.retention_days
        with hub.reading(still=True) as connection:
            found = desk.due(connection, days, hub.clock.now())
        show(found, COLUMNS, as_json=as_json)
        gone = 0
        for start in range(0, len(found) if yes else 0, REMOVED_AT_ONCE):
            wanted = {one.sha256 for one in found[start : start + REMOVED_AT_ONCE]}
            with hub.unit_of_work(actor=ACTOR) as work:
                still = [one for one in desk.due(work.connection, days, work.at) if one.sha256 in wanted]
                desk.remove(work, still, days)
                work.commit()
            gone += len(still)
        with hub.reading(still=True) as connection:
            forgettable = erasure.due(connection, days, hub.clock.now())
        show(forgettable, FORGOTTEN, as_json=as_json)
        forgotten = 0
        for start in range(0, len(forgettable) if yes else 0, ERASED_AT_ONCE):
            chosen = set(forgettable[start : start + ERASED_AT_ONCE])
            with hub.unit_of_work(actor=ACTOR) as work:
                due = [one for one in erasure.due(work.connection, days, work.at) if one in chosen]
                forgotten += erasure.erase(work, due, days)
                work.commit()
    if not as_json:
        told = f"{gone} documents were removed, and {forgotten} batches and documents forgot whom they are about."
        shown = f"{len(found)} documents would go, and {len(forgettable)} batches and documents would forget whom"
        typer.echo(told if yes else f"{shown} they are about; --yes does it.")
