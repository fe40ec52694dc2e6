"""What is wrong with the statement of an account and a day. The bank's own books stay right."""

from dataclasses import dataclass, replace

from banks.simulator.behaviours.registry import Behaviour, Options, entry


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPlan:
    """How the bank delivers one statement. Entries and pages are counted from 1."""

    lost: bool = False
    without_entry: int = 0
    copies: int = 1
    again_without_entry: int | None = None
    """Set where the statement comes again with the same id and number: without this entry, or whole (0)."""
    entries_per_page: int | None = None
    lost_page: int = 0


STATEMENTS: dict[str, Behaviour[StatementPlan]] = {}


@entry(STATEMENTS, "statement_lost")
def statement_lost(plan: StatementPlan, _: Options) -> StatementPlan:
    """The statement of that day is never sent; the next one opens elsewhere than the last one closed."""
    return replace(plan, lost=True)


@entry(STATEMENTS, "statement_without_entry", takes="entry")
def statement_without_entry(plan: StatementPlan, options: Options) -> StatementPlan:
    """One entry (the first unless told) is left out, so that the statement does not add up."""
    return replace(plan, without_entry=options.entry)


@entry(STATEMENTS, "statement_twice")
def statement_twice(plan: StatementPlan, _: Options) -> StatementPlan:
    """The same statement is delivered twice, under two names."""
    return replace(plan, copies=2)


@entry(STATEMENTS, "statement_again", needs="entry")
def statement_again(plan: StatementPlan, options: Options) -> StatementPlan:
    """The statement comes again, changed, as the same one: without ``entry``, or whole where that is 0."""
    return replace(plan, again_without_entry=options.entry)


@entry(STATEMENTS, "statement_in_pages", takes="entries page")
def statement_in_pages(plan: StatementPlan, options: Options) -> StatementPlan:
    """The statement comes in pages of so many entries, each a file of its own; ``page`` is the one that never comes."""
    return replace(plan, entries_per_page=options.entries, lost_page=options.page)
