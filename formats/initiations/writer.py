"""Writing an initiation as a stream: text out, the schema checked on the way, totals proven on both sides.

A message declares its totals before its payments. Where the payments are held in a sequence they are counted first;
where they come from a generator the model must declare them. Either way what is written is counted again, and a
message that would contradict itself is :class:`Unbuildable`. After any error throw away what stands in ``out``.
"""

import hashlib
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from formats import xml
from formats.errors import Unbuildable, Unreadable
from formats.initiation import CreditTransfer, Initiation, PaymentInformation
from formats.initiations.texts import element, escaped, party
from formats.initiations.version import Version
from formats.schemas import schema_for
from formats.totals import Totals, disagreement, totals_of

CHUNK_PAYMENTS = 256
"""How many payments are written and checked at a time."""
_Part = TypeVar("_Part", Initiation, PaymentInformation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: ``count`` payments of ``control_sum`` in all, ``bytes`` long, with its ``sha256`` in hex."""

    count: int
    control_sum: Decimal
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """How one family says it: the element inside Document, the one of a payment, and the texts of both.

    ``block`` gives a PmtInf left open, with the count and total to declare; ``payment`` one whole payment.
    """

    root: str
    transaction: str
    block: Callable[[PaymentInformation, Version], str]
    payment: Callable[[CreditTransfer, Version], str]


def write(
    message: Initiation, family: Family, version: Version, out: BinaryIO, *, at: datetime, schemas: Path | None = None
) -> Written:
    """Writes ``message`` as one line, valid against its schema; ``at`` is its creation time where it has none.

    Raises :class:`Unbuildable` with the path of the field (and the line the payment came from) for anything the version
    cannot carry, for a schema violation, and for totals that do not agree.
    """
    dated = message if message.created_at is not None else replace(message, created_at=at)
    found = schema_for(version.message, official=schemas)
    if found is None:
        problem = f"There is no schema for {version.message}, and nothing is written unchecked."
        raise Unbuildable(problem, code="build.schema")
    return _Writing(family, version, out, _compiled(found.text)).run(declared(dated))


def declared(message: Initiation) -> Initiation:
    """The message with the totals of its header and blocks filled in where it left them out.

    Needs blocks and payments that can be walked twice; a message that has them from a generator must declare them.
    Raises :class:`Unbuildable` where it cannot know, or where what is declared is wrong.
    """
    total, known = Totals(), isinstance(message.batches, Sequence)
    if isinstance(message.batches, Sequence):
        filled = []
        for number, batch in enumerate(message.batches, 1):
            if isinstance(batch.payments, Sequence):
                own = totals_of(batch.payments)
                _agree(batch, own, f"PmtInf[{number}]")
                total += own
                filled.append(_filled(batch, own))
            else:
                known = False
                filled.append(batch)
        message = replace(message, batches=tuple(filled))
    if known:
        _agree(message, total, "GrpHdr")
        return _filled(message, total)
    if message.number_of_transactions is None or message.control_sum is None:
        problem = "Payments that come one by one must be counted and added before: declare both totals in the header."
        raise Unbuildable(problem, code="build.totals", path="GrpHdr")
    return message


def _filled(part: _Part, actual: Totals) -> _Part:
    return replace(
        part,
        number_of_transactions=part.number_of_transactions or str(actual.count),
        control_sum=part.control_sum or f"{actual.sum:f}",
    )


def _agree(part: Initiation | PaymentInformation, actual: Totals, path: str) -> None:
    problem = disagreement(part, actual)
    if problem is not None:
        raise Unbuildable(f"The declared totals are wrong: {problem}.", code="build.totals", path=path)


@lru_cache(maxsize=32)
def _compiled(xsd: bytes) -> xml.Schema:
    return xml.compile_schema(xsd)


@dataclass(slots=True)
class _Writing:
    """One message on its way out."""

    family: Family
    version: Version
    out: BinaryIO
    schema: xml.Schema
    proof: xml.Proof = field(init=False)
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0
    header: str = ""
    block: str = ""
    blocks: int = 0
    total: Totals = field(default_factory=Totals)
    ids: set[str] = field(default_factory=set)
    recent: deque["_Chunk"] = field(default_factory=lambda: deque(maxlen=2))
    """Where a violation can be: libxml2 may tell of it one chunk late."""

    def run(self, message: Initiation) -> Written:
        """Writes everything and proves the totals of the header at the end."""
        self.proof = xml.Proof(self.schema)
        self.header = self._head(message)
        self._put(self.header)
        for batch in message.batches:
            self._batch(batch)
        self._put(f"</{self.family.root}></Document>")
        if self.proof.close():
            raise self._invalid()
        _agree(message, self.total, "GrpHdr")
        return Written(
            count=self.total.count, control_sum=self.total.sum, sha256=self.digest.hexdigest(), bytes=self.size
        )

    def _head(self, message: Initiation) -> str:
        assert message.created_at is not None
        try:
            sender = party("InitgPty", message.initiating_party, self.version, required=True)
        except Unbuildable as err:
            raise _placed(err, "GrpHdr", None) from err
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{self.version.namespace}"><{self.family.root}>'
            f"<GrpHdr><MsgId>{escaped(message.message_id)}</MsgId><CreDtTm>{message.created_at.isoformat()}</CreDtTm>"
            f"{element('NbOfTxs', message.number_of_transactions)}{element('CtrlSum', message.control_sum)}"
            f"{sender}</GrpHdr>"
        )

    def _batch(self, batch: PaymentInformation) -> None:
        self.blocks += 1
        where = f"PmtInf[{self.blocks}]"
        if batch.id in self.ids:
            raise Unbuildable(f"Two blocks share the id {batch.id}.", path=f"{where}/PmtInfId", line=batch.line)
        self.ids.add(batch.id)
        try:
            self.block = self.family.block(batch, self.version)
        except Unbuildable as err:
            raise _placed(err, where, batch.line) from err
        self._put(self.block)
        own = self._payments(batch)
        self._put("</PmtInf>")
        _agree(batch, own, where)
        self.total += own

    def _payments(self, batch: PaymentInformation) -> Totals:
        """The payments of one block, a chunk at a time; gives what was really written."""
        payments = iter(batch.payments)
        own, currency = Totals(), None
        while chunk := list(islice(payments, CHUNK_PAYMENTS)):
            currency = self._one_currency(chunk, currency, own.count)
            texts = self._texts(chunk, own.count)
            self.recent.append(_Chunk(self.block, self.blocks, own.count, texts, [payment.line for payment in chunk]))
            if self._put("".join(texts)):
                raise self._invalid()
            own += totals_of(chunk)
        if not own.count:
            raise Unbuildable("The block holds no payment.", path=f"PmtInf[{self.blocks}]", line=batch.line)
        return own

    def _texts(self, chunk: list[CreditTransfer], before: int) -> list[str]:
        write_payment, version = self.family.payment, self.version
        texts: list[str] = []
        try:
            texts.extend(write_payment(payment, version) for payment in chunk)
        except Unbuildable as err:
            raise _placed(err, self._path(before + len(texts)), chunk[len(texts)].line) from err
        return texts

    def _one_currency(self, chunk: list[CreditTransfer], currency: str | None, before: int) -> str | None:
        """One block pays in one currency (rulebook GEN-026)."""
        for number, payment in enumerate(chunk, before):
            paid_in = payment.equivalent_currency_of_transfer or payment.amount.currency
            if currency is None:
                currency = paid_in
            elif paid_in != currency:
                problem = f"The block mixes {currency} and {paid_in}; give each currency a block of its own."
                raise Unbuildable(problem, path=f"{self._path(number)}/Amt", line=payment.line)
        return currency

    def _put(self, text: str) -> int:
        """Writes a piece and gives how many violations of the schema are known by now."""
        try:
            data = text.encode()
            self.out.write(data)
            self.digest.update(data)
            self.size += len(data)
            return self.proof.feed(data)
        except (Unreadable, UnicodeEncodeError) as err:
            problem = "A text holds a character that XML cannot carry (a control character, half a character)."
            raise Unbuildable(problem, code="build.character", path=f"PmtInf[{self.blocks}]") from err

    def _path(self, number: int) -> str:
        return f"PmtInf[{self.blocks}]/{self.family.transaction}[{number + 1}]"

    def _invalid(self) -> Unbuildable:
        """The violation found again, payment by payment, in a small document that has a path."""
        root, transaction = self.family.root, self.family.transaction
        for chunk in self.recent:
            for number, text in enumerate(chunk.texts):
                sample = f"{self.header}{chunk.block}{text}</PmtInf></{root}></Document>"
                for fault in self.schema.faults(xml.tree(sample.encode())):
                    path = (fault.path or "").partition(f"Document/{root}/")[2] or fault.element or ""
                    path = path.replace(
                        f"PmtInf/{transaction}", f"PmtInf/{transaction}[{chunk.before + number + 1}]", 1
                    )
                    path = re.sub(r"^PmtInf(?=/|$)", f"PmtInf[{chunk.block_number}]", path)
                    return Unbuildable(fault.message, code="build.schema", path=path, line=chunk.lines[number])
        return Unbuildable("The message is not valid against its schema.", code="build.schema")


@dataclass(slots=True)
class _Chunk:
    """Payments written together: the block they are in, how many stood before them, where they came from."""

    block: str
    block_number: int
    before: int
    texts: list[str]
    lines: list[int | None]


def _placed(err: Unbuildable, where: str, line: int | None) -> Unbuildable:
    """The same error with its place in the message and in the source."""
    path = f"{where}/{err.path}" if err.path else where
    return Unbuildable(err.message, code=err.code, path=path, line=line)
