"""The single payments of a file as a template can say them, read from the file's own bytes."""

import io
from collections.abc import Iterator
from datetime import datetime

from banks import mapping
from formats import pain001
from formats.initiation import CreditTransfer, PaymentInformation

MUST_BE_SAID = frozenset({"remittance", "creditor_reference", "purpose", "category_purpose", "local_instrument"})
"""What a payment must not lose on its way into a bank's JSON: a template that leaves it out cannot carry it."""


def singles(content: bytes, reference: str) -> Iterator[tuple[CreditTransfer, mapping.Values]]:
    """Each payment of a pain.001 with its placeholders' values, in the file's order. Raises ``FormatError``."""
    block: PaymentInformation | None = None
    for event in pain001.stream(io.BytesIO(content)):
        if isinstance(event, PaymentInformation):
            block = event
        elif isinstance(event, CreditTransfer):
            assert block is not None, "a payment stands in a block"
            yield event, {"reference": reference, **_of_block(block), **_of_payment(event), **_kinds(block, event)}


def unsayable(payment: CreditTransfer, values: mapping.Values, used: frozenset[str]) -> list[str]:
    """What the payment says and a template with the placeholders ``used`` does not, in words."""
    lost = [name for name in sorted(MUST_BE_SAID - used) if values.get(name) is not None]
    structured = [one for one in payment.structured_remittance if one.documents or one.additional]
    for name, is_there in (
        ("the documents it pays", bool(structured) or len(payment.structured_remittance) > 1),
        ("an ultimate party", payment.ultimate_debtor is not None or payment.ultimate_creditor is not None),
        ("an amount in another currency than it is paid in", payment.equivalent_currency_of_transfer is not None),
        ("an exchange contract", payment.exchange_contract is not None or payment.exchange_rate is not None),
        ("intermediary banks", bool(payment.intermediary_agents)),
        ("instructions for a bank", bool(payment.instructions_for_creditor_agent)
         or payment.instruction_for_debtor_agent is not None),
        ("regulatory reporting", bool(payment.regulatory_reporting)),
    ):  # fmt: skip
        if is_there:
            lost.append(name)
    return lost


def _of_block(block: PaymentInformation) -> dict[str, str | None]:
    account, agent, day = block.debtor_account, block.debtor_agent, block.execution_date
    on = day.date() if isinstance(day, datetime) else day
    return {
        "execution_date": None if on is None else on.isoformat(), "debtor_name": block.debtor.name,
        "debtor_iban": account.iban if account else None, "debtor_account": account.number if account else None,
        "debtor_bic": agent.bic if agent else None,
    }  # fmt: skip


def _of_payment(payment: CreditTransfer) -> dict[str, str | None]:
    account, agent, address = payment.creditor_account, payment.creditor_agent, payment.creditor.address
    structured = payment.structured_remittance
    return {
        "instruction_id": payment.instruction_id, "end_to_end_id": payment.end_to_end_id, "uetr": payment.uetr,
        "amount": payment.amount.text, "currency": payment.amount.currency, "creditor_name": payment.creditor.name,
        "creditor_iban": account.iban if account else None, "creditor_account": account.number if account else None,
        "creditor_bic": agent.bic if agent else None,
        "creditor_street": address.street if address else None,
        "creditor_building": address.building_number if address else None,
        "creditor_post_code": address.post_code if address else None,
        "creditor_town": address.town if address else None, "creditor_country": address.country if address else None,
        "remittance": " ".join(payment.remittance) or None,
        "creditor_reference": structured[0].reference if structured else None,
        "purpose": payment.purpose or payment.purpose_proprietary,
    }  # fmt: skip


def _kinds(block: PaymentInformation, payment: CreditTransfer) -> dict[str, str | None]:
    own, of_all = payment.payment_type, block.payment_type
    levels = {}
    for name in ("service_level", "local_instrument", "category_purpose"):
        said = [getattr(kind, name) or getattr(kind, f"{name}_proprietary") for kind in (own, of_all) if kind]
        levels[name] = next(filter(None, said), None)
    return {**levels, "charge_bearer": payment.charge_bearer or block.charge_bearer}
