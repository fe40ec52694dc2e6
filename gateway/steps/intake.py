"""Intake: stores the bytes it was given, then the batch and its payments, once.

What is wrong with the message as a whole (not readable, header totals, an account that is not ours, no payment at all)
is refused here with everything that is wrong, and nothing stays behind. What is wrong with one payment is not: the
batch is taken in and ``validate`` says which payment and why.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

from formats import canonical
from formats.errors import FormatError
from formats.findings import Finding, Severity
from formats.initiation import CreditTransfer, Initiation, PaymentInformation, PaymentType
from formats.values import decimal
from gateway.domain import ids
from gateway.domain.account import OwnAccount
from gateway.domain.batch import Batch
from gateway.domain.content import Content
from gateway.domain.errors import Conflict, TooLarge, Unacceptable
from gateway.domain.payment import NewPayment
from gateway.domain.ports import UnitOfWork

Event = Initiation | PaymentInformation | CreditTransfer | Finding
Read = Callable[[BinaryIO], Iterator[Event]]
FINDINGS_MAX = 200
"""A refusal names at most so many findings; a person mends the first few and sends again."""
FINDINGS_KEPT_MAX = 10_000
"""A batch keeps at most so many findings of its reader."""
NAME_LENGTH = 140
AMOUNT_LIMIT = Decimal(10) ** 18
"""ISO 20022 has 18 digits for an amount; PostgreSQL's column takes as many before the point, SQLite's text more."""
ABOUT_ONE_PAYMENT = frozenset({"FLAT-IBAN"})
"""Findings of a reader that make one payment invalid, and not the batch unreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRequest:
    """What somebody brought. ``source`` is spooled and seekable; ``maker`` is a person or an API client."""

    source: BinaryIO
    media_type: str
    sha256: str
    client_id: str
    maker: str
    maker_is_person: bool
    entities: frozenset[str]
    file_name: str | None = None
    erp: Mapping[str, str] = field(default_factory=dict)


def intake(
    work: UnitOfWork, request: IntakeRequest, *, read: Read, accounts: Mapping[str, OwnAccount], payments_max: int
) -> Batch:
    """Takes a batch in, within the caller's transaction: bytes, batch, payments (promise P1).

    Raises :class:`Unacceptable` with every finding, :class:`TooLarge`, or :class:`Conflict` when this client sent the
    same message id with other content before.
    """
    taking = _Taking(work.new_id(), request, accounts, payments_max)
    request.source.seek(0)
    try:
        work.payments.add(taking.batch_id, taking.payments(read(request.source)))
    except FormatError as err:
        raise _unreadable(err) from err
    batch = taking.batch(work.at)
    _refuse_second(work, batch)
    request.source.seek(0)
    work.vault.put(request.source, request.sha256)
    work.batches.add(batch)
    work.batches.add_findings(batch.id, taking.kept)
    work.payments.announce(batch.id)
    work.note(
        action="batch.received", subject=batch.id,
        data={"maker": request.maker, "client": request.client_id, "sha256": request.sha256, "source": batch.source,
              "payments": batch.payments, "totals": [[one, format(sum_, "f")] for one, sum_ in batch.totals]},
    )  # fmt: skip
    work.request("batch", batch.id)
    return batch


