"""What the bank makes of a recall: whether it gives the payment back, and what it says of it."""

from dataclasses import dataclass, replace
from decimal import Decimal

from banks.simulator.behaviours.registry import Behaviour, Options, entry


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallPlan:
    """What the bank does about one payment it was asked to give back. It is remembered as JSON, so it holds plain
    values only.
    """

    refuse_code: str = ""
    """The reason of a refusal; empty where the bank agrees."""
    refuse_text: str = ""
    answer: bool = True
    late_minutes: int = 0
    pending_minutes: int = 0
    """How long after a first word (PDCR) the bank makes up its mind; 0 is without a first word."""
    copies: int = 1
    foreign: bool = False
    opposite: bool = False
    iso_status: str = ""
    broken: bool = False
    """The bank agrees, and does nothing about it."""
    return_after: int = 2
    """Business days between the bank's consent and the money, where the payment was booked."""
    return_code: str = "FOCR"
    return_fee: str = "0"

    @property
    def fee(self) -> Decimal:
        """What is taken off the money that comes back."""
        return Decimal(self.return_fee)


RECALLS: dict[str, Behaviour[RecallPlan]] = {}


@entry(RECALLS, "recall_refused", needs="code", takes="text")
def recall_refused(plan: RecallPlan, options: Options) -> RecallPlan:
    """Refused with a reason (RJCR: CUST, LEGL, NOAS, AC04 …); the payment takes its course."""
    return replace(plan, refuse_code=options.code, refuse_text=options.text)


@entry(RECALLS, "recall_pending", needs="minutes")
def recall_pending(plan: RecallPlan, options: Options) -> RecallPlan:
    """Neither accepted nor refused at first (PDCR); decided so many simulated minutes later, on what is booked then."""
    return replace(plan, pending_minutes=options.minutes)


@entry(RECALLS, "recall_late", needs="minutes")
def recall_late(plan: RecallPlan, options: Options) -> RecallPlan:
    """Looked at only after so many simulated minutes; what is booked by then is given back, not stopped."""
    return replace(plan, late_minutes=options.minutes)


@entry(RECALLS, "recall_silent")
def recall_silent(plan: RecallPlan, _: Options) -> RecallPlan:
    """The bank stops the payment or brings it back, and never says a word; beside `recall_refused` it does neither."""
    return replace(plan, answer=False)


@entry(RECALLS, "recall_twice")
def recall_twice(plan: RecallPlan, _: Options) -> RecallPlan:
    """The same answer is delivered twice, under two names."""
    return replace(plan, copies=2)


@entry(RECALLS, "recall_foreign")
def recall_foreign(plan: RecallPlan, _: Options) -> RecallPlan:
    """Beside the answer comes another one, about a case that nobody of ours opened."""
    return replace(plan, foreign=True)


@entry(RECALLS, "recall_contradicted")
def recall_contradicted(plan: RecallPlan, _: Options) -> RecallPlan:
    """After the answer comes its opposite, written a minute later; what the bank does is what it said first."""
    return replace(plan, opposite=True)


@entry(RECALLS, "recall_status", needs="iso_status")
def recall_status(plan: RecallPlan, options: Options) -> RecallPlan:
    """The answer says this status, which may be one that nobody knows."""
    return replace(plan, iso_status=options.iso_status)


@entry(RECALLS, "recall_broken")
def recall_broken(plan: RecallPlan, _: Options) -> RecallPlan:
    """Accepted, and forgotten: the payment is booked, or the money stays away, all the same."""
    return replace(plan, broken=True)


@entry(RECALLS, "recall_returned", takes="code business_days fee")
def recall_returned(plan: RecallPlan, options: Options) -> RecallPlan:
    """How money that was booked comes back: so many business days later (2 unless told), less a fee, as FOCR."""
    code = options.code or plan.return_code
    return replace(plan, return_after=options.business_days, return_code=code, return_fee=str(options.fee))
