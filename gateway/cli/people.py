"""``payhub people``: who may do what. Passwords are asked for, or read from standard input; never an argument."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import delegating, links, resetting
from gateway.cli.acting import ACTOR, EVERY, Code, Reason, Token, administrator, named
from gateway.cli.hub import DEFAULT_CONFIG, Config, Json, Overlay, opened, show

if TYPE_CHECKING:
    from gateway.wiring import Hub

app = typer.Typer(help="People, and what each of them may do for which legal entity.", no_args_is_help=True)
app.command("delegate")(delegating.delegate)
app.command("delegations")(delegating.delegations)
app.command("confirm-delegation")(delegating.confirm_delegation)
app.command("end-delegation")(delegating.end_delegation)
COLUMNS = ("name", "display_name", "grants", "locked_until", "disabled_at")
GRANT_COLUMNS = ("id", "person", "role", "entity", "asked_by", "confirmed_by", "since", "ends_at", "ended_at")
Entity = Annotated[list[str] | None, typer.Option(help="A legal entity; may be repeated. Without it: all of them.")]

for _verb, _command in links.COMMANDS.items():
    app.command(_verb)(_command)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What the person signs in with.")],
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    display_name: Annotated[str | None, typer.Option(help="The name others see.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="A role to grant; may be repeated. Without it: none.")] = None,
    entity: Entity = None,
    same_as: Annotated[str | None, typer.Option(help="Another account of this person: persons count once.")] = None,
    token: Token = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from a pipe.")] = False,
    no_password: Annotated[bool, typer.Option("--no-password", help="Signs in at a sign-in service only.")] = False,
) -> None:
    """Adds a person with a password for the console; ``--role`` grants at once, or asks a second administrator."""
    from gateway.api import credentials
    from gateway.domain.errors import Conflict
    from gateway.domain.roles import role_of
    from gateway.persistence.grant_desk import grant
    from gateway.persistence.people import People, Person

    password = "" if no_password else sys.stdin.readline().rstrip("\n") if password_stdin else _asked()
    roles = [role_of(one) for one in dict.fromkeys(role or ())]
    with opened(config, overlay) as hub:
        by = administrator(hub, token)
        places = _entities(hub, entity)
        with hub.unit_of_work(actor=ACTOR if by is None else by.id) as work:
            people = People(work.connection)
            if any(one.name == name for one in people.all()):
                raise Conflict(f"There is already a person called {name}.", code="person.known")
            person = Person(
                id=work.new_id(), name=name, display_name=display_name or name, created_at=work.at,
                password=credentials.NO_PASSWORD if no_password else credentials.hash_password(password),
                same_as=None if same_as is None else named(people, same_as).counts_as,
            )  # fmt: skip
            people.add(person)
            work.note(action="person.added", subject=person.id, data={"same_as": person.same_as})
            made = [
                grant(work, person, one, place, by=by, reason="added with this role")
                for one in roles
                for place in places
            ]
            work.commit()
    print(f"{name} can sign in once linked: payhub people link." if no_password else f"{name} can sign in.")
    for row in made:
        if row.since is None:
            print(f"{row.role} for {row.entity} waits for a second administrator: payhub people confirm {row.id}")


@app.command("list")
def list_people(config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, as_json: Json = False) -> None:
    """Lists people with what they may do now, without their password hashes."""
    from gateway.persistence.queries.people import list_people as listed

    with opened(config, overlay) as hub, hub.reading() as connection:
        show(listed(connection, hub.clock.now()), COLUMNS, as_json=as_json)


@app.command("grants")
def grants(
    name: Annotated[str | None, typer.Argument(help="Only this person.")] = None,
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    as_json: Json = False,
) -> None:
    """Lists grants with their history, newest first: who asked, who confirmed, until when, who ended it."""
    from gateway.persistence.people import People
    from gateway.persistence.queries.people import list_grants

    with opened(config, overlay) as hub, hub.reading() as connection:
        person = None if name is None else named(People(connection), name).id
        show(list_grants(connection, person_id=person), GRANT_COLUMNS, as_json=as_json)


@app.command("grant")
def grant_role(
    name: Annotated[str, typer.Argument(help="Who gets it.")],
    role: Annotated[str, typer.Option(help="maker, approver, releaser, operator, auditor or administrator.")],
    reason: Reason,
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    entity: Entity = None,
    until: Annotated[datetime | None, typer.Option(help="When it ends by itself (UTC).")] = None,
    token: Token = None,
) -> None:
    """Grants a role for legal entities; approver, releaser and administrator need a second administrator's word."""
    from datetime import UTC

    from gateway.domain.roles import role_of
    from gateway.persistence.grant_desk import grant
    from gateway.persistence.people import People

    with opened(config, overlay) as hub:
        wanted, by, places = role_of(role), administrator(hub, token), _entities(hub, entity)
        with hub.unit_of_work(actor=ACTOR if by is None else by.id) as work:
            person = named(People(work.connection), name)
            ends_at = None if until is None else until.replace(tzinfo=UTC)
            made = [grant(work, person, wanted, place, by=by, reason=reason, ends_at=ends_at) for place in places]
            work.commit()
    for row in made:
        waits = "" if row.since else f"; it waits for a second administrator: payhub people confirm {row.id}"
        print(f"{name}: {row.role} for {row.entity}{waits}")


