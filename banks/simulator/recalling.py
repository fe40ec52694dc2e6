"""Recalls: what becomes of a payment the bank was asked to give back, and what it says of it.

What is not booked yet is stopped; what is booked comes back as an entry of its own some business days later; what is
already back, or was never paid, is refused. The bank acts when it makes up its mind, not when the recall arrives.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from sqlite3 import Connection, Row

from banks.simulator.answering import tell_anew
from banks.simulator.behaviours import RECALLS, FilePlan, RecallPlan
from banks.simulator.documents import Desk
from banks.simulator.reading import RecalledPayment, RecallMessage
from banks.simulator.recall_answers import MESSAGE, RecallAnswer, recall_answer
from banks.simulator.rules import Facts, RuleBook
from banks.simulator.store import Store, major, minor, stamp

NEVER_PAID = ("NOOR", "No such payment was carried out here.")
ALREADY_BACK = ("ARDT", "This payment was given back before.")
_TOLD = ("case_id", "message_id", "instruction_id", "end_to_end_id", "reason", "state", "reason_code", "answer_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What the bank makes of a recall: its words, and nothing where it agrees."""

    code: str = ""
    text: str = ""


def take_recall(
    connection: Connection, arrival: Row, message: RecallMessage, *, book: RuleBook, business_day: int, at: datetime
) -> None:
    """Writes down what was asked for, payment by payment, and when the bank will speak of each."""
    known = arrival["outcome"] == "accepted"
    for asked in message.payments if known else ():
        for payment in _named(connection, asked):
            facts = _facts(arrival, asked, payment, business_day)
            plan = book.plan(RECALLS, RecallPlan(), facts)
            looked_at = at + timedelta(minutes=plan.late_minutes)
            decided_at = looked_at + timedelta(minutes=plan.pending_minutes)
            connection.execute(
                "INSERT INTO recalls (arrival, case_id, message_id, message, payment_information_id,"
                " instruction_id, end_to_end_id, uetr, reason, payment, plan, pending_at, answer_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    arrival["id"], message.case_id, asked.message_id, asked.message,
                    asked.payment_information_id or (payment and payment["payment_information_id"]),
                    asked.instruction_id or (payment and payment["instruction_id"]),
                    asked.end_to_end_id or (payment and payment["end_to_end_id"]), asked.uetr, asked.reason,
                    payment and payment["id"], json.dumps(asdict(plan)),
                    stamp(looked_at) if plan.pending_minutes else None, stamp(decided_at),
                ),
            )  # fmt: skip
    connection.execute(
        "UPDATE arrivals SET decided = 1, message_id = ?, message = ?, plan = ? WHERE id = ?",
        (message.case_id, message.message, json.dumps(asdict(FilePlan(answer=False))), arrival["id"]),
    )


def _named(connection: Connection, asked: RecalledPayment) -> Sequence[Row | None]:
    """The payments that every reference of a recall agrees with, several only where it names none of them; one None
    where there is none, or where one reference is that of several.
    """
    found = connection.execute(
        "SELECT payments.*, blocks.payment_information_id, blocks.account FROM payments"
        " JOIN blocks ON blocks.id = payments.block JOIN arrivals ON arrivals.id = payments.arrival"
        " WHERE arrivals.outcome = 'accepted' AND arrivals.message_id = :message"
        " AND coalesce(:block, payment_information_id) = payment_information_id"
        " AND coalesce(:instruction, instruction_id, '') = coalesce(instruction_id, '')"
        " AND coalesce(:end_to_end, end_to_end_id, '') = coalesce(end_to_end_id, '')"
        " AND coalesce(:uetr, uetr, '') = coalesce(uetr, '') ORDER BY payments.id",
        {
            "message": asked.message_id, "block": asked.payment_information_id, "instruction": asked.instruction_id,
            "end_to_end": asked.end_to_end_id, "uetr": asked.uetr,
        },
    ).fetchall()  # fmt: skip
    return found if len(found) == 1 or (found and not asked.names_payment) else [None]


def _facts(arrival: Row, asked: RecalledPayment, payment: Row | None, business_day: int) -> Facts:
    about = Facts(
        channel=arrival["channel"], file_name=arrival["name"], message_id=asked.message_id, business_day=business_day,
        end_to_end_id=asked.end_to_end_id, reason=asked.reason,
    )  # fmt: skip
    if payment is None:
        return about
    return replace(
        about, end_to_end_id=payment["end_to_end_id"], debtor_iban=payment["account"],
        creditor_iban=payment["creditor_account"], creditor_name=payment["creditor"], currency=payment["currency"],
        amount=None if payment["amount"] is None else major(payment["amount"], payment["currency"]),
    )  # fmt: skip


