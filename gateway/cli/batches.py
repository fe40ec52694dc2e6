"""``payhub batches``: look at batches, and decide about them with a personal token."""

from typing import Annotated

import typer

from gateway.cli import stopping
from gateway.cli.acting import Code
from gateway.cli.calling import Token, call
from gateway.cli.hub import (
    DEFAULT_CONFIG,
    EXIT_REFUSED,
    ROWS_SHOWN,
    After,
    Config,
    Json,
    Limit,
    Overlay,
    chosen,
    opened,
    show,
)
from gateway.cli.submit import DEFAULT_URL, Url

app = typer.Typer(help="Batches: where they stand, and decisions about them.", no_args_is_help=True)
COLUMNS = ("id", "received_at", "entity", "source", "message_id", "payments", "totals", "states")
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask again.")]
DOORS = {"release": "release", "break-glass": "break-glass"}
"""Where a decision goes that is not an approver's."""
BatchId = Annotated[str, typer.Argument(help="The batch.")]


@app.command("list")
def list_batches(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    state: Annotated[str | None, typer.Option(help="Only those with payments in this state.")] = None,
    after: After = None,
    limit: Limit = ROWS_SHOWN,
    as_json: Json = False,
) -> None:
    """Lists batches, newest first."""
    from gateway.domain.lifecycle import State
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        page = queries.list_batches(
            connection, queries.EVERYTHING, after=after, limit=limit, state=chosen(State, state, "--state")
        )
        show(page.items, COLUMNS, as_json=as_json, following=page.next)


@app.command("show")
def show_batch(batch_id: BatchId, config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Shows everything about one batch as JSON: findings, decisions, where its payments stand."""
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        show([queries.get_batch(connection, queries.EVERYTHING, batch_id)], (), as_json=True)


@app.command("approve")
def approve(
    batch_id: BatchId,
    token: Token,
    url: Url = DEFAULT_URL,
    *,
    reason: Reason = "",
    code: Code = None,
    yes: Yes = False,
) -> None:
    """Approves exactly what waits in a batch now, after showing how much that is."""
    _decide(url, token, batch_id, "approve", reason, yes=yes, code=code)


@app.command("decline")
def decline(
    batch_id: BatchId,
    token: Token,
    reason: Reason,
    url: Url = DEFAULT_URL,
    *,
    yes: Yes = False,
) -> None:
    """Declines what waits in a batch; those payments go no further."""
    _decide(url, token, batch_id, "decline", reason, yes=yes)


@app.command("release")
def release(
    batch_id: BatchId,
    token: Token,
    url: Url = DEFAULT_URL,
    *,
    reason: Reason = "",
    code: Code = None,
    yes: Yes = False,
) -> None:
    """Lets exactly what is approved in a batch go, where a rule asks for a releaser."""
    _decide(url, token, batch_id, "release", reason, yes=yes, code=code)


@app.command("break-glass")
def break_glass(
    batch_id: BatchId,
    token: Token,
    reason: Reason,
    url: Url = DEFAULT_URL,
    *,
    code: Code = None,
    yes: Yes = False,
) -> None:
    """Lets a batch go against the rules; two persons must, and everybody is told."""
    _decide(url, token, batch_id, "break-glass", reason, yes=yes, code=code)


@app.command("renew")
def renew(
    batch_id: BatchId,
    token: Token,
    reason: Reason,
    url: Url = DEFAULT_URL,
    *,
    on: Annotated[str, typer.Option(help="The day on which it is wanted instead, like 2026-12-01.")],
) -> None:
    """Asks for a new day for what missed its cut-off; it must then be approved anew."""
    body = {"requested_date": on, "reason": reason}
    after = call(url, token, "POST", f"/v1/batches/{batch_id}/renewal", body)
    print(f"{after['count']} payments wait for approval, {after['held']} are held; {after['needed']} must agree.")


app.command("hold")(stopping.hold_batch)
app.command("release-holds")(stopping.release_batch)
app.command("withdraw")(stopping.withdraw_batch)


def _decide(
    url: str, token: str, batch_id: str, decision: str, reason: str, *, yes: bool, code: str | None = None
) -> None:
    path = f"/v1/batches/{batch_id}"
    waiting = call(url, token, "GET", f"{path}/approvals")
    if waiting["digest"] is None:
        typer.echo("Nothing in this batch waits for approval.", err=True)
        raise typer.Exit(EXIT_REFUSED)
    sums = ", ".join(f"{one['currency']} {one['amount']}" for one in waiting["totals"])
    if not yes:
        for one in waiting["explanation"]:
            print(one)
        for one in waiting["days"]:
            print(f"{one['debtor_account']}, wanted {one['requested_date']}: paid on {one['value_date'] or 'no day'}.")
        if waiting["over_limit"] and decision in ("approve", "release"):
            print(waiting["over_limit"])
        typer.confirm(f"{decision.title()} {waiting['count']} payments, {sums}?", abort=True)
    body = {"digest": waiting["digest"], "reason": reason}
    if decision != "break-glass":
        body["decision"] = decision
    after = call(url, token, "POST", f"{path}/{DOORS.get(decision, 'approvals')}", body, code)
    left = "" if after["digest"] is None else f" {after['given']} of {after['needed']} approvals so far."
    if after["digest"] is not None and after["releases_needed"]:
        left += f" {after['releases_given']} of {after['releases_needed']} releases so far."
    print(f"{waiting['count']} payments, {sums}: your decision counts.{left}")
