"""Generate: builds the bank file deterministically, proves it against what was approved, and stores it.

The same approved payments always give the same ids and the same bytes, so a crash half-way is repaired by doing it
again. Nothing is built that was not approved: the digest is computed anew from the content the file is built from
(promise P5). The file is then read back and compared payment by payment before it counts.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Protocol, cast

from formats import canonical
from formats.findings import Finding
from formats.initiation import Account, Agent, CreditTransfer, Initiation, Party, PaymentInformation, PaymentType
from gateway.domain import ids
from gateway.domain.account import OwnAccount
from gateway.domain.approval import content_digest
from gateway.domain.content import Content
from gateway.domain.errors import HubError
from gateway.domain.lifecycle import FileState, State
from gateway.domain.payment import Selection
from gateway.domain.payment_file import BankBatch, PaymentFile
from gateway.domain.ports import UnitOfWork
from gateway.domain.routing import Route, Routes, product_of

Event = Initiation | PaymentInformation | CreditTransfer | Finding
Read = Callable[[BinaryIO], Iterator[Event]]
IN_MEMORY_BYTES = 8 << 20
"""A file larger than this is built on disk."""
UETR_SINCE = "pain.001.001.09"
SHARED_CHARGES = "SLEV"


class Written(Protocol):
    """What a writer says it wrote."""

    @property
    def count(self) -> int: ...  # noqa: D102 - the names say it
    @property
    def control_sum(self) -> Decimal: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102


Write = Callable[[Initiation, str, BinaryIO], Written]
"""Writes an initiation in a message version, valid against its schema."""
Name = Callable[[Route, date, int, str], str]
"""The file's name at the bank, from its route, day, number and reference."""


class NotApproved(HubError):
    """What would be sent is not what was approved; nothing is sent, and a person must look (promise P5)."""

    code = "generate.not_approved"


class NotAsBuilt(HubError):
    """The file read back is not the file that was meant: a defect of the hub, never of the user."""

    code = "generate.not_as_built"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What generation needs from outside the domain."""

    write: Write
    read: Read
    name: Name
    accounts: Mapping[str, OwnAccount]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The payments of one bank batch: one account, value date, product, currency and category purpose."""

    id: str
    where: Selection
    debtor_account: str
    currency: str
    value_date: date
    product: str
    category_purpose: str | None
    count: int
    total: Decimal


def generate(work: UnitOfWork, batch_id: str, *, routes: Routes, tools: Tools) -> list[str]:
    """Builds every file of a batch whose window is open; gives their ids. One transaction. What has no product or
    account in the configuration any more is left out; ``schedule.demand_ways`` says so.
    """
    built = []
    scheduled = Selection(batch_id=batch_id, held=False)  # what is held waits for people, and then for the next file
    before = len(work.files.find(batch_id=batch_id, states=(FileState.WITHDRAWN,)))
    for kind in work.payments.groups(scheduled, State.SCHEDULED, "bank", "product", "window_id", "approval_digest"):
        window = work.windows.get(kind["window_id"])
        if window is None or not window.opens_at <= work.at <= window.release_by:
            continue
        route = product_of(kind["bank"], kind["product"], routes)
        if route is None:
            continue
        _prove_approval(work, batch_id, kind["approval_digest"])
        for number, parts in enumerate(_files(work, batch_id, kind, route, tools.accounts)):
            built.append(_build(work, batch_id, kind, route, parts, f"{number}/{before}", tools))
    return built


def _prove_approval(work: UnitOfWork, batch_id: str, approved: str) -> None:
    """The digest people agreed to is the digest of what is stored now."""
    now = content_digest(work.payments.approved(batch_id, approved))
    if now != approved:
        raise NotApproved(f"The content of batch {batch_id} is not what was approved; nothing of it is sent.")


