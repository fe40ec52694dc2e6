"""When the bank answers, and over which door; the status it shows meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection, Row

from banks.simulator.config import BankConfig
from banks.simulator.documents import offer
from banks.simulator.status_reports import FileAnswer, status_report
from banks.simulator.store import Store, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something was refused."""

    code: str
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPayment:
    """A payment as the status resource shows it."""

    payment_information_id: str
    instruction_id: str | None
    end_to_end_id: str | None
    status: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatus:
    """An API order. ``as_of`` changes only when the status did, so that the same status has the same bytes."""

    order_id: str
    reference: str | None
    group_status: str
    payments: tuple[OrderPayment, ...]
    as_of: str
    reasons: tuple[Reason, ...] = ()
    """Why the order was refused as a whole."""


def answer_due(connection: Connection, config: BankConfig, at: datetime) -> None:
    """Says what is due to be said at ``at``: first answers, and settlement where the bank reports it."""
    for arrival in connection.execute(
        "SELECT * FROM arrivals WHERE decided = 1 AND answered = 0 AND speaks = 1 AND outcome <> 'replayed'"
        " AND answer_at <= ? ORDER BY answer_at, id",
        (stamp(at),),
    ).fetchall():
        payments = payments_of(connection, arrival["id"])
        group = _group(arrival, payments, config.accepted_status)
        said_at = datetime.fromisoformat(arrival["answer_at"])
        for _ in range(arrival["copies"]):
            _report(connection, arrival, payments, group, config, part="A", at=said_at)
        if arrival["duplicate_code"] is not None and group != "RJCT":
            _duplicate(connection, arrival, config, said_at)
        connection.execute(
            "UPDATE arrivals SET answered = 1, status = ?, status_at = ? WHERE id = ?",
            (group, arrival["answer_at"], arrival["id"]),
        )
    settle_due(connection, config, at)


def settle_due(connection: Connection, config: BankConfig, at: datetime) -> None:
    """Moves answered files whose accepted payments are all booked to ACSC, with a report where configured."""
    for arrival in connection.execute(
        "SELECT * FROM arrivals WHERE answered = 1 AND settled_told = 0 AND status NOT IN ('RJCT')"
        " AND EXISTS (SELECT 1 FROM payments WHERE arrival = arrivals.id AND state IN ('booked', 'returned'))"
        " AND NOT EXISTS (SELECT 1 FROM payments WHERE arrival = arrivals.id AND state = 'accepted') ORDER BY id"
    ).fetchall():
        payments = payments_of(connection, arrival["id"])
        group = _group(arrival, payments, "ACSC")
        if config.settlement_report:
            _report(connection, arrival, payments, group, config, part="S", at=at, accepted="ACSC")
        connection.execute(
            "UPDATE arrivals SET settled_told = 1, status = ?, status_at = ? WHERE id = ?",
            (group, stamp(at), arrival["id"]),
        )


def payments_of(connection: Connection, arrival: int) -> list[Row]:
    """The payments of a file in document order, each with the facts of its block."""
    return connection.execute(
        "SELECT payments.*, blocks.payment_information_id, blocks.reason_code AS block_code,"
        " blocks.reason_text AS block_text FROM payments JOIN blocks ON blocks.id = payments.block"
        " WHERE payments.arrival = ? ORDER BY payments.id",
        (arrival,),
    ).fetchall()


def order_status(store: Store, order_id: str, config: BankConfig) -> OrderStatus | None:
    """What the API shows of an order: RCVD until the bank has answered; None for an unknown order."""
    with store.transaction() as connection:
        arrival = connection.execute("SELECT * FROM arrivals WHERE order_id = ?", (order_id,)).fetchone()
        if arrival is None:
            return None
        rows = payments_of(connection, arrival["id"]) if arrival["answered"] else []
    accepted = "ACSC" if arrival["settled_told"] else config.accepted_status
    return OrderStatus(
        order_id=order_id,
        reference=arrival["message_id"],
        group_status=arrival["status"],
        payments=tuple(_order_payment(row, accepted) for row in rows),
        as_of=arrival["status_at"],
        reasons=_group_reasons(arrival),
    )


