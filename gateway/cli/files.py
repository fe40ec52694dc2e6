"""``payhub files``: what goes to the banks, how far it got, and settling a doubt with a personal token."""

import json
from typing import Annotated

import typer

from gateway.cli.acting import Code
from gateway.cli.calling import Token, call
from gateway.cli.hub import (
    DEFAULT_CONFIG,
    EXIT_USAGE,
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

app = typer.Typer(help="Bank files: how far they got, and what became of one in doubt.", no_args_is_help=True)
MEANS = {
    "arrived": "the bank has it",
    "send_again": "it never arrived and goes again",
    "give_up": "it never arrived and shall not go; its payments are rejected",
}
COLUMNS = ("id", "bank", "name", "state", "count", "totals", "generated_at", "submitted_at", "iso_status")


@app.command("list")
def list_files(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    bank: Annotated[str | None, typer.Option(help="Only for this bank.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    after: After = None,
    limit: Limit = ROWS_SHOWN,
    as_json: Json = False,
) -> None:
    """Lists bank files, newest first."""
    from gateway.domain.lifecycle import FileState
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        page = queries.list_files(
            connection, queries.EVERYTHING, bank=bank, after=after, limit=limit,
            state=chosen(FileState, state, "--state"),
        )  # fmt: skip
        show(page.items, COLUMNS, as_json=as_json, following=page.next)


@app.command("show")
def show_file(
    file_id: Annotated[str, typer.Argument(help="The file.")], config: Config = DEFAULT_CONFIG, overlay: Overlay = None
) -> None:
    """Shows one file as JSON, with its moves, attempts and evidence."""
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        show([queries.get_file(connection, queries.EVERYTHING, file_id)], (), as_json=True)


@app.command("settle")
def settle_file(
    file_id: Annotated[str, typer.Argument(help="The file.")],
    token: Token,
    verdict: Annotated[str, typer.Option(help="; ".join(f"{name}: {text}" for name, text in MEANS.items()))],
    reason: Annotated[str, typer.Option("--reason", help="How you know.")],
    url: Url = DEFAULT_URL,
    *,
    code: Code = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: Json = False,
) -> None:
    """Says what became of a file in doubt. When two people say the same, it is done."""
    if verdict not in MEANS:
        typer.echo(f"--verdict is one of {', '.join(MEANS)}.", err=True)
        raise typer.Exit(EXIT_USAGE)
    file = call(url, token, "GET", f"/v1/files/{file_id}")
    path = f"/v1/files/{file_id}/rulings"
    before = call(url, token, "GET", path)
    sums = ", ".join(f"{one['currency']} {one['amount']}" for one in file["totals"])
    if not yes:
        said = [f"{one['person_name']}: {one['verdict']}" for one in before["rulings"] if one["counts"]]
        typer.echo(
            f"{file['name']} for {file['bank']} is {file['state']}. Said so far: {'; '.join(said) or 'nothing'}."
        )
        typer.confirm(f"{file['count']} payments, {sums}: {MEANS[verdict]}?", abort=True)
    body = {"verdict": verdict, "reason": reason, "version": before["version"]}
    after = call(url, token, "POST", path, body, code)
    if as_json:
        print(json.dumps(after, ensure_ascii=False))
        return
    if after["decided"] is not None or after["state"] != before["state"]:
        print(f"{file['name']}, {sums}: two people say so; {MEANS[verdict]}.")
    else:
        print(f"{file['name']}, {sums}: your word counts; one more person must say the same.")
