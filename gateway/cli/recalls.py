"""``payhub recalls`` and ``payhub payments recall``: payments that banks are asked to give back."""

from datetime import datetime
from typing import Annotated

import typer

from gateway.cli.acting import Code
from gateway.cli.calling import Token, call
from gateway.cli.hub import DEFAULT_CONFIG, ROWS_SHOWN, After, Config, Json, Limit, Overlay, chosen, opened, show
from gateway.cli.submit import DEFAULT_URL, Url

app = typer.Typer(help="Recalls: payments that banks are asked to give back.", no_args_is_help=True)
COLUMNS = (
    "id", "state", "payment_id", "bank", "currency", "amount", "creditor_name", "reason_code", "asked_by_name",
    "answer_due_at", "answer_overdue", "status", "status_reason",
)  # fmt: skip
RecallId = Annotated[str, typer.Argument(help="The recall.")]
moment = datetime.fromisoformat
Reason = Annotated[str, typer.Option("--reason", help="Why; the bank, the ERP and your colleagues read it.")]


@app.command("list")
def list_recalls(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    payment: Annotated[str | None, typer.Option(help="Only of this payment.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose bank does not answer.")] = False,
    after: After = None,
    limit: Limit = ROWS_SHOWN,
    as_json: Json = False,
) -> None:
    """Lists recalls, newest first."""
    from gateway.domain.recall import RecallState
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        page = queries.list_recalls(
            connection, queries.EVERYTHING, payment_id=payment, after=after, limit=limit,
            state=chosen(RecallState, state, "--state"), overdue=overdue or None,
        )  # fmt: skip
        show(page.items, COLUMNS, as_json=as_json, following=page.next)


@app.command("confirm")
def confirm_recall(
    recall_id: RecallId, token: Token, url: Url = DEFAULT_URL, *,
    code: Code = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:  # fmt: skip
    """Agrees to a recall that somebody else asked for; it leaves from then on."""
    now = call(url, token, "GET", f"/v1/recalls/{recall_id}")
    print(f"{now['currency']} {now['amount']} to {now['creditor_name']}: {now['reason_code']} {now['reason']}")
    if not yes:
        typer.confirm(f"Ask {now['bank']} to give it back?", abort=True)
    came = call(url, token, "POST", f"/v1/recalls/{recall_id}/confirmation", {}, code)
    print(f"{recall_id}: {came['state']}.")


@app.command("withdraw")
def withdraw_recall(recall_id: RecallId, token: Token, reason: Reason, url: Url = DEFAULT_URL) -> None:
    """Takes a recall back that the bank does not have."""
    came = call(url, token, "POST", f"/v1/recalls/{recall_id}/withdrawal", {"reason": reason})
    print(f"{recall_id}: {came['state']}.")


def recall_payment(
    payment_id: Annotated[str, typer.Argument(help="The payment.")], token: Token, reason: Reason,
    code: Annotated[str, typer.Option("--code", help="Why, as ISO says it: DUPL, TECH, FRAD, CUST, AM09 …")],
    url: Url = DEFAULT_URL,
) -> None:  # fmt: skip
    """Asks the bank to give a payment back that it holds; another person must confirm."""
    came = call(url, token, "POST", f"/v1/payments/{payment_id}/recall", {"code": code, "reason": reason})
    if came["ask_by"] is not None and moment(came["asked_at"]) >= moment(came["ask_by"]):
        typer.echo(f"It is asked after its last day (before {came['ask_by']}): the bank may refuse it.", err=True)
    print(f"{came['id']}: asked. Another person must confirm it: payhub recalls confirm {came['id']}")