class _Taking:
    """One batch on its way in: makes payments out of events and keeps count."""

    def __init__(
        self, batch_id: str, request: IntakeRequest, accounts: Mapping[str, OwnAccount], payments_max: int
    ) -> None:
        self.batch_id = batch_id
        self._request = request
        self._accounts = accounts
        self._payments_max = payments_max
        self._header: Initiation | None = None
        self._block: PaymentInformation | None = None
        self._own: OwnAccount | None = None
        self._findings: list[Finding] = []
        self.kept: list[Finding] = []
        """What the reader told that does not refuse the batch: kept with it, for those who approve."""
        self._totals: dict[str, Decimal] = {}
        self._sum = Decimal(0)
        self._block_sum = Decimal(0)
        self._block_count = 0
        self._blocks = 0
        self._count = 0
        self._entities: set[str] = set()
        self._content = PaymentInformation(id="", execution_date=None)

    def payments(self, events: Iterable[Event]) -> Iterator[NewPayment]:
        """Every payment in order; raises when the message as a whole cannot be taken."""
        for event in events:
            if isinstance(event, CreditTransfer):
                yield self._payment(event)
            elif isinstance(event, PaymentInformation):
                self._close_block()
                self._open_block(event)
            elif isinstance(event, Initiation):
                self._header = event
            elif event.blocks and not (event.rule in ABOUT_ONE_PAYMENT and event.payment is not None):
                self._complain(event)
            elif len(self.kept) < FINDINGS_KEPT_MAX:
                self.kept.append(event)
        self._close_block()
        self._check_header()
        if self._findings:
            raise Unacceptable(
                f"This batch cannot be taken in: {self._findings[0].message}", code="intake.refused",
                findings=tuple(self._findings),
            )  # fmt: skip

    def batch(self, at: datetime) -> Batch:
        """The batch that the payments belong to."""
        header = self._header
        assert header is not None
        entities = sorted(self._entities)
        return Batch(
            id=self.batch_id, client_id=self._request.client_id, maker=self._request.maker,
            maker_is_person=self._request.maker_is_person, source=header.message or self._request.media_type,
            document_sha256=self._request.sha256, message_id=header.message_id or self.batch_id, received_at=at,
            payments=self._count, totals=tuple(sorted(self._totals.items())),
            erp=tuple(sorted(self._request.erp.items())), entity=entities[0] if entities else "",
            file_name=self._request.file_name,
        )  # fmt: skip

    def _open_block(self, block: PaymentInformation) -> None:
        self._block = block
        self._blocks += 1
        self._block_sum, self._block_count = Decimal(0), 0
        path = f"PmtInf[{self._blocks}]/DbtrAcct"
        number = block.debtor_account.number if block.debtor_account is not None else None
        self._own = self._accounts.get((number or "").replace(" ", "").upper())
        if self._own is None:
            what = f"The account {number} to pay from is" if number else "The account to pay from is missing;"
            self._complain(
                _refusal(
                    "HUB-001", f"{what} not one of ours.", "Use an account that is set up in payhub.", path, block.line
                )
            )
        elif self._own.entity not in self._request.entities:
            message = f"The account {number} belongs to {self._own.entity}, which you may not pay for."
            self._complain(_refusal("HUB-002", message, "Ask an administrator to widen your rights.", path, block.line))
        else:
            self._entities.add(self._own.entity)
        if block.execution_date is None:
            path = f"PmtInf[{self._blocks}]/ReqdExctnDt"
            self._complain(
                _refusal("GEN-016", "The execution date is missing.", "Give the day to pay on.", path, block.line)
            )
        self._content = replace(block, payments=(), number_of_transactions=None, control_sum=None)

    def _close_block(self) -> None:
        block = self._block
        if block is None:
            return
        path = f"PmtInf[{self._blocks}]"
        if not self._block_count:
            self._complain(
                _refusal("HUB-003", f"The payment block {block.id} holds no payment.", "Remove it.", path, block.line)
            )
        self._check_declared(block, ("GEN-005", "GEN-005"), path, self._block_count, self._block_sum)

    def _check_header(self) -> None:
        if not self._count and not self._findings:
            self._complain(_refusal("HUB-003", "The batch holds no payment.", "Send a batch with payments.", "", None))
        if self._header is not None:
            self._check_declared(self._header, ("GEN-003", "GEN-004"), "GrpHdr", self._count, self._sum)

    def _check_declared(
        self, said: Initiation | PaymentInformation, rules: tuple[str, str], path: str, count: int, total: Decimal
    ) -> None:
        declared = said.number_of_transactions
        if declared is not None and declared.strip() != str(count) and declared.strip().lstrip("0") != str(count):
            message = f"{path} says {declared} payments, but there are {count}. Banks refuse the whole file."
            self._complain(_refusal(rules[0], message, "Export the batch again.", f"{path}/NbOfTxs", None))
        if said.control_sum is not None and _differs(said.control_sum, total):
            message = f"{path} says the payments add up to {said.control_sum}, but they add up to {total:f}."
            self._complain(_refusal(rules[1], message, "Export the batch again.", f"{path}/CtrlSum", None))

    def _complain(self, finding: Finding) -> None:
        if len(self._findings) < FINDINGS_MAX:
            self._findings.append(finding)

    def _without_amount(self, payment: CreditTransfer) -> CreditTransfer:
        """An amount that no database here keeps: the batch is refused, and its sums are not worth a word."""
        self._complain(
            _refusal(
                "HUB-004", f"The amount of payment {self._count} has more than 18 digits.", "Correct it in the ERP.",
                "Amt/InstdAmt", payment.line,
            )
        )  # fmt: skip
        return replace(payment, amount=replace(payment.amount, value=Decimal(0)))

    def _payment(self, payment: CreditTransfer) -> NewPayment:
        block = self._block
        assert block is not None, "a reader gives the block before its payments"
        position = self._count
        if position >= self._payments_max:
            raise TooLarge(f"A batch holds at most {self._payments_max:,} payments; split it.", code="intake.too_many")
        self._count += 1
        self._block_count += 1
        if payment.amount.value.is_finite() and payment.amount.value >= AMOUNT_LIMIT:
            payment = self._without_amount(payment)
        amount, currency = payment.amount.value, payment.amount.currency or ""
        self._sum += amount
        self._block_sum += amount
        self._totals[currency] = self._totals.get(currency, Decimal(0)) + amount
        content = canonical.encode(Content(block=self._content, payment=payment))
        kind = payment.payment_type or block.payment_type or PaymentType()
        debtor = self._own.number if self._own is not None else ""
        return NewPayment(
            id=ids.payment_id(self.batch_id, position), position=position, content=content,
            content_sha256=hashlib.sha256(content.encode()).hexdigest(),
            fingerprint=fingerprint(debtor, payment), entity=self._own.entity if self._own is not None else "",
            debtor_account=debtor, amount=amount, currency=currency[:3],
            creditor_name=(payment.creditor.name or "")[:NAME_LENGTH],
            creditor_account=_account(payment)[:40], end_to_end_id=(payment.end_to_end_id or "")[:NAME_LENGTH],
            instruction_id=payment.instruction_id and payment.instruction_id[:NAME_LENGTH],
            uetr=payment.uetr and payment.uetr[:36], payment_information_id=block.id[:NAME_LENGTH],
            requested_date=_day(block.execution_date), line=payment.line,
            service_level=kind.service_level or kind.service_level_proprietary,
            local_instrument=kind.local_instrument or kind.local_instrument_proprietary,
            category_purpose=kind.category_purpose or kind.category_purpose_proprietary,
        )  # fmt: skip


