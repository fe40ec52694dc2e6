"""``payhub banks``: which banks there are, and whether one can be reached, without sending money."""

import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from banks import profile
from banks.strict import Misconfigured
from gateway.cli.acting import Code
from gateway.cli.hub import DEFAULT_CONFIG, EXIT_REFUSED, EXIT_USAGE, Config, Json, Overlay

app = typer.Typer(help="The banks payhub is connected to.", no_args_is_help=True)

STATUS_COLUMNS = ("bank", "state", "since", "until", "failures", "waiting", "offered_fingerprint", "error")
SIGNS = {True: "ok  ", False: "FAIL", None: "-   "}


@app.command("list")
def list_banks(config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, as_json: Json = False) -> None:
    """Lists the banks with their connector, products and the digest of their profile."""
    for bank in _profiles(config, overlay).values():
        products = [product.name for product in bank.products]
        if as_json:
            facts = {"name": bank.name, "title": bank.title, "bic": bank.bic, "connector": bank.connector}
            print(json.dumps({**facts, "products": products, "digest": bank.digest}))
        else:
            print(f"{bank.name:<20} {bank.connector:<7} {bank.bic:<11} {', '.join(products)}  {bank.digest[:12]}")


@app.command("check")
def check_bank(
    name: Annotated[str, typer.Argument(help="The bank's name, as its file is called.")],
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    as_json: Json = False,
) -> None:
    """Tries the way to a bank step by step: name, port, host key or certificate, login or token, folders, rename."""
    from banks import checking, secrets
    from gateway.cli import channels

    profiles = _profiles(config, overlay)
    if name not in profiles:
        typer.echo(f"There is no bank {name!r}; there are: {', '.join(profiles) or 'none'}.", err=True)
        raise typer.Exit(EXIT_USAGE)
    made = []
    resolver = secrets.resolver(os.environ)
    confirmed = channels.confirmed_keys(config, overlay, profiles[name])
    tried = checking.check(
        profiles[name], resolver, at=datetime.now(UTC), ids=lambda: uuid.uuid4().hex, confirmed=confirmed
    )
    for trial in tried:
        made.append(trial)
        if as_json:
            facts = {"bank": name, "what": trial.what, "ok": trial.ok, "found": trial.found, "advice": trial.advice}
            print(json.dumps(facts))
            continue
        print(f"{SIGNS[trial.ok]}  {trial.what:<16} {trial.found}")
        if trial.advice:
            print(f"{'':<23}→ {trial.advice}")
    if any(trial.what == "host key" and trial.ok for trial in made) and channels.lifted(config, overlay, name):
        print(f"The channel to {name} was stopped and goes on: the server shows a trusted key again.")
    if not checking.passed(made):
        raise typer.Exit(EXIT_REFUSED)


@app.command("status")
def status(
    name: Annotated[str | None, typer.Argument(help="Only this bank.")] = None,
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    as_json: Json = False,
) -> None:
    """Shows how the channel to each bank stands, those in trouble first."""
    from gateway.cli.hub import opened, show
    from gateway.persistence.queries.channels import get_channel, list_channels

    with opened(config, overlay) as hub, hub.reading() as connection:
        if name is None:
            rows = list_channels(connection, hub.profiles)
        else:
            rows = [get_channel(connection, hub.profiles, name)]
        show(rows, STATUS_COLUMNS, as_json=as_json)


@app.command("confirm-key")
def confirm_key(
    name: Annotated[str, typer.Argument(help="The bank whose host key changed.")],
    fingerprint: Annotated[str, typer.Option(help="What the bank told you, SHA256:…")],
    reason: Annotated[str, typer.Option(help="Whom you called, and when.")],
    token: Annotated[str, typer.Option(help="Your personal token.", envvar="PAYHUB_TOKEN")],
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    code: Code = None,
) -> None:
    """Confirms the new host key of a stopped channel; two administrators must, each with a token of their own."""
    from gateway.cli import channels
    from gateway.cli.hub import opened

    with opened(config, overlay) as hub:
        print(channels.confirm(hub, name, token=token, fingerprint=fingerprint, reason=reason, code=code))


def _profiles(config: Path, overlay: Path | None) -> dict[str, profile.BankProfile]:
    above = overlay / "banks" if overlay is not None else None
    try:
        return dict(profile.load(config / "banks", overlay=above))
    except Misconfigured as err:
        for problem in err.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(EXIT_USAGE) from err
