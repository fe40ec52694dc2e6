"""``payhub payments``: where each payment stands, its story, and stopping it."""

from typing import Annotated

import typer

from gateway.cli import recalls, stopping
from gateway.cli.hub import DEFAULT_CONFIG, ROWS_SHOWN, After, Config, Json, Limit, Overlay, chosen, opened, show

app = typer.Typer(help="Payments: where they stand and what happened to them.", no_args_is_help=True)
COLUMNS = (
    "id",
    "state",
    "hold",
    "currency",
    "amount",
    "creditor_name",
    "end_to_end_id",
    "bank",
    "iso_status",
    "reason_code",
)
STORY = ("at", "step", "kind", "target", "iso_status", "reason_code", "actor", "reason")
PaymentId = Annotated[str, typer.Argument(help="The payment.")]


@app.command("list")
def list_payments(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    batch: Annotated[str | None, typer.Option(help="Only of this batch.")] = None,
    file: Annotated[str | None, typer.Option(help="Only in this bank file.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    after: After = None,
    limit: Limit = ROWS_SHOWN,
    as_json: Json = False,
) -> None:
    """Lists payments in the order they came in."""
    from gateway.domain.lifecycle import State
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        page = queries.list_payments(
            connection, queries.EVERYTHING, batch_id=batch, file_id=file, after=after, limit=limit,
            state=chosen(State, state, "--state"),
        )  # fmt: skip
        show(page.items, COLUMNS, as_json=as_json, following=page.next)


@app.command("show")
def show_payment(payment_id: PaymentId, config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Shows everything about one payment as JSON."""
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        show([queries.get_payment(connection, queries.EVERYTHING, payment_id)], (), as_json=True)


@app.command("timeline")
def timeline(
    payment_id: PaymentId, config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, as_json: Json = False
) -> None:
    """Tells what happened to a payment, oldest first."""
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        show(queries.timeline(connection, queries.EVERYTHING, payment_id), STORY, as_json=as_json)


app.command("hold")(stopping.hold_payments)
app.command("release")(stopping.release_payments)
app.command("decline")(stopping.decline_payments)
app.command("withdraw")(stopping.withdraw_payments)
app.command("recall")(recalls.recall_payment)