@app.command("confirm")
def confirm_grant(
    grant_id: Annotated[str, typer.Argument(help="The grant that waits.")],
    token: Annotated[str, typer.Option(help="Your personal token.", envvar="PAYHUB_TOKEN")],
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    code: Code = None,
) -> None:
    """Confirms a grant another administrator asked for."""
    from gateway.api import second_factor
    from gateway.persistence.grant_desk import confirm

    with opened(config, overlay) as hub:
        by = administrator(hub, token)
        assert by is not None, "a token was given"
        second_factor.prove(hub, by.id, code)
        with hub.unit_of_work(actor=by.id) as work:
            row = confirm(work, grant_id, by=by)
            work.commit()
    print(f"It holds: {row.role} for {row.entity}.")


@app.command("revoke")
def revoke(
    grant_id: Annotated[str, typer.Argument(help="The grant to end.")],
    reason: Reason,
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    token: Token = None,
) -> None:
    """Ends a grant at once; the person is signed out and must sign in anew."""
    from gateway.persistence.grant_desk import end

    with opened(config, overlay) as hub:
        by = administrator(hub, token)
        with hub.unit_of_work(actor=ACTOR if by is None else by.id) as work:
            row = end(work, grant_id, by=by, reason=reason)
            work.commit()
    print(f"It has ended: {row.role} for {row.entity}.")


@app.command("second-factor")
def set_second_factor(name: str, config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Sets up a person's second factor, in the place of one they lost; the person scans and types the first code."""
    import segno

    from gateway.api import second_factor
    from gateway.persistence.people import People

    with opened(config, overlay) as hub:
        with hub.reading() as connection:
            person = named(People(connection), name)
        fresh = second_factor.begin(hub, person, replace=True)
        typer.echo(f"Scan this, or type the secret {fresh.secret} into your authenticator.", err=True)
        segno.make(fresh.address).terminal(out=sys.stderr, compact=True)
        codes = second_factor.confirm(hub, person, typer.prompt("The code it shows", err=True))
    typer.echo("These recovery codes work once each and are shown once. Keep them where you keep passwords.", err=True)
    print("\n".join(codes))


for _verb, _command in resetting.COMMANDS.items():
    app.command(_verb)(_command)


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


def _entities(hub: "Hub", wanted: list[str] | None) -> list[str]:
    """The entities of a grant; raises for one that no account belongs to."""
    from gateway.domain.errors import Unacceptable

    known = {one.entity for one in hub.accounts.values()}
    unknown = sorted(set(wanted or ()) - known - {EVERY})
    if unknown:
        raise Unacceptable(
            f"No account belongs to {', '.join(unknown)}; there are: {', '.join(sorted(known))}.",
            code="person.unknown_entity",
        )
    return list(dict.fromkeys(wanted or (EVERY,)))
