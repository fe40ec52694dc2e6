"""``payhub tokens``: personal tokens with which people decide from the command line."""

from datetime import timedelta
from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, Config, Overlay, opened

app = typer.Typer(help="Personal tokens for the command line and the API.", no_args_is_help=True)
ACTOR = "command line"
DAYS_MAX = 366


@app.command("add")
def add(
    person: Annotated[str, typer.Argument(help="Whose token.")],
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    days: Annotated[int, typer.Option(help="How long it works.", min=1, max=DAYS_MAX)] = 90,
) -> None:
    """Makes a personal token and shows it, once."""
    from gateway.api import credentials
    from gateway.domain.errors import NotFound
    from gateway.persistence.people import People, Token

    with opened(config, overlay) as hub, hub.unit_of_work(actor=ACTOR) as work:
        people = People(work.connection)
        owner = people.with_name(person)
        if owner is None:
            raise NotFound(f"There is no person called {person}.")
        fresh = credentials.mint(credentials.PERSONAL_TOKEN, hub.ids)
        people.add_token(
            Token(
                id=work.new_id(), person_id=owner.id, prefix=fresh.prefix, sha256=fresh.sha256, created_at=work.at,
                expires_at=work.at + timedelta(days=days),
            )
        )  # fmt: skip
        work.note(action="person.token_added", subject=owner.id, data={"prefix": fresh.prefix, "days": days})
        work.commit()
    typer.echo("This token is shown once. Keep it as you keep a password.", err=True)
    print(fresh.text)


@app.command("revoke")
def revoke(
    person: Annotated[str, typer.Argument(help="Whose tokens.")],
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
) -> None:
    """Takes every token of a person back."""
    from gateway.domain.errors import NotFound
    from gateway.persistence.people import People

    with opened(config, overlay) as hub, hub.unit_of_work(actor=ACTOR) as work:
        people = People(work.connection)
        owner = people.with_name(person)
        if owner is None:
            raise NotFound(f"There is no person called {person}.")
        count = people.revoke_tokens(owner.id, work.at)
        work.note(action="person.tokens_revoked", subject=owner.id, data={"count": count})
        work.commit()
    print(f"{count} tokens work no more.")
