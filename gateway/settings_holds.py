"""What an operator decides about holds: how many persons must agree before one is lifted, by its kind."""

from banks.strict import Table
from gateway.domain.hold import PERSONS_MAX, PERSONS_NEEDED, HoldKind, HoldPolicy


def read(table: Table) -> HoldPolicy:
    """The table ``[holds]`` of ``approvals.toml``, which two people must agree to like everything that lets pay."""
    row = table.table("holds")
    policy = HoldPolicy(
        persons={kind: row.number(kind.value, PERSONS_NEEDED, least=1, most=PERSONS_MAX) for kind in HoldKind}
    )
    row.close()
    return policy
