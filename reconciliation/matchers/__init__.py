"""The ladder: each rung is one file here and one line in this tuple, and they are climbed in this order."""

from reconciliation.matchers import batch, identity, repeats, returns
from reconciliation.workspace import Rung

LADDER: tuple[Rung, ...] = (
    identity.RUNG,
    batch.RUNG,
    returns.RUNG,
    repeats.RUNG,
)
