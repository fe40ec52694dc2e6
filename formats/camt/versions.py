"""Which camt messages are read, and the little that depends on which one it is."""

from dataclasses import dataclass

from formats.statement import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One of the three account reports: what it is for payhub, and what its part per account is called."""

    message: str
    kind: Kind
    container: str
    title: str


FAMILIES = (
    Family(message="camt.052", kind="report", container="Rpt", title="intraday account report"),
    Family(message="camt.053", kind="statement", container="Stmt", title="account statement"),
    Family(message="camt.054", kind="notification", container="Ntfctn", title="debit and credit notification"),
)
VERSIONS = tuple(range(1, 15))
"""The versions the tables were written for, .01 to .14; a later one is read by the same tables."""

CHANGES = (
    (2, "transactions and batches move under NtryDtls, each with a count; accounts that are no IBAN under Othr"),
    (3, "transactions get an amount and a direction; charges become records under a total; banks answer to BICFI"),
    (7, "Sts becomes a choice of code and proprietary word, parties a choice of Pty and Agt"),
    (8, "UETR, LEI, pages of a single statement"),
)
"""From which version what differs; the tables hold both ways, so this is for people to read."""


def family_of(message: str) -> Family:
    """The family of ``camt.053.001.08``."""
    return next(family for family in FAMILIES if message.startswith(family.message))
