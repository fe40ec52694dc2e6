"""Payments: the list, and one of them with its nine steps and everything that happened to it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.auth import TheHub
from gateway.api.looking import note_listing, note_view
from gateway.console import walk
from gateway.console.pages.lists import ROWS, After, AsCsv, Word, csv_file, with_query
from gateway.console.rendering import page, summed
from gateway.console.sessions import TheVisitor
from gateway.domain.hold import HOLDABLE
from gateway.domain.lifecycle import State
from gateway.domain.recall import RECALLABLE
from gateway.persistence import queries
from gateway.persistence.queries import PaymentLine, console

router = APIRouter()


@router.get("/payments")
def list_payments(
    request: Request, hub: TheHub, visitor: TheVisitor, after: After = None, state: Word = "", batch: Word = "",
    file: Word = "", reference: Word = "", held: Annotated[bool, Query()] = False, form: AsCsv = "html",
) -> Response:  # fmt: skip
    """Payments in the order they came, with filters in the address."""
    chosen = State(state) if state in set(State) else None
    with hub.reading() as connection:
        found = queries.list_payments(
            connection, visitor.scope, batch_id=batch or None, file_id=file or None, state=chosen, held=held or None,
            end_to_end_id=reference.strip() or None, after=after, limit=ROWS,
        )  # fmt: skip
    query = {"after": after, "state": chosen, "batch": batch, "file": file, "reference": reference, "held": held}
    note_listing(hub, visitor.person.id, "payments", len(found.items), subject=batch or file or None, query=query)
    if form == "csv":
        return _as_csv(found.items)
    return page(
        "payments", request, hub, visitor, section="payments", rows=found.items, totals=summed(found.items),
        chosen={"state": state, "batch": batch, "file": file, "reference": reference, "held": held},
        states=list(State), further=with_query(request, after=found.next) if found.next else None,
        csv_at=with_query(request, **{"as": "csv"}), topic=batch or None,
    )  # fmt: skip


@router.get("/payments/{payment_id}")
def show_payment(request: Request, hub: TheHub, visitor: TheVisitor, payment_id: str) -> Response:
    """One payment: where it stands, its path, the file it went in, what the bank said, what happened."""
    with hub.reading() as connection:
        payment = queries.get_payment(connection, visitor.scope, payment_id)
        moments = queries.timeline(connection, visitor.scope, payment_id)
        file = queries.get_file(connection, visitor.scope, payment.file_id) if payment.file_id else None
        batch = console.headers(connection, [payment.batch_id])[payment.batch_id]
        told = console.told(connection, payment_id, batch.client_id)
        booked = console.bookings(connection, payment_id)
        window = console.window(connection, payment.window_id)
        who = console.names(connection, [one.actor for one in moments])
        newest = console.newest_event(connection)
        asked = queries.list_recalls(connection, visitor.scope, payment_id=payment_id).items
    note_view(hub, visitor.person.id, "payment", payment_id)
    held = payment.hold is not None and payment.state in HOLDABLE
    return page(
        "payment", request, hub, visitor, section="payments", payment=payment, moments=list(reversed(moments)),
        stops=walk.of_payment(payment.state, moments, told=told, held=held), file=file, batch=batch, bookings=booked,
        window=window, who=who, held=held, newest=newest, topic=payment_id,
        recalls=asked, recallable=payment.state in RECALLABLE and all(one.over_at for one in asked),
        stoppable=payment.state in (*HOLDABLE, State.GENERATED),
    )  # fmt: skip


def _as_csv(rows: list[PaymentLine]) -> Response:
    names = (
        "id", "end_to_end_id", "creditor_name", "creditor_account", "amount", "currency", "state", "hold",
        "requested_date", "value_date", "debtor_account", "bank", "file_id", "iso_status", "reason_code",
    )  # fmt: skip

    def value(one: PaymentLine, name: str) -> object:
        return f"{one.amount:f}" if name == "amount" else getattr(one, name)

    return csv_file("payments", names, ([value(one, name) for name in names] for one in rows))