def _files(
    work: UnitOfWork, batch_id: str, kind: Mapping[str, Any], route: Route, accounts: Mapping[str, OwnAccount]
) -> Iterator[list[tuple[Mapping[str, Any], Selection]]]:
    """The bank batches of each file, cut so that no file holds more payments than the bank takes."""
    columns = ("debtor_account", "currency", "value_date", "category_purpose")
    base = Selection(
        batch_id=batch_id, window_id=kind["window_id"], approval_digest=kind["approval_digest"], held=False,
        exactly=frozenset(columns),
    )  # fmt: skip
    room, parts = route.transactions_max, []
    for group in work.payments.groups(replace(base, exactly=frozenset()), State.SCHEDULED, *columns):
        if group["debtor_account"] not in accounts:
            continue
        where = replace(
            base, debtor_account=group["debtor_account"], currency=group["currency"],
            category_purpose=group["category_purpose"], exactly=frozenset({"category_purpose"}),
        )  # fmt: skip
        positions = work.payments.positions(where, State.SCHEDULED)
        while positions:
            taken, positions = positions[:room], positions[room:]
            parts.append((group, replace(where, positions=(taken[0], taken[-1] + 1))))
            room -= len(taken)
            if room == 0:
                yield parts
                room, parts = route.transactions_max, []
    if parts:
        yield parts


def _build(
    work: UnitOfWork, batch_id: str, kind: Mapping[str, Any], route: Route,
    cut: list[tuple[Mapping[str, Any], Selection]], number: str, tools: Tools,
) -> str:  # fmt: skip
    approved_at = work.batches.approved_at(batch_id, kind["approval_digest"])
    first = cut[0][1].positions
    assert first is not None
    file_id = ids.derived(
        approved_at, batch_id, route.bank, kind["window_id"], kind["approval_digest"], str(first[0]), number
    )
    parts = [_part(work, file_id, place, group, where, route) for place, (group, where) in enumerate(cut, 1)]
    with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as spooled:
        out = cast(BinaryIO, spooled)
        written = tools.write(_initiation(work, file_id, parts, route, approved_at, tools), route.message, out)
        count, total = sum(part.count for part in parts), sum((part.total for part in parts), Decimal(0))
        if (written.count, written.control_sum) != (count, total):
            raise NotAsBuilt(
                f"The file {file_id} holds {written.count} payments of {written.control_sum}, not {count} of {total}."
            )
        size = out.tell()
        out.seek(0)
        _read_back(work, parts, route, tools, out)
        out.seek(0)
        work.vault.put(out, written.sha256)
    file_number = work.files.next_number(route.bank)
    file = PaymentFile(
        id=file_id, bank=route.bank, batch_id=batch_id, message=route.message,
        name=tools.name(route, parts[0].value_date, file_number, file_id), number=file_number, sha256=written.sha256,
        size=size, count=count, totals=_totals(parts), window_id=kind["window_id"], state=FileState.GENERATED,
        version=1, fence=0, approval_digest=kind["approval_digest"], profile_digest=route.profile_digest,
        bank_batches=tuple(
            BankBatch(
                id=part.id, debtor_account=part.debtor_account, currency=part.currency, value_date=part.value_date,
                product=part.product, count=part.count, total=part.total,
            )
            for part in parts
        ),
        generated_at=work.at, directory=route.directory,
    )  # fmt: skip
    work.files.add(file, client_id=work.batches.get(batch_id).client_id)
    for part in parts:
        moved = work.payments.move(
            part.where, State.SCHEDULED, State.GENERATED, step="generate", reason=f"it stands in file {file.name}",
            file_id=file_id, bank_batch_id=part.id,
        )  # fmt: skip
        assert moved == part.count, "the payments that were written are the payments that move"
    work.request("file", file_id, lane=route.bank)
    return file_id


def _part(
    work: UnitOfWork, file_id: str, place: int, group: Mapping[str, Any], where: Selection, route: Route
) -> _Part:
    tallies = [one for one in work.payments.tally(where) if one.state is State.SCHEDULED]
    return _Part(
        id=f"{file_id}-{place}", where=where, debtor_account=group["debtor_account"], currency=group["currency"],
        value_date=group["value_date"], product=route.product, category_purpose=group["category_purpose"],
        count=sum(one.count for one in tallies), total=sum((one.amount for one in tallies), Decimal(0)),
    )  # fmt: skip


def _totals(parts: list[_Part]) -> tuple[tuple[str, Decimal], ...]:
    found: dict[str, Decimal] = {}
    for part in parts:
        found[part.currency] = found.get(part.currency, Decimal(0)) + part.total
    return tuple(sorted(found.items()))


