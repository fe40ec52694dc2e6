"""``payhub people``: who may decide. Passwords are asked for, or read from standard input; never an argument."""

import sys
from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, Config, Json, Overlay, opened, show

app = typer.Typer(help="The people who approve batches and look after breaks.", no_args_is_help=True)
COLUMNS = ("name", "display_name", "roles", "locked_until", "disabled_at")
ACTOR = "command line"


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What the person signs in with.")],
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    display_name: Annotated[str | None, typer.Option(help="The name others see.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="approver or administrator.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from a pipe.")] = False,
) -> None:
    """Adds a person with a password for the console."""
    from gateway.api import credentials
    from gateway.domain import roles
    from gateway.domain.errors import Conflict
    from gateway.persistence.people import People, Person

    password = sys.stdin.readline().rstrip("\n") if password_stdin else _asked()
    with opened(config, overlay) as hub, hub.unit_of_work(actor=ACTOR) as work:
        people = People(work.connection)
        roles.check_held(role or ())
        if any(one.name == name for one in people.all()):
            raise Conflict(f"There is already a person called {name}.", code="person.known")
        person = Person(
            id=work.new_id(), name=name, display_name=display_name or name, created_at=work.at,
            password=credentials.hash_password(password), roles=tuple(role or ("approver",)),
        )  # fmt: skip
        people.add(person)
        work.note(action="person.added", subject=person.id, data={"roles": list(person.roles)})
        work.commit()
    print(f"{name} can sign in.")


@app.command("list")
def list_people(config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, as_json: Json = False) -> None:
    """Lists people, without their password hashes."""
    from gateway.persistence.people import People

    with opened(config, overlay) as hub, hub.reading() as connection:
        show(People(connection).all(), COLUMNS, as_json=as_json, hidden=("password",))


@app.command("disable")
def disable(name: str, config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Ends a person's access at once; what they decided stays."""
    from gateway.persistence.people import People

    with opened(config, overlay) as hub, hub.unit_of_work(actor=ACTOR) as work:
        People(work.connection).disable(name, work.at)
        work.note(action="person.disabled", subject=name, data={})
        work.commit()
    print(f"{name} can do nothing any more.")


def _asked() -> str:
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