def fingerprint(debtor_account: str, payment: CreditTransfer) -> str:
    """SHA-256 over who pays whom how much for what, without any id (rulebook ID-07): equal means suspicious."""
    reference = [*payment.remittance, *(one.reference or "" for one in payment.structured_remittance)]
    parts = (
        debtor_account, _account(payment), format(payment.amount.value.normalize(), "f"), payment.amount.currency or "",
        _plain("".join(reference)), _plain(payment.creditor.name or ""),
    )  # fmt: skip
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def _account(payment: CreditTransfer) -> str:
    number = payment.creditor_account.number if payment.creditor_account is not None else None
    return (number or "").replace(" ", "").upper()


def _day(day: date | datetime | None) -> date:
    if isinstance(day, datetime):
        return day.date()
    return day if day is not None else date.min


def _differs(declared: str, total: Decimal) -> bool:
    try:
        return decimal(declared) != total
    except FormatError:
        return True


def _refusal(rule: str, message: str, advice: str, path: str, line: int | None) -> Finding:
    return Finding(rule=rule, severity=Severity.BLOCK, message=message, advice=advice, path=path or None, line=line)


def _unreadable(err: FormatError) -> Unacceptable:
    finding = Finding(
        rule="GEN-001", severity=Severity.BLOCK, message=err.message, path=err.path, line=err.line,
        advice="Export the batch again and send the file as it is.",
    )  # fmt: skip
    return Unacceptable(f"This cannot be read as a batch: {err.message}", code=err.code, findings=(finding,))


def _refuse_second(work: UnitOfWork, batch: Batch) -> None:
    """The same message id a second time is refused (rulebook ID-08), with the same bytes or with others."""
    earlier = work.batches.with_message_id(batch.client_id, batch.message_id)
    if earlier is None:
        return
    same = earlier.document_sha256 == batch.document_sha256
    what = "exactly this file" if same else "another file"
    raise Conflict(
        f"You sent {what} with the message id {batch.message_id} on {earlier.received_at:%d %B %Y at %H:%M} UTC "
        f"(batch {earlier.id}). Open that batch, or give the new one its own message id.",
        code="intake.message_id_used",
    )
