"""``payhub people reset-second-factor`` and its like: two administrators take a second factor away that was lost."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.acting import Code, Reason, administrator, named
from gateway.cli.hub import DEFAULT_CONFIG, Config, Overlay, opened

if TYPE_CHECKING:
    from gateway.persistence.people import Person
    from gateway.wiring import Hub

Name = Annotated[str, typer.Argument(help="Whose second factor is lost.")]
Token = Annotated[str, typer.Option("--token", help="Your personal token.", envvar="PAYHUB_TOKEN")]


def reset_second_factor(
    name: Name, token: Token, reason: Reason, config: Config = DEFAULT_CONFIG, overlay: Overlay = None
) -> None:
    """Asks that a lost second factor is taken away; another administrator confirms it."""
    from gateway.api.resetting import ask

    with opened(config, overlay) as hub:
        person, by = _both(hub, name, token)
        ask(hub, person, by=by, reason=reason)
    print(f"It waits for another administrator: payhub people confirm-reset {name}")


def confirm_reset(
    name: Name, token: Token, config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, code: Code = None
) -> None:
    """Confirms that a second factor is lost, as another administrator said; it is taken away."""
    from gateway.api.resetting import confirm

    with opened(config, overlay) as hub:
        person, by = _both(hub, name, token)
        confirm(hub, person, by=by, code=code)
    print(f"{name} has no second factor any more, and sets up a new one before anything that asks for a code.")


def end_reset(
    name: Name, token: Token, reason: Reason, config: Config = DEFAULT_CONFIG, overlay: Overlay = None
) -> None:
    """Takes back that somebody's second factor is lost; it stays."""
    from gateway.api.resetting import end

    with opened(config, overlay) as hub:
        person, by = _both(hub, name, token)
        end(hub, person, by=by, reason=reason)
    print(f"{name} keeps the second factor.")


COMMANDS: dict[str, Callable[..., None]] = {
    "reset-second-factor": reset_second_factor,
    "confirm-reset": confirm_reset,
    "end-reset": end_reset,
}


def _both(hub: "Hub", name: str, token: str) -> tuple["Person", "Person"]:
    from gateway.persistence.people import People

    by = administrator(hub, token)
    assert by is not None, "a token was given"
    with hub.reading() as connection:
        return named(People(connection), name), by
