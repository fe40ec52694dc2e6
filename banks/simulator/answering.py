"""When the bank answers, and over which door; the status it shows meanwhile."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from sqlite3 import Connection, Row

from banks.simulator.behaviours import FilePlan
from banks.simulator.config import BankConfig
from banks.simulator.documents import Desk
from banks.simulator.status_reports import FileAnswer, ReportForm, counted, status_report
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


def answer_due(desk: Desk, at: datetime) -> None:
    """Says what is due to be said at ``at``: first answers, refusals that come late, and settlement."""
    for arrival in desk.connection.execute(
        "SELECT * FROM arrivals WHERE decided = 1 AND answered = 0 AND outcome <> 'replayed' AND answer_at <= ?"
        " ORDER BY answer_at, id",
        (stamp(at),),
    ).fetchall():
        group = _first_answers(desk, arrival, plan_of(arrival))
        desk.connection.execute(
            "UPDATE arrivals SET answered = 1, status = ?, status_at = ? WHERE id = ?",
            (group, arrival["answer_at"], arrival["id"]),
        )
    _refuse_late(desk, at)
    settle_due(desk, at)


def plan_of(arrival: Row) -> FilePlan:
    """How this file is answered, as it was decided."""
    return FilePlan(**json.loads(arrival["plan"])) if arrival["plan"] else FilePlan()


def _first_answers(desk: Desk, arrival: Row, plan: FilePlan) -> str:
    """Everything the bank says about a file at first; the status of the whole."""
    payments = payments_of(desk.connection, arrival["id"])
    accepted = plan.iso_status or desk.config.accepted_status
    group = _group(arrival, payments, accepted)
    at = datetime.fromisoformat(arrival["answer_at"])
    parts = portions(payments, plan.parts) if group != "RJCT" and plan.parts > 1 else [payments]
    for number, portion in enumerate(parts, 1):
        split = len(parts) > 1
        answer = _answer(
            arrival, portion, None if split else ("PART" if plan.unlisted and group != "RJCT" else group),
            _name(desk.config, arrival, f"A{number}" if split else "A"), at, accepted=accepted,
        )  # fmt: skip
        form = _form(desk.config, plan, detail="all" if split else None, bare=split or plan.unlisted)
        for _ in range(plan.copies):
            _report(desk, arrival, answer, form, plan)
    if plan.changed_code is not None:
        _say_again(desk, arrival, payments, plan, at)
    if plan.backwards and group != "RJCT":
        older = _answer(
            arrival, payments, _group(arrival, payments, "ACTC"), _name(desk.config, arrival, "T"),
            at - timedelta(minutes=1), accepted="ACTC",
        )  # fmt: skip
        _report(desk, arrival, older, _form(desk.config, plan), plan)
    if plan.foreign:
        _bare(
            desk, arrival, at, part="F", code="FF01", text="This file is wrong.", original=f"NOT-OURS-{arrival['id']}"
        )
    if plan.duplicate_code is not None and group != "RJCT":
        _bare(desk, arrival, at, part="D", code=plan.duplicate_code, text="This file was received before.")
    return group


def _say_again(desk: Desk, arrival: Row, payments: list[Row], plan: FilePlan, at: datetime) -> None:
    """The same message id again, a minute later by its own words; with a code it refuses the file this time."""
    later = at + timedelta(minutes=1)
    if plan.changed_code:
        _bare(desk, arrival, later, part="A", code=plan.changed_code, text="On second thoughts.")
        return
    accepted = plan.iso_status or desk.config.accepted_status
    group = _group(arrival, payments, accepted)
    answer = _answer(arrival, payments, group, _name(desk.config, arrival, "A"), later, accepted=accepted)
    _report(desk, arrival, answer, _form(desk.config, plan), plan)


def portions(payments: list[Row], parts: int) -> list[list[Row]]:
    """The payments in so many parts of nearly the same size, in order; fewer where there are fewer payments."""
    size = -(-len(payments) // max(1, parts)) or 1
    return [payments[start : start + size] for start in range(0, len(payments), size)] or [payments]


def _refuse_late(desk: Desk, at: datetime) -> None:
    """Payments that were accepted and are refused after all: told in a report of their own."""
    due = desk.connection.execute(
        "SELECT DISTINCT payments.arrival, refuse_at FROM payments JOIN arrivals ON arrivals.id = payments.arrival"
        " WHERE payments.state = 'accepted' AND refuse_at <= ? AND (answered = 1 OR answer_at IS NULL)"
        " ORDER BY refuse_at, arrival",
        (stamp(at),),
    ).fetchall()
    for number, refuse_at in due:
        desk.connection.execute(
            "UPDATE payments SET state = 'rejected', reason_code = refuse_code, reason_text = refuse_text"
            " WHERE arrival = ? AND refuse_at = ? AND state = 'accepted'",
            (number, refuse_at),
        )
        tell_anew(desk, number, "L", datetime.fromisoformat(refuse_at))


def tell_anew(desk: Desk, number: int, part: str, at: datetime) -> None:
    """One more report on a file whose first answer is not true any more; none where there is no first one."""
    arrival = desk.connection.execute("SELECT * FROM arrivals WHERE id = ?", (number,)).fetchone()
    plan = plan_of(arrival)
    if not (plan.answer and arrival["answered"]):
        return
    payments = payments_of(desk.connection, number)
    accepted = plan.iso_status or desk.config.accepted_status
    group = _group(arrival, payments, accepted)
    answer = _answer(arrival, payments, group, _name(desk.config, arrival, part), at, accepted=accepted)
    _report(desk, arrival, answer, _form(desk.config, plan), plan)
    desk.connection.execute("UPDATE arrivals SET status = ?, status_at = ? WHERE id = ?", (group, stamp(at), number))


def settle_due(desk: Desk, at: datetime) -> None:
    """Moves answered files whose accepted payments are all booked to ACSC, with a report where configured."""
    for arrival in desk.connection.execute(
        "SELECT * FROM arrivals WHERE answered = 1 AND settled_told = 0 AND status NOT IN ('RJCT')"
        " AND EXISTS (SELECT 1 FROM payments WHERE arrival = arrivals.id AND state IN ('booked', 'returned'))"
        " AND NOT EXISTS (SELECT 1 FROM payments WHERE arrival = arrivals.id AND state = 'accepted') ORDER BY id"
    ).fetchall():
        payments = payments_of(desk.connection, arrival["id"])
        group = _group(arrival, payments, "ACSC")
        if desk.config.settlement_report:
            plan = plan_of(arrival)
            answer = _answer(arrival, payments, group, _name(desk.config, arrival, "S"), at, accepted="ACSC")
            _report(desk, arrival, answer, _form(desk.config, plan), plan)
        desk.connection.execute(
            "UPDATE arrivals SET settled_told = 1, status = ?, status_at = ? WHERE id = ?",
            (group, stamp(at), arrival["id"]),
        )


def payments_of(connection: Connection, arrival: int) -> list[Row]:
    """The payments of a file in document order, each with the facts of its block."""
    return connection.execute(
        "SELECT payments.*, CASE WHEN fate = 'refused' THEN 'rejected' ELSE state END AS told,"
        " CASE WHEN fate = 'refused' THEN refuse_code ELSE payments.reason_code END AS told_code,"
        " CASE WHEN fate = 'refused' THEN refuse_text ELSE payments.reason_text END AS told_text,"
        " blocks.payment_information_id, blocks.reason_code AS block_code,"
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
    accepted = "ACSC" if arrival["settled_told"] else (plan_of(arrival).iso_status or config.accepted_status)
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
    accepted = "ACSC" if arrival["settled_told"] else (plan_of(arrival).iso_status or config.accepted_status)
    at = datetime.fromisoformat(arrival["status_at"])
    answer = _answer(arrival, rows, arrival["status"], f"{order_id}-{arrival['status']}", at, accepted=accepted)
    return status_report(answer, _form(config, FilePlan()))


def _group_reasons(arrival: Row) -> tuple[Reason, ...]:
    code, text = arrival["reason_code"], arrival["reason_text"]
    return (Reason(code=code, text=(text,) if text else ()),) if arrival["answered"] and code else ()


def _order_payment(row: Row, accepted: str) -> OrderPayment:
    code, text = (row["told_code"] or row["block_code"], row["told_text"] or row["block_text"])
    refused = row["told"] == "rejected"
    return OrderPayment(
        payment_information_id=row["payment_information_id"],
        instruction_id=row["instruction_id"],
        end_to_end_id=row["end_to_end_id"],
        status={"rejected": "RJCT", "cancelled": "CANC"}.get(row["told"], accepted),
        reasons=(Reason(code=code, text=(text,) if text else ()),) if refused and code else (),
    )


def _group(arrival: Row, payments: list[Row], accepted: str) -> str:
    if arrival["reason_code"] is not None:
        return "RJCT"
    return counted((payment["told"] for payment in payments), accepted)


def _answer(
    arrival: Row, payments: list[Row], group: str | None, name: str, at: datetime, *, accepted: str
) -> FileAnswer:
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


def _name(config: BankConfig, arrival: Row, part: str) -> str:
    # copies of one answer are the same message, so they carry the same id
    return f"{config.bic[:8]}-{arrival['order_id']}-{part}"


def _form(config: BankConfig, plan: FilePlan, *, detail: str | None = None, bare: bool = False) -> ReportForm:
    """How a report on a file is written: in which message, and which payments it lists."""
    listed = "exceptions" if plan.unlisted else config.detail
    return ReportForm(
        message=plan.message or config.status_report, config=config, detail=detail or listed, block_status=not bare
    )


def _report(desk: Desk, arrival: Row, answer: FileAnswer, form: ReportForm, plan: FilePlan) -> None:
    doors = _doors(arrival, desk.config)
    if doors:
        content = status_report(answer, form)
        kind = plan.message or desk.config.status_report
        desk.offer(doors=doors, name=f"PAIN002_{answer.id}.xml", kind=kind, content=content, at=answer.at)


def _bare(
    desk: Desk, arrival: Row, at: datetime, *, part: str, code: str, text: str, original: str | None = None
) -> None:
    """A refusal of a whole file that lists nothing. An order's own status stays what it was, so over the API the
    contradiction is a document of its own.
    """
    answer = FileAnswer(
        id=_name(desk.config, arrival, part),
        at=at,
        original_id=original or arrival["message_id"],
        original_name=arrival["message"],
        count=arrival["count"],
        control_sum=arrival["control_sum"],
        group="RJCT",
        reason=(code, text),
        payments=(),
        accepted=desk.config.accepted_status,
    )
    content = status_report(answer, _form(desk.config, FilePlan()))
    name = f"PAIN002_{answer.id}.xml"
    desk.offer(doors=(arrival["channel"],), name=name, kind=desk.config.status_report, content=content, at=at)


def _doors(arrival: Row, config: BankConfig) -> tuple[str, ...]:
    if arrival["channel"] == "http":
        return ("http",) if config.http is not None and config.http.status_documents else ()
    return ("sftp",)
