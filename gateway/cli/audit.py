"""``payhub audit``: the trail of who did what, and whether anybody tampered with it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, EXIT_REFUSED, Config, Json, Overlay, opened, refuse, show

if TYPE_CHECKING:
    from gateway.anchors import Anchor

app = typer.Typer(help="The audit trail.", no_args_is_help=True)
COLUMNS = ("sequence", "at", "actor", "action", "subject", "data")
BREACHES_SHOWN = 20


@app.command("verify")
def verify(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    anchors_in: Annotated[Path | None, typer.Option("--anchors", help="The sink's file of anchors.")] = None,
    as_json: Json = False,
) -> None:
    """Walks the whole chain and the anchors; exit 1 when a row was changed, removed, added or put elsewhere."""
    from itertools import islice

    from gateway.persistence import anchor_desk

    with opened(config, overlay) as hub, hub.reading(still=True) as connection:
        outside = _anchors(anchors_in)
        found = list(islice(anchor_desk.examine(connection, hub.public_keys(), outside), BREACHES_SHOWN))
    if as_json:
        breaches = [{"sequence": one.sequence, "what": one.what} for one in found]
        print(json.dumps({"intact": not found, "breaches": breaches}))
    elif found:
        for one in found:
            print(f"row {one.sequence}: {one.what}")
    else:
        print("The audit trail is intact.", *([f"{len(outside)} anchors are in it."] if anchors_in else ()))
    if found:
        raise typer.Exit(EXIT_REFUSED)


@app.command("anchor")
def anchor(config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Signs the head of the trail now and takes it to the sink; prints the anchor."""
    from gateway import anchors
    from gateway.scheduling import anchoring

    with opened(config, overlay) as hub:
        made = anchoring.anchor(hub)
        anchoring.export(hub)
    print("Nothing was written since the last anchor." if made is None else anchors.line(made))


@app.command("key")
def key(config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Prints the public half of the anchor key, for [audit.public_keys] and for those who check."""
    with opened(config, overlay) as hub:
        signer = hub.signer()
        if signer is None:
            refuse("There is no [audit] anchor_key.", "audit.no_anchor_key")
        print(f'{signer.key_id} = "{signer.public_key}"')


@app.command("harden")
def harden(
    role: Annotated[str, typer.Option(help="The role the hub's processes run under.")],
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
) -> None:
    """Takes changing and removing rows of the trail from the hub's role (PostgreSQL); run it as the tables' owner."""
    from gateway.persistence import hardening

    with opened(config, overlay) as hub, hub.engine.begin() as connection:
        hardening.refuse_changes(connection)
        hardening.revoke(connection, role)
    print(f"{role} can add to the trail and to its anchors, and nothing else.")


def _anchors(path: Path | None) -> "list[Anchor]":
    from gateway import anchors

    if path is None:
        return []
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            return list(anchors.read(lines))
    except OSError as err:
        refuse(f"{path} cannot be read: {err.strerror}.", "audit.anchors_unreadable")


@app.command("list")
def list_rows(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    subject: Annotated[str | None, typer.Option(help="Only about this.")] = None,
    after: Annotated[int, typer.Option(help="Go on after this row.", min=0)] = 0,
    limit: Annotated[int, typer.Option(help="Rows to show.", min=1, max=5_000)] = 100,
    as_json: Json = False,
) -> None:
    """Lists rows of the trail, oldest first."""
    from gateway.persistence.audit_trail import AuditTrail

    with opened(config, overlay) as hub, hub.reading() as connection:
        show(AuditTrail(connection).rows(after=after, subject=subject, limit=limit), COLUMNS, as_json=as_json)
