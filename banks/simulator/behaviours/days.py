"""What a business day brings that nobody ordered: entries, rubbish in the outbox, another host key."""

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


LITTER = ("empty", "garbage", "zip", "foreign_statement", "foreign_answer", "unknown_message")
"""What a bank's outbox may hold that is no answer to us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """One business day beside the payments. ``litter`` is what is put into the outbox: kind and file name."""

    entries: tuple[UnorderedEntry, ...] = ()
    litter: tuple[tuple[str, str], ...] = ()
    change_host_key: bool = False


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


@entry(DAYS, "litter", needs="kind", takes="name")
def litter(plan: DayPlan, options: Options) -> DayPlan:
    """Something that is no answer lies in the outbox: empty, garbage, a zip, or a message that is not for us."""
    return replace(plan, litter=(*plan.litter, (options.kind, options.name)))


@entry(DAYS, "change_host_key", times=1)
def change_host_key(plan: DayPlan, _: Options) -> DayPlan:
    """From the booking run of this day the SFTP server shows another host key; open sessions end."""
    return replace(plan, change_host_key=True)
