"""Asking for a recall: one person asks, another one confirms, and either may be taken back before the bank has it."""

from collections.abc import Callable
from dataclasses import dataclass

from banks.settings import LateRecall, RecallFormat
from formats.errors import Unbuildable
from gateway.domain.errors import Conflict, Unacceptable
from gateway.domain.ids import batch_of
from gateway.domain.payment import Payment
from gateway.domain.ports import UnitOfWork
from gateway.domain.recall import (
    TAKEN_BACK,
    Recall,
    RecallState,
    check_reason,
    check_recallable,
    check_second_person,
)
from gateway.domain.recall_days import Deadline, check_in_time
from gateway.recalling.telling import tell

CUSTOMER = "CUST"
"""The reason that is open for longest: the customer asks, and the payee may say no."""
LATE = "It is asked after its last day: the bank may refuse it."
Write = Callable[[UnitOfWork, Recall, Payment], bytes]
"""The recall's message; raises :class:`formats.errors.Unbuildable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for, and who they are: a person, not an account."""

    payment_id: str
    reason_code: str
    reason: str
    person_id: str
    person_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """What asking needs to know of banks: how each takes recalls, until when, and how the message is written."""

    form_of: Callable[[str], RecallFormat | None]
    last_day: Callable[[Payment, str], Deadline | None]
    write: Write


def ask(work: UnitOfWork, wish: Wish, banks: Bank) -> Recall:
    """One person asks. The message is written once, and thrown away, so that nobody confirms what cannot be sent."""
    work.batches.lock(batch_of(wish.payment_id))
    payment = work.payments.get(wish.payment_id)
    check_reason(wish.reason_code, wish.reason)
    check_recallable(payment)
    assert payment.bank is not None, "a payment its bank holds has a bank"
    assert payment.file_id is not None, "and stands in a file"
    deadline = _last_day(work, payment, wish.reason_code, banks)
    recall = Recall(
        id=work.new_id(), payment_id=payment.id, batch_id=payment.batch_id, file_id=payment.file_id, bank=payment.bank,
        reason_code=wish.reason_code, reason=wish.reason, state=RecallState.ASKED, version=1, asked_by=wish.person_id,
        asked_by_name=wish.person_name, asked_at=work.at,
        ask_by=None if deadline is None else deadline.ends_at,
    )  # fmt: skip
    try:
        banks.write(work, recall, payment)
    except Unbuildable as err:
        raise Unacceptable(f"The recall cannot be written: {err.message}", code="recall.unbuildable") from err
    work.recalls.add(recall)
    late = {"note": LATE} if recall.asked_late else {}
    tell(work, recall, "asked", reason=wish.reason, person=wish.person_name, **late)
    return recall


def confirm(work: UnitOfWork, recall_id: str, *, person_id: str, person_name: str, banks: Bank) -> Recall:
    """Another person agrees; it leaves from then on. Its last day may have passed while it waited for them."""
    recall = work.recalls.get(recall_id)
    check_second_person(recall, person_id)
    if recall.state is not RecallState.ASKED:
        raise Conflict(f"This recall waits for nobody: it is {recall.state}.", code="recall.not_waiting")
    payment = work.payments.get(recall.payment_id)
    check_recallable(payment)
    deadline = _last_day(work, payment, recall.reason_code, banks)
    work.request("recall", recall.id, lane=recall.bank)
    recall = work.recalls.move(
        recall, RecallState.CONFIRMED, confirmed_by=person_id, confirmed_by_name=person_name, confirmed_at=work.at
    )
    late = {} if deadline is None or work.at < deadline.ends_at else {"note": LATE}
    tell(work, recall, "confirmed", person=person_name, **late)
    return recall


def _last_day(work: UnitOfWork, payment: Payment, reason_code: str, banks: Bank) -> Deadline | None:
    """Until when it may be asked; raises where that is over and its bank takes none later, or takes none at all."""
    assert payment.bank is not None, "a payment its bank holds has a bank"
    form, deadline = banks.form_of(payment.bank), banks.last_day(payment, reason_code)
    if form is None:
        raise Conflict(by_phone(payment), code="recall.not_by_message")
    if deadline is not None and form.late is LateRecall.REFUSE:
        check_in_time(reason_code, deadline, banks.last_day(payment, CUSTOMER), at=work.at)
    return deadline


def take_back(work: UnitOfWork, recall_id: str, *, reason: str) -> Recall:
    """A person takes it back before it is handed over, or says of one that is unclear that the bank has nothing."""
    recall = work.recalls.get(recall_id)
    handed_over = recall.state is RecallState.SENDING and recall.staged_at is not None
    if recall.state not in TAKEN_BACK or handed_over:
        state = "being handed over" if handed_over else recall.state
        raise Conflict(f"This recall is {state}: call the bank to take it back.", code="recall.too_late")
    recall = work.recalls.move(recall, RecallState.WITHDRAWN, evidence=reason)
    tell(work, recall, "withdrawn", reason=reason)
    return recall


def by_phone(payment: Payment) -> str:
    """What to do where the bank takes no recalls by message: whom to call, and what to quote."""
    day = f", value date {payment.value_date.isoformat()}" if payment.value_date is not None else ""
    uetr = f", UETR {payment.uetr}" if payment.uetr else ""
    return (
        f"{payment.bank} takes no recalls by message: call it now. Quote message {payment.file_id}, batch "
        f"{payment.bank_batch_id}, payment {payment.id}, end-to-end id {payment.end_to_end_id}{uetr}, "
        f"{payment.amount:f} {payment.currency}{day}."
    )
