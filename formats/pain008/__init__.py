"""Direct debits (pain.008): the roles swap, so ``debtor`` of the model's block is the creditor who collects."""

from collections.abc import Iterator
from pathlib import Path

from formats.initiation import Initiation
from formats.initiations import details, reader
from formats.initiations.parties import account, agent, party
from formats.initiations.reader import Dialect, Event, execution_date, made, text
from formats.initiations.shared import SHARED_BATCH, SHARED_PAYMENT
from formats.source import Source

__all__ = ["COLLECTION", "Event", "read", "stream"]

COLLECTION = Dialect(
    family="pain.008",
    title="direct debits (pain.008)",
    transaction="DrctDbtTxInf",
    collection=True,
    batch={
        **SHARED_BATCH,
        "ReqdColltnDt": made("execution_date", execution_date),
        "Cdtr": made("debtor", party),
        "CdtrAcct": made("debtor_account", account),
        "CdtrAgt": made("debtor_agent", agent),
        "CdtrAgtAcct": made("debtor_agent_account", account),
        "UltmtCdtr": made("ultimate_debtor", party),
        "CdtrSchmeId": made("creditor_scheme_id", details.scheme_id),
    },
    payment={
        **SHARED_PAYMENT,
        "InstdAmt": made("amount", lambda element, notes: notes.money(element)),
        "DrctDbtTx": details.mandate,
        "UltmtCdtr": made("ultimate_debtor", party),
        "DbtrAgt": made("creditor_agent", agent),
        "DbtrAgtAcct": made("creditor_agent_account", account),
        "Dbtr": made("creditor", party),
        "DbtrAcct": made("creditor_account", account),
        "UltmtDbtr": made("ultimate_creditor", party),
        "InstrForCdtrAgt": text("instruction_for_debtor_agent"),
    },
)


def read(source: Source, *, schemas: Path | None = None) -> Initiation:
    """A whole pain.008 of any version; see :func:`formats.initiations.reader.read` for what it raises."""
    return reader.read(source, COLLECTION, schemas=schemas)


def stream(source: Source, *, schemas: Path | None = None) -> Iterator[Event]:
    """The parts of a pain.008 in document order; see :func:`formats.initiations.reader.stream`."""
    return reader.stream(source, COLLECTION, schemas=schemas)
