"""How the bank answers a whole file."""

from dataclasses import dataclass, replace

from banks.simulator.behaviours.registry import Behaviour, Options, entry


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """What the bank does about one file that it received."""

    reject_code: str | None = None
    reject_text: str = ""
    answer: bool = True
    delay_minutes: int = 0
    copies: int = 1
    """How often the same answer is delivered, under as many names."""
    duplicate_code: str | None = None
    """Set where the bank, after its answer, also refuses the file as a duplicate of itself."""


FILES: dict[str, Behaviour[FilePlan]] = {}


@entry(FILES, "accept")
def accept(plan: FilePlan, _: Options) -> FilePlan:
    """Nothing special: what happens without a rule, for a scenario that wants to say so."""
    return plan


@entry(FILES, "reject_file", needs="code", takes="text")
def reject_file(plan: FilePlan, options: Options) -> FilePlan:
    """The whole file is refused at group level."""
    return replace(plan, reject_code=options.code, reject_text=options.text)


@entry(FILES, "silent")
def silent(plan: FilePlan, _: Options) -> FilePlan:
    """The bank books, and never says a word."""
    return replace(plan, answer=False)


@entry(FILES, "answer_late", needs="minutes")
def answer_late(plan: FilePlan, options: Options) -> FilePlan:
    """The answer comes so many simulated minutes after the file."""
    return replace(plan, delay_minutes=options.minutes)


@entry(FILES, "answer_twice")
def answer_twice(plan: FilePlan, _: Options) -> FilePlan:
    """The same answer is delivered twice, under two names."""
    return replace(plan, copies=2)


@entry(FILES, "duplicate_file", takes="code")
def duplicate_file(plan: FilePlan, options: Options) -> FilePlan:
    """After a good answer comes RJCT with DUPL (or ``code``) for the very file that was accepted."""
    return replace(plan, duplicate_code=options.code or "DUPL")
