"""``payhub people delegate`` and its like: letting a colleague sign for oneself for some days."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.acting import Code
from gateway.cli.hub import DEFAULT_CONFIG, Config, Json, Overlay, opened, show

if TYPE_CHECKING:
    from gateway.api.auth import Caller
    from gateway.wiring import Hub

Token = Annotated[str, typer.Option("--token", help="Your personal token.", envvar="PAYHUB_TOKEN")]
Reason = Annotated[str, typer.Option("--reason", help="Why; others will read it.")]
DelegationId = Annotated[str, typer.Argument(help="The delegation, as 'people delegations' lists it.")]
COLUMNS = ("id", "giver", "taker", "role", "entity", "starts_at", "ends_at", "confirmed_by", "ended_at", "reason")


def delegate(
    name: Annotated[str, typer.Argument(help="Who signs for you.")],
    role: Annotated[str, typer.Option(help="approver or releaser.")],
    entity: Annotated[str, typer.Option(help="The legal entity, or * for all of yours.")],
    until: Annotated[datetime, typer.Option(help="When it ends (UTC).")],
    token: Token,
    reason: Reason,
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    since: Annotated[datetime | None, typer.Option("--from", help="When it begins (UTC); without it, now.")] = None,
    code: Code = None,
) -> None:
    """Lets a colleague sign for you for some days; an administrator confirms it."""
    from gateway.api import second_factor
    from gateway.api.delegations import check_entity, named
    from gateway.domain.roles import role_of
    from gateway.persistence.delegation_desk import delegate as ask
    from gateway.persistence.people import People

    with opened(config, overlay) as hub:
        caller, wanted = _person(hub, token), role_of(role)
        check_entity(hub, entity)
        second_factor.prove(hub, caller.id, code)
        with hub.unit_of_work(actor=caller.id) as work:
            people = People(work.connection)
            begins = work.at if since is None else since.replace(tzinfo=UTC)
            line = ask(
                work, people.get(caller.id), named(people, name), wanted, entity, starts_at=begins,
                ends_at=until.replace(tzinfo=UTC), reason=reason,
            )  # fmt: skip
            work.commit()
    print(f"It waits for an administrator: payhub people confirm-delegation {line.id}")


def delegations(config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, as_json: Json = False) -> None:
    """Lists delegations, newest first: who signs for whom, in which days, who confirmed."""
    from gateway.persistence.delegations import Delegations

    with opened(config, overlay) as hub, hub.reading() as connection:
        show(Delegations(connection).lines(), COLUMNS, as_json=as_json)


def confirm_delegation(
    delegation_id: DelegationId, token: Token, config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *,
    code: Code = None,
) -> None:  # fmt: skip
    """Confirms that somebody may sign for another person; an administrator's word."""
    from gateway.api import second_factor
    from gateway.domain.roles import EVERY, Verb
    from gateway.persistence.delegation_desk import confirm
    from gateway.persistence.people import People

    with opened(config, overlay) as hub:
        caller = _person(hub, token)
        caller.check(Verb.PEOPLE_GRANT, EVERY)
        second_factor.prove(hub, caller.id, code)
        with hub.unit_of_work(actor=caller.id) as work:
            line = confirm(work, delegation_id, by=People(work.connection).get(caller.id))
            work.commit()
    print(f"It is confirmed: {line.taker} for {line.giver}, {line.role} for {line.entity}.")


def end_delegation(
    delegation_id: DelegationId,
    token: Token,
    reason: Reason,
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
) -> None:
    """Ends a delegation at once: whoever gave it or got it may, and an administrator."""
    from gateway.api.delegations import administrates
    from gateway.persistence.delegation_desk import end
    from gateway.persistence.people import People

    with opened(config, overlay) as hub:
        caller = _person(hub, token)
        with hub.unit_of_work(actor=caller.id) as work:
            by = People(work.connection).get(caller.id)
            line = end(work, delegation_id, by=by, administrates=administrates(caller), reason=reason)
            work.commit()
    print(f"It has ended: {line.taker} for {line.giver}, {line.role} for {line.entity}.")


def _person(hub: "Hub", token: str) -> "Caller":
    from gateway.api.auth import authenticate
    from gateway.api.delegations import person

    return person(authenticate(hub, f"Bearer {token}"))
