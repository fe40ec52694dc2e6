"""``payhub audit``: the trail of who did what, and whether anybody tampered with it."""

import json
from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, EXIT_REFUSED, Config, Json, Overlay, opened, show

app = typer.Typer(help="The audit trail.", no_args_is_help=True)
COLUMNS = ("sequence", "at", "actor", "action", "subject", "data")
BREACHES_SHOWN = 20


@app.command("verify")
def verify(config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, as_json: Json = False) -> None:
    """Walks the whole chain; exit 1 when a row was changed, removed, added or put elsewhere."""
    from itertools import islice

    from gateway.persistence.audit_trail import AuditTrail

    with opened(config, overlay) as hub, hub.reading(still=True) as connection:
        found = list(islice(AuditTrail(connection).breaches(), BREACHES_SHOWN))
    if as_json:
        breaches = [{"sequence": one.sequence, "what": one.what} for one in found]
        print(json.dumps({"intact": not found, "breaches": breaches}))
    elif found:
        for one in found:
            print(f"row {one.sequence}: {one.what}")
    else:
        print("The audit trail is intact.")
    if found:
        raise typer.Exit(EXIT_REFUSED)


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