def answer_recalls(desk: Desk, day: date, at: datetime) -> None:
    """Says and does what is due by ``at``: first words (PDCR), then decisions in the order they fall due."""
    for recall in desk.connection.execute(
        "SELECT * FROM recalls WHERE state = 'asked' AND pending_at <= ? ORDER BY pending_at, id", (stamp(at),)
    ).fetchall():
        _say(desk, recall, _plan(recall), "pending", _Verdict(), datetime.fromisoformat(recall["pending_at"]), part="P")
        desk.connection.execute("UPDATE recalls SET state = 'pending' WHERE id = ?", (recall["id"],))
    for recall in desk.connection.execute(
        "SELECT * FROM recalls WHERE state IN ('asked', 'pending') AND answer_at <= ? ORDER BY answer_at, id",
        (stamp(at),),
    ).fetchall():
        _decide(desk, recall, day)


def _decide(desk: Desk, recall: Row, day: date) -> None:
    plan, at = _plan(recall), datetime.fromisoformat(recall["answer_at"])
    payment = desk.connection.execute("SELECT * FROM payments WHERE id = ?", (recall["payment"],)).fetchone()
    verdict = _verdict(payment, plan)
    outcome = "refused" if verdict.code else "accepted"
    desk.connection.execute(
        "UPDATE recalls SET state = ?, reason_code = ? WHERE id = ?", (outcome, verdict.code or None, recall["id"])
    )
    _say(desk, recall, plan, outcome, verdict, at, part="A")
    if plan.opposite:
        other = "accepted" if verdict.code else "refused"
        said = _Verdict() if verdict.code else _Verdict(code="CUST", text="On second thoughts.")
        _say(desk, recall, plan, other, said, at + timedelta(minutes=1), part="B")
    if plan.foreign:
        _say_of_another(desk, recall, at)
    if not verdict.code and not plan.broken:
        _give_back(desk, recall, payment, plan, day, at)


def _verdict(payment: Row | None, plan: RecallPlan) -> _Verdict:
    if payment is None or payment["state"] == "rejected":
        return _Verdict(code=NEVER_PAID[0], text=NEVER_PAID[1])
    if payment["state"] in ("cancelled", "returned"):
        return _Verdict(code=ALREADY_BACK[0], text=ALREADY_BACK[1])
    return _Verdict(code=plan.refuse_code, text=plan.refuse_text)


def _give_back(desk: Desk, recall: Row, payment: Row, plan: RecallPlan, day: date, at: datetime) -> None:
    if payment["state"] == "accepted":
        desk.connection.execute("UPDATE payments SET state = 'cancelled' WHERE id = ?", (payment["id"],))
        if plan.answer and desk.config.cancellation_report:
            tell_anew(desk, payment["arrival"], f"C{recall['id']}", at)
        return
    desk.connection.execute(
        "UPDATE payments SET return_day = coalesce(return_day, ?), return_code = ?, return_fee = ? WHERE id = ?",
        (
            desk.days.after(day, plan.return_after).isoformat(), plan.return_code,
            minor(plan.fee, payment["currency"]), payment["id"],
        ),
    )  # fmt: skip


def _say(
    desk: Desk, recall: Row, plan: RecallPlan, outcome: str, verdict: _Verdict, at: datetime, *, part: str
) -> None:  # fmt: skip
    if not plan.answer:
        return
    said = RecallAnswer(
        id=f"{desk.config.bic[:8]}-RC{recall['id']}-{part}", at=desk.moment(at), outcome=outcome,
        status=plan.iso_status if outcome != "pending" else "", reason_code=verdict.code, reason_text=verdict.text,
    )  # fmt: skip
    for _ in range(plan.copies):
        _offer(desk, recall, said, recall_answer(desk.config, recall, said), at)


def _say_of_another(desk: Desk, recall: Row, at: datetime) -> None:
    stranger = desk.connection.execute(
        "SELECT 'NOT-OURS-' || id AS case_id, 'NOT-OURS-M' || id AS message_id, message,"
        " 'NOT-OURS-P' AS payment_information_id, 'NOT-OURS-I' AS instruction_id, 'NOT-OURS' AS end_to_end_id,"
        " NULL AS uetr, id, arrival FROM recalls WHERE id = ?",
        (recall["id"],),
    ).fetchone()
    said = RecallAnswer(id=f"{desk.config.bic[:8]}-RC{recall['id']}-F", at=desk.moment(at), outcome="accepted")
    _offer(desk, stranger, said, recall_answer(desk.config, stranger, said), at)


def _offer(desk: Desk, recall: Row, said: RecallAnswer, content: bytes, at: datetime) -> None:
    """By the door the recall came in."""
    (door,) = desk.connection.execute("SELECT channel FROM arrivals WHERE id = ?", (recall["arrival"],)).fetchone()
    desk.offer(doors=(door,), name=f"CAMT029_{said.id}.xml", kind=MESSAGE, content=content, at=at)


def _plan(recall: Row) -> RecallPlan:
    return RecallPlan(**json.loads(recall["plan"]))


def recalls(store: Store) -> Iterator[dict[str, object]]:
    """Every recall in order. ``state`` is asked, pending, accepted or refused, whether the client was told or not."""
    for row in store.rows("SELECT * FROM recalls ORDER BY id"):
        yield {name: row[name] for name in _TOLD}
