"""``payhub demo``: the whole path with two simulated banks, three days in less than a minute."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gateway.demo.world import World

EXIT_WRONG = 1
CONFIG = Path(__file__).resolve().parents[2] / "config"


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End when the story is told.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON, nothing else.")] = False,
) -> None:
    """Show the hub at work. PAYHUB_DATABASE_URL names an empty database; without it SQLite in a throw-away folder."""
    from rich.console import Console
    from rich.live import Live

    from gateway.demo.figures import figures, standing
    from gateway.demo.story import STARTS_AT, Story, StoryStuck
    from gateway.demo.table import table
    from gateway.demo.world import World

    console = Console(stderr=as_json, quiet=as_json)
    with World(CONFIG, starts_at=STARTS_AT, database_url=os.environ.get("PAYHUB_DATABASE_URL")) as world:
        with Live(console=console, refresh_per_second=4) as live:

            def look() -> None:
                moment = world.clock.now().astimezone(STARTS_AT.tzinfo)
                live.update(table(standing(world.hub), story.batches, f"{moment:%A %d %B %Y, %H:%M}"))

            story = Story(world, tell=lambda text: live.console.print(f"[dim]{text}[/]"), look=look)
            told = True
            try:
                story.play()
            except StoryStuck as err:
                told = False
                typer.echo(str(err), err=True)
            look()
        summary = figures(world.hub, world.banks.values()) | {"as_told": told, "workers": world.workers}
        _show(summary, console, as_json=as_json)
        if not once:
            _stay(world, console)
    if not (told and summary["conserved"]):
        raise typer.Exit(EXIT_WRONG)


def _show(summary: dict[str, Any], console: Any, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(summary))
        return
    for name, value in summary.items():
        console.print(f"[bold]{name}[/]: {value}")


def _stay(world: "World", console: Any) -> None:
    """Leaves everything running until Ctrl-C, and says where."""
    import signal
    import threading

    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    console.print(f"\nConsole and API: [bold]{world.api}[/]")
    for name, password in world.access.passwords.items():
        console.print(f"Sign in as [bold]{name}[/] with the password [bold]{password}[/]")
    for name, token in world.access.tokens.items():
        console.print(f"Commands of {name}: --url {world.api} --token {token}", soft_wrap=True)
    console.print(f"API key of the ERP: {world.access.erp_key}")
    console.print(
        f"Turn everybody's clock: curl {world.turning} -H 'Content-Type: application/json'"
        """ -d '{"at": "2026-10-07T18:05:00+02:00"}'""",
        soft_wrap=True,
    )
    console.print("Everything runs until you press Ctrl-C.")
    ending.wait()
