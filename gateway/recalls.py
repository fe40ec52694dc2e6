"""What recalls need of the configuration: which banks take them and how, and their message and its file's name."""

import io
from collections.abc import Callable
from datetime import UTC, datetime

from banks.filenames import render
from banks.settings import RecallFormat
from formats import camt055
from formats.charsets import CHARSETS
from formats.initiation import Agent, Party
from formats.values import Money
from gateway.domain.errors import Misconfigured
from gateway.domain.payment import Payment
from gateway.domain.ports import UnitOfWork
from gateway.domain.recall import Recall
from gateway.recalling.ask import Write
from gateway.wiring import Hub

LINE_LENGTH = 105
NAME_LENGTH = 70
PRODUCT = "recall"
"""What stands for the product in the name of its file."""
UETR_SINCE = "pain.001.001.09"
"""Files of earlier versions said no UETR, so the bank does not know it."""


def forms(hub: Hub) -> Callable[[str], RecallFormat | None]:
    """How a bank takes recalls; None where it takes none by message."""

    def form_of(bank: str) -> RecallFormat | None:
        profile = hub.profiles.get(bank)
        return None if profile is None else profile.recall

    return form_of


def file_name(hub: Hub) -> Callable[[RecallFormat, str, int, str], str]:
    """The file's name at the bank, from the profile's template."""

    def name(form: RecallFormat, bank: str, number: int, reference: str) -> str:
        today: datetime = hub.clock.now().astimezone(UTC)
        return render(form.name, bank=bank, on=today.date(), sequence=number, product=PRODUCT, reference=reference)

    return name


def writer(hub: Hub) -> Write:
    """A recall as its bank takes it: the references it was sent with, and the words in the bank's character set."""

    def write(work: UnitOfWork, recall: Recall, payment: Payment) -> bytes:
        profile, account = hub.profile(recall.bank), hub.accounts.get(payment.debtor_account)
        if profile.recall is None or account is None:
            raise Misconfigured(f"The configuration has no [recall] of {recall.bank}, or no account of the payment.")
        file = work.files.get(recall.file_id)
        charset = CHARSETS.get(profile.file.charset)
        text = charset.text(recall.reason) if charset is not None else recall.reason
        one = camt055.RecalledPayment(
            payment_information_id=payment.bank_batch_id or "", amount=Money(payment.amount, payment.currency),
            execution_date=payment.value_date, end_to_end_id=payment.end_to_end_id, instruction_id=payment.id,
            uetr=payment.uetr if file.message >= UETR_SINCE else None, cancellation_id=recall.id,
            reason=recall.reason_code,
            text=tuple(text[start : start + LINE_LENGTH] for start in range(0, len(text), LINE_LENGTH)),
        )  # fmt: skip
        message = camt055.Recall(
            id=recall.id, sender=Party(name=account.name[:NAME_LENGTH]), bank=Agent(bic=profile.bic),
            original_message_id=file.id, original_message_name=file.message, payments=(one,),
        )  # fmt: skip
        out = io.BytesIO()
        camt055.write(message, profile.recall.message, out, at=work.at.replace(microsecond=0))
        return out.getvalue()

    return write
