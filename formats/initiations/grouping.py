"""Blocks as banks want them: one for each debtor account, execution date, kind of payment and currency (GEN-026)."""

from collections.abc import Iterable
from dataclasses import fields, replace

from formats.errors import Unbuildable
from formats.initiation import CreditTransfer, PaymentInformation

ID_CHARS_MAX = 35
"""How long a PmtInfId may be."""
_Key = tuple[object, ...]
_HEAD = tuple(
    one.name
    for one in fields(PaymentInformation)
    if one.name not in {"id", "payments", "number_of_transactions", "control_sum", "line"}
)


def group(blocks: Iterable[PaymentInformation], *, merge: bool = True) -> tuple[PaymentInformation, ...]:
    """The same payments in blocks that each pay from one account, on one day, in one way, in one currency.

    What a payment says of its own kind and charges moves to its block. Payments keep their order; blocks stand in the
    order of their first payment and keep the id of the block that payment came from. Where one block becomes several,
    the second is called ID-2 and so on; with ``merge`` false, blocks of different ids are never joined. Raises
    :class:`Unbuildable` where such an id is too long, for no id is ever cut.
    """
    found: dict[_Key, list[CreditTransfer]] = {}
    heads: dict[_Key, PaymentInformation] = {}
    for block in blocks:
        for payment in block.payments:
            head = _head(block, payment)
            key = (
                *(getattr(head, name) for name in _HEAD),
                payment.equivalent_currency_of_transfer or payment.amount.currency,
                None if merge else block.id,
            )
            heads.setdefault(key, head)
            found.setdefault(key, []).append(replace(payment, payment_type=None, charge_bearer=None))
    ids: set[str] = set()
    return tuple(
        replace(head, id=_fresh(head.id, ids, head.line), payments=tuple(found[key])) for key, head in heads.items()
    )


def _head(block: PaymentInformation, payment: CreditTransfer) -> PaymentInformation:
    return replace(
        block,
        payment_type=payment.payment_type or block.payment_type,
        charge_bearer=payment.charge_bearer or block.charge_bearer,
        payments=(),
        number_of_transactions=None,
        control_sum=None,
    )


def _fresh(wanted: str, taken: set[str], line: int | None) -> str:
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    if len(name) > ID_CHARS_MAX:
        problem = f"The block {wanted} has to be divided, and {name} is longer than {ID_CHARS_MAX} characters."
        raise Unbuildable(problem, path="PmtInf/PmtInfId", line=line)
    taken.add(name)
    return name
