"""What a business day brings that nobody ordered."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from banks.simulator.behaviours.registry import Behaviour, Options, entry


@dataclass(frozen=True, slots=True, kw_only=True)
class UnorderedEntry:
    """A booking that no payment of ours explains. An empty ``account`` is the bank's first one."""

    account: str
    amount: Decimal
    direction: Literal["credit", "debit"]
    kind: Literal["incoming", "fee"]
    name: str = ""
    text: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """The bookings of one business day beside the payments."""

    entries: tuple[UnorderedEntry, ...] = ()


DAYS: dict[str, Behaviour[DayPlan]] = {}


@entry(DAYS, "unknown_entry", needs="amount", takes="account direction name text reference")
def unknown_entry(plan: DayPlan, options: Options) -> DayPlan:
    """A credit (or debit) that nobody expected stands on the statement."""
    unknown = UnorderedEntry(
        account=options.account,
        amount=options.amount,
        direction="debit" if options.direction == "debit" else "credit",
        kind="incoming",
        name=options.name or "Unknown Sender",
        text=options.text,
        reference=options.reference,
    )
    return replace(plan, entries=(*plan.entries, unknown))


@entry(DAYS, "fee", needs="amount", takes="account text")
def fee(plan: DayPlan, options: Options) -> DayPlan:
    """The bank takes a fee."""
    taken = UnorderedEntry(
        account=options.account,
        amount=options.amount,
        direction="debit",
        kind="fee",
        text=options.text or "Account fee",
    )
    return replace(plan, entries=(*plan.entries, taken))
