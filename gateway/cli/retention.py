"""``payhub retention``: bytes whose time is over, shown before they go."""

from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, Config, Json, Overlay, opened, show

app = typer.Typer(help="Stored bytes whose time is over.", no_args_is_help=True)
ACTOR = "command line"
COLUMNS = ("kind", "id", "since", "size", "sha256")
REMOVED_AT_ONCE = 200


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
    """Shows which bytes would go by the days under [retention]; with --yes they go. Hashes and the trail stay."""
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
                desk.remove(work, still)
                work.commit()
            gone += len(still)
    if not as_json:
        typer.echo(
            f"{gone} documents were removed." if yes else f"{len(found)} documents would go; --yes removes them."
        )