def order_report(store: Store, order_id: str, config: BankConfig) -> bytes | None:
    """The same as :func:`order_status`, as a pain.002."""
    with store.transaction() as connection:
        arrival = connection.execute("SELECT * FROM arrivals WHERE order_id = ?", (order_id,)).fetchone()
        if arrival is None:
            return None
        rows = payments_of(connection, arrival["id"]) if arrival["answered"] else []
    accepted = "ACSC" if arrival["settled_told"] else config.accepted_status
    at = datetime.fromisoformat(arrival["status_at"])
    answer = _answer(arrival, rows, arrival["status"], f"{order_id}-{arrival['status']}", at, accepted=accepted)
    return status_report(answer, config)


def _group_reasons(arrival: Row) -> tuple[Reason, ...]:
    code, text = arrival["reason_code"], arrival["reason_text"]
    return (Reason(code=code, text=(text,) if text else ()),) if arrival["answered"] and code else ()


def _order_payment(row: Row, accepted: str) -> OrderPayment:
    code, text = (row["reason_code"] or row["block_code"], row["reason_text"] or row["block_text"])
    refused = row["state"] == "rejected"
    return OrderPayment(
        payment_information_id=row["payment_information_id"],
        instruction_id=row["instruction_id"],
        end_to_end_id=row["end_to_end_id"],
        status="RJCT" if refused else accepted,
        reasons=(Reason(code=code, text=(text,) if text else ()),) if refused and code else (),
    )


def _group(arrival: Row, payments: list[Row], accepted: str) -> str:
    if arrival["reason_code"] is not None:
        return "RJCT"
    refused = sum(payment["state"] == "rejected" for payment in payments)
    return "RJCT" if refused == len(payments) else ("PART" if refused else accepted)


def _answer(arrival: Row, payments: list[Row], group: str, name: str, at: datetime, *, accepted: str) -> FileAnswer:
    return FileAnswer(
        id=name,
        at=at,
        original_id=arrival["message_id"],
        original_name=arrival["message"],
        count=arrival["count"],
        control_sum=arrival["control_sum"],
        group=group,
        reason=(arrival["reason_code"], arrival["reason_text"]),
        payments=payments,
        accepted=accepted,
    )


def _report(
    connection: Connection,
    arrival: Row,
    payments: list[Row],
    group: str,
    config: BankConfig,
    *,
    part: str,
    at: datetime,
    accepted: str | None = None,
) -> None:
    doors = _doors(arrival, config)
    if not doors:
        return
    # copies of one answer are the same message, so they carry the same id
    name = f"{config.bic[:8]}-{arrival['order_id']}-{part}"
    answer = _answer(arrival, payments, group, name, at, accepted=accepted or config.accepted_status)
    content = status_report(answer, config)
    offer(connection, doors=doors, name=f"PAIN002_{name}.xml", kind=config.status_report, content=content, at=at)


def _duplicate(connection: Connection, arrival: Row, config: BankConfig, at: datetime) -> None:
    # an order's own status stays what it was, so over the API the contradiction is a document of its own
    doors = (arrival["channel"],)
    name = f"{config.bic[:8]}-{arrival['order_id']}-D"
    told = dict(arrival) | {"reason_code": arrival["duplicate_code"], "reason_text": "This file was received before."}
    answer = FileAnswer(
        id=name,
        at=at,
        original_id=told["message_id"],
        original_name=told["message"],
        count=told["count"],
        control_sum=told["control_sum"],
        group="RJCT",
        reason=(told["reason_code"], told["reason_text"]),
        payments=(),
        accepted=config.accepted_status,
    )
    content = status_report(answer, config)
    offer(connection, doors=doors, name=f"PAIN002_{name}.xml", kind=config.status_report, content=content, at=at)


def _doors(arrival: Row, config: BankConfig) -> tuple[str, ...]:
    if arrival["channel"] == "http":
        return ("http",) if config.http is not None and config.http.status_documents else ()
    return ("sftp",)
