"""How the bank answers a whole file."""

from dataclasses import dataclass, replace

from banks.simulator.behaviours.registry import Behaviour, Options, entry


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """What the bank does about one file that it received. It is remembered as JSON, so it holds plain values only."""

    reject_code: str | None = None
    reject_text: str = ""
    answer: bool = True
    delay_minutes: int = 0
    copies: int = 1
    """How often the same answer is delivered, under as many names."""
    changed_code: str | None = None
    """Set where the answer comes again as the same message with other bytes; a code refuses the file this time."""
    duplicate_code: str | None = None
    """Set where the bank, after its answer, also refuses the file as a duplicate of itself."""
    parts: int = 1
    unlisted: bool = False
    backwards: bool = False
    foreign: bool = False
    iso_status: str | None = None
    message: str | None = None


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
    """The answer comes so many simulated minutes after the file; so answers overtake each other."""
    return replace(plan, delay_minutes=options.minutes)


@entry(FILES, "answer_twice")
def answer_twice(plan: FilePlan, _: Options) -> FilePlan:
    """The same answer is delivered twice, under two names."""
    return replace(plan, copies=2)


@entry(FILES, "answer_changed", takes="code")
def answer_changed(plan: FilePlan, options: Options) -> FilePlan:
    """The answer comes again under its message id with other bytes; with ``code`` it now refuses what was accepted."""
    return replace(plan, changed_code=options.code)


@entry(FILES, "answer_split", takes="parts")
def answer_split(plan: FilePlan, options: Options) -> FilePlan:
    """One pain.002 for each part of the payments (2 parts unless told), none with a status of the whole."""
    return replace(plan, parts=options.parts)


@entry(FILES, "answer_unlisted")
def answer_unlisted(plan: FilePlan, _: Options) -> FilePlan:
    """PART, which lists the refused payments and says nothing of the others."""
    return replace(plan, unlisted=True)


@entry(FILES, "answer_backwards")
def answer_backwards(plan: FilePlan, _: Options) -> FilePlan:
    """After the answer comes an older one: ACTC, from a minute before."""
    return replace(plan, backwards=True)


@entry(FILES, "answer_status", needs="iso_status")
def answer_status(plan: FilePlan, options: Options) -> FilePlan:
    """What is accepted is answered with this status, which may be one that nobody knows."""
    return replace(plan, iso_status=options.iso_status)


@entry(FILES, "answer_as", needs="message")
def answer_as(plan: FilePlan, options: Options) -> FilePlan:
    """The answer is written as another message, which may be one that nobody knows."""
    return replace(plan, message=options.message)


@entry(FILES, "answer_foreign")
def answer_foreign(plan: FilePlan, _: Options) -> FilePlan:
    """Beside the answer comes another one, which refuses a file that nobody of ours sent."""
    return replace(plan, foreign=True)


@entry(FILES, "duplicate_file", takes="code")
def duplicate_file(plan: FilePlan, options: Options) -> FilePlan:
    """After a good answer comes RJCT with DUPL (or ``code``) for the very file that was accepted."""
    return replace(plan, duplicate_code=options.code or "DUPL")
