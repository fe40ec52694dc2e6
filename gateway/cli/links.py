"""``payhub people link …``: whom a sign-in service (OpenID Connect) stands for here."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.acting import ACTOR, Code, Reason, Token, administrator, named
from gateway.cli.hub import DEFAULT_CONFIG, Config, Json, Overlay, opened, show

if TYPE_CHECKING:
    from gateway.persistence.identities import Identity
    from gateway.wiring import Hub

COLUMNS = ("person", "issuer", "subject", "linked_by", "confirmed_by", "since")
Name = Annotated[str, typer.Argument(help="Who signs in there.")]
IssuerName = Annotated[str, typer.Option("--issuer", help="The sign-in service, by its name in payhub.toml.")]
Subject = Annotated[str, typer.Option(help="What the service calls the person (the claim sub); its page says it.")]


def link(
    name: Name, issuer: IssuerName, subject: Subject, reason: Reason, config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None, *, token: Token = None,
) -> None:  # fmt: skip
    """Lets somebody sign in at a sign-in service, once a second administrator confirms it."""
    from gateway.api.links import issuer_address
    from gateway.persistence import identity_desk
    from gateway.persistence.people import People

    with opened(config, overlay) as hub:
        by, address = administrator(hub, token), issuer_address(hub, issuer)
        with hub.unit_of_work(actor=ACTOR if by is None else by.id) as work:
            person = named(People(work.connection), name)
            row = identity_desk.link(work, person, issuer=address, subject=subject, by=by, reason=reason)
            work.commit()
    waits = "" if row.since else f"; it waits for a second administrator: payhub people confirm-link {name}"
    print(f"{name} is {subject} at {issuer}{waits}")


def confirm_link(
    name: Name, issuer: IssuerName, subject: Subject,
    token: Annotated[str, typer.Option(help="Your personal token.", envvar="PAYHUB_TOKEN")],
    config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, code: Code = None,
) -> None:  # fmt: skip
    """Confirms a link another administrator asked for; look at whom with `payhub people links` first."""
    from gateway.api import second_factor
    from gateway.api.links import issuer_address
    from gateway.persistence import identity_desk
    from gateway.persistence.people import People

    with opened(config, overlay) as hub:
        by = administrator(hub, token)
        assert by is not None, "a token was given"
        second_factor.prove(hub, by.id, code)
        with hub.unit_of_work(actor=by.id) as work:
            person = named(People(work.connection), name)
            identity_desk.confirm(
                work, issuer=issuer_address(hub, issuer), subject=subject, person_id=person.id, by=by
            )  # fmt: skip
            work.commit()
        print(f"It holds: {subject} at {issuer} signs in as {name}.")


def unlink(
    issuer: IssuerName, subject: Subject, reason: Reason, config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *,
    token: Token = None,
) -> None:  # fmt: skip
    """Ends a link at once; the person is signed out. Give the issuer's address where it is not configured any more."""
    from gateway.api.links import issuer_address
    from gateway.persistence import identity_desk

    with opened(config, overlay) as hub:
        by = administrator(hub, token)
        address = issuer if "://" in issuer else issuer_address(hub, issuer)
        with hub.unit_of_work(actor=ACTOR if by is None else by.id) as work:
            row = identity_desk.unlink(work, issuer=address, subject=subject, by=by, reason=reason)
            work.commit()
        print(f"It has ended: {subject} at {issuer} is no longer {_name(hub, row)}.")


def links(config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, as_json: Json = False) -> None:
    """Lists who signs in where, and links that wait for a second administrator."""
    from gateway.persistence.queries.links import list_links

    with opened(config, overlay) as hub, hub.reading() as connection:
        show(list_links(connection), COLUMNS, as_json=as_json)


COMMANDS: dict[str, Callable[..., None]] = {
    "link": link,
    "confirm-link": confirm_link,
    "unlink": unlink,
    "links": links,
}


def _name(hub: "Hub", row: "Identity") -> str:
    from gateway.persistence.people import People

    with hub.reading() as connection:
        return People(connection).get(row.person_id).name
