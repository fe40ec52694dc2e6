"""``payhub config``: what the configuration changes, and the two people who agree to it."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.acting import Code
from gateway.cli.hub import DEFAULT_CONFIG, EXIT_REFUSED, Config, Json, Overlay, opened

if TYPE_CHECKING:
    from gateway.api.auth import Caller
    from gateway.wiring import Hub

app = typer.Typer(help="What the configuration changes, and who agreed to it.", no_args_is_help=True)
Token = Annotated[str, typer.Option("--token", help="Your personal token.", envvar="PAYHUB_TOKEN")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for those who read it later.")]


@app.command("diff")
def diff(config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, as_json: Json = False) -> None:
    """Compares the files with what two people approved last, in words; exit 1 when they were not approved."""
    from gateway import settings_changes
    from gateway.persistence import configuration_desk

    with opened(config, overlay) as hub, hub.reading() as connection:
        digest, files = hub.configuration.money_digest, hub.configuration.moves_money
        changes = list(settings_changes.in_words(configuration_desk.approved_files(connection), files))
        approved = configuration_desk.is_approved(connection, digest)
        said = configuration_desk.words(connection, digest)
    if as_json:
        print(json.dumps({"digest": digest, "approved": approved, "changes": changes}, ensure_ascii=False))
    else:
        for one in changes:
            print(one)
        for word in said:
            print(f"{word.decision} by {word.person_name} on {word.at:%d %B %Y at %H:%M} UTC: {word.reason}")
        print(f"{digest} {'is approved' if approved else 'is not approved'}.")
    if not approved:
        raise typer.Exit(EXIT_REFUSED)


@app.command("propose")
def propose(token: Token, reason: Reason, config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Proposes the files as they are now; another administrator approves them."""
    from gateway.api.configuration import administrator
    from gateway.persistence import configuration_desk

    with opened(config, overlay) as hub:
        caller, digest = _decider(hub, token), hub.configuration.money_digest
        with hub.unit_of_work(actor=caller.id) as work:
            configuration_desk.propose(work, digest, hub.configuration.moves_money, administrator(caller), reason)
            work.commit()
    print(f"Proposed. Another administrator approves it: payhub config approve {digest}")


@app.command("approve")
def approve(
    digest: Annotated[str, typer.Argument(help="What 'config diff' showed you.")],
    token: Token,
    reason: Reason,
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    code: Code = None,
) -> None:
    """Approves what somebody else proposed."""
    from gateway.api import second_factor
    from gateway.api.configuration import administrator
    from gateway.persistence import configuration_desk

    with opened(config, overlay) as hub:
        caller = _decider(hub, token)
        second_factor.prove(hub, caller.id, code)
        with hub.unit_of_work(actor=caller.id) as work:
            configuration_desk.approve(work, digest, administrator(caller), reason)
            work.commit()
    print("Approved: workers may start with it.")


def _decider(hub: "Hub", token: str) -> "Caller":
    from gateway.api.auth import authenticate
    from gateway.domain.errors import Forbidden
    from gateway.domain.roles import EVERY, Verb

    caller = authenticate(hub, f"Bearer {token}")
    if not caller.is_person:
        raise Forbidden("Only a person may do this.", code="request.person_needed")
    caller.check(Verb.CONFIG_DECIDE, EVERY)
    return caller
