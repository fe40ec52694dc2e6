"""What becomes of one payment."""

from dataclasses import dataclass, replace
from decimal import Decimal

from banks.simulator.behaviours.registry import Behaviour, Options, entry


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPlan:
    """What the bank does with one payment. ``booked`` is what leaves the account, in the payment's currency."""

    booked: Decimal
    reject_code: str | None = None
    reject_text: str = ""
    return_after: int | None = None
    """Business days between booking and return."""
    return_code: str = ""
    return_fee: Decimal = Decimal(0)
    refuse_after_minutes: int | None = None
    refuse_code: str = ""
    refuse_text: str = ""
    fate: str = ""
    """Where the bank contradicts itself: ``unbooked``, ``twice`` or ``refused`` (and booked all the same)."""


PAYMENTS: dict[str, Behaviour[PaymentPlan]] = {}


@entry(PAYMENTS, "reject_payment", needs="code", takes="text")
def reject_payment(plan: PaymentPlan, options: Options) -> PaymentPlan:
    """Refused with a reason; no money moves."""
    return replace(plan, reject_code=options.code, reject_text=options.text)


@entry(PAYMENTS, "return_payment", takes="code business_days fee")
def return_payment(plan: PaymentPlan, options: Options) -> PaymentPlan:
    """Booked, and the money comes back business days later (2 unless told), less a fee where one is named."""
    code = options.code or "AC04"
    return replace(plan, return_after=options.business_days, return_code=code, return_fee=options.fee)


@entry(PAYMENTS, "amount_break", takes="amount difference")
def amount_break(plan: PaymentPlan, options: Options) -> PaymentPlan:
    """Another amount is booked than was ordered: ``amount``, or the ordered one plus ``difference``."""
    return replace(plan, booked=options.amount or plan.booked + options.difference)


@entry(PAYMENTS, "reject_later", needs="code minutes", takes="text")
def reject_later(plan: PaymentPlan, options: Options) -> PaymentPlan:
    """Accepted at first, and refused so many simulated minutes later; it is never booked."""
    return replace(plan, refuse_after_minutes=options.minutes, refuse_code=options.code, refuse_text=options.text)


@entry(PAYMENTS, "book_refused", needs="code", takes="text")
def book_refused(plan: PaymentPlan, options: Options) -> PaymentPlan:
    """Refused in the answer, and booked all the same."""
    return replace(plan, fate="refused", refuse_code=options.code, refuse_text=options.text)


@entry(PAYMENTS, "book_never")
def book_never(plan: PaymentPlan, _: Options) -> PaymentPlan:
    """Accepted, and never booked."""
    return replace(plan, fate="unbooked")


@entry(PAYMENTS, "book_twice")
def book_twice(plan: PaymentPlan, _: Options) -> PaymentPlan:
    """Booked twice, as two entries of the same order: the bank's own mistake."""
    return replace(plan, fate="twice")
