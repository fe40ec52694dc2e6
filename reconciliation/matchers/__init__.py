"""The ladder: each rung is one file here and one line in this tuple, and they are climbed in this order."""

from reconciliation.matchers import (
    advised,
    amount_date_party,
    batch,
    identity,
    repeats,
    returns,
    structured_reference,
    subset_sum,
)
from reconciliation.workspace import Rung

LADDER: tuple[Rung, ...] = (
    identity.RUNG,
    batch.RUNG,
    returns.RUNG,
    advised.RUNG,
    structured_reference.RUNG,
    repeats.RUNG,
    amount_date_party.RUNG,
    subset_sum.RUNG,
)
