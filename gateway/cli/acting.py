"""What commands that change people share: who acts, and for whom."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gateway.persistence.people import People, Person
    from gateway.wiring import Hub

ACTOR = "command line"
EVERY = "*"
Token = Annotated[str | None, typer.Option("--token", help="An administrator's personal token.", envvar="PAYHUB_TOKEN")]
Reason = Annotated[str, typer.Option(help="Why; others will read it.")]
Code = Annotated[str | None, typer.Option("--code", help="A code of your second factor, if you have one.")]


def administrator(hub: "Hub", token: str | None) -> "Person | None":
    """The administrator behind a token, who must be one for all entities; None where the command line acts itself."""
    from gateway.api.auth import authenticate
    from gateway.domain.roles import Verb
    from gateway.persistence.people import People

    if token is None:
        return None
    caller = authenticate(hub, f"Bearer {token}")
    caller.check(Verb.PEOPLE_GRANT, EVERY)
    with hub.reading() as connection:
        return People(connection).get(caller.id)


def named(people: "People", name: str) -> "Person":
    """The enabled person of that name; raises :class:`NotFound`."""
    from gateway.domain.errors import NotFound

    person = people.with_name(name)
    if person is None:
        raise NotFound(f"There is no person called {name}.")
    return person
