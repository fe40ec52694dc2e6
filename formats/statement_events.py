"""What a streamed account report is made of: each statement opened, its entries, closed; and the proof of the whole."""

from dataclasses import dataclass

from formats.statement import Entry, Statement, StatementMessage


@dataclass(frozen=True, slots=True)
class Opened:
    """A statement begins: what stands before its entries. Its balances are not proven yet."""

    statement: Statement


@dataclass(frozen=True, slots=True)
class Closed:
    """A statement ended: ``balanced`` is known. The message may still turn out to be cut short."""

    statement: Statement


@dataclass(frozen=True, slots=True)
class Proven:
    """The message was read to its end: what came before may be used. Its statements hold no entries."""

    message: StatementMessage


Event = Opened | Entry | Closed | Proven