def _initiation(
    work: UnitOfWork, file_id: str, parts: list[_Part], route: Route, at: datetime, tools: Tools
) -> Initiation:
    owner = tools.accounts[parts[0].debtor_account]
    return Initiation(
        message_id=file_id, created_at=at.replace(microsecond=0), initiating_party=Party(name=owner.name[:70]),
        number_of_transactions=str(sum(part.count for part in parts)),
        control_sum=format(sum((part.total for part in parts), Decimal(0)), "f"),
        batches=(_block(work, part, route, tools) for part in parts),
    )  # fmt: skip


def _block(work: UnitOfWork, part: _Part, route: Route, tools: Tools) -> PaymentInformation:
    account = tools.accounts[part.debtor_account]
    first = canonical.decode(Content, next(work.payments.find(part.where, State.SCHEDULED)).content).block
    return PaymentInformation(
        id=part.id, execution_date=part.value_date, batch_booking=route.batch_booking,
        debtor=first.debtor if first.debtor.name else Party(name=account.name[:70]),
        debtor_account=Account(
            iban=account.number if account.is_iban else None, other=None if account.is_iban else account.number,
            currency=account.currency,
        ),
        debtor_agent=first.debtor_agent or Agent(other="NOTPROVIDED"),
        payment_type=PaymentType(
            service_level=route.service_level, local_instrument=route.local_instrument,
            category_purpose=part.category_purpose,
        ),
        number_of_transactions=str(part.count), control_sum=format(part.total, "f"),
        payments=_transfers(work, part, route),
    )  # fmt: skip


def _transfers(work: UnitOfWork, part: _Part, route: Route) -> Iterator[CreditTransfer]:
    for one in work.payments.find(part.where, State.SCHEDULED):
        if hashlib.sha256(one.content.encode()).hexdigest() != one.content_sha256:
            raise NotApproved(f"The stored content of payment {one.id} was changed; nothing of its file is sent.")
        content = canonical.decode(Content, one.content)
        if (one.debtor_account, one.currency, one.amount, one.category_purpose) != _columns(content):
            raise NotApproved(f"Payment {one.id} is not filed as it was approved; nothing of its file is sent.")
        yield _transfer(one.id, content, route)


def _columns(content: Content) -> tuple[str, str, Decimal, str | None]:
    """What decides about account and block, as the approved content says it: the columns are copies only."""
    number = content.block.debtor_account.number if content.block.debtor_account is not None else None
    kind = content.payment.payment_type or content.block.payment_type or PaymentType()
    purpose = kind.category_purpose or kind.category_purpose_proprietary
    amount = content.payment.amount
    return (number or "").replace(" ", "").upper(), amount.currency or "", amount.value, purpose


def _transfer(payment_id: str, content: Content, route: Route) -> CreditTransfer:
    """The payment as it goes to the bank: the ERP's content, our instruction id, the product's charges."""
    payment, block = content.payment, content.block
    bearer = payment.charge_bearer or block.charge_bearer
    return replace(
        payment,
        instruction_id=payment_id,
        payment_type=None,
        charge_bearer=SHARED_CHARGES if route.service_level == "SEPA" else bearer,
        ultimate_debtor=payment.ultimate_debtor or block.ultimate_debtor,
        uetr=payment.uetr if route.message >= UETR_SINCE else None,
        line=None,
    )


def _read_back(work: UnitOfWork, parts: list[_Part], route: Route, tools: Tools, source: BinaryIO) -> None:
    """Compares what a reader finds in the file with what was meant, payment by payment, in order."""
    meant = (transfer for part in parts for transfer in _transfers(work, part, route))
    seen = 0
    for event in tools.read(source):
        if isinstance(event, CreditTransfer):
            wanted = next(meant, None)
            seen += 1
            if wanted is None or _essence(wanted) != _essence(event):
                raise NotAsBuilt(f"Payment {seen} of the file reads back differently from what was approved.")
        elif isinstance(event, Finding) and event.blocks:
            raise NotAsBuilt(f"The file reads back with a fault: {event.message}")
    if next(meant, None) is not None:
        raise NotAsBuilt(f"The file reads back with {seen} payments, and there should be more.")


def _essence(payment: CreditTransfer) -> tuple[object, ...]:
    """What decides who gets how much for what; the rest is the schema's business."""
    return (
        payment.instruction_id, payment.end_to_end_id, payment.uetr, payment.amount, payment.creditor.name,
        payment.creditor_account, payment.remittance, payment.structured_remittance, payment.charge_bearer,
    )  # fmt: skip
