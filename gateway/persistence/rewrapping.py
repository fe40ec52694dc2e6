"""Puts under the ring's present key what an earlier one protects, so that the earlier one can be thrown away.

Documents and columns are not encrypted anew, only their keys are: a few bytes each, while everybody goes on working.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, select, update

from gateway.persistence import second_factors as factors
from gateway.persistence import webhooks as hooks
from gateway.persistence.column_keys import Locksmith
from gateway.persistence.key_ring import NONCE_BYTES
from gateway.persistence.tables import second_factors, webhooks
from gateway.persistence.unit_of_work import UnitOfWork

DOCUMENTS_AT_ONCE = 500
REWRAPPED = "vault.rewrapped"
"""Action of the audit row that says how many keys were put under which key."""


def rewrap(work: UnitOfWork) -> int:
    """Rewraps a portion and says so on the trail; gives how many keys it was, 0 when nothing is left."""
    counts = {
        "columns": Locksmith(work.ring, work.ids.secret).rewrap(work.connection),
        "documents": work.vault.rewrap(DOCUMENTS_AT_ONCE),
        "second_factors": _secrets(work, second_factors.c.person_id, second_factors.c.secret, factors.label_of),
        "webhooks": _secrets(work, webhooks.c.id, webhooks.c.secrets, hooks.label_of),
    }
    if any(counts.values()):
        work.note(action=REWRAPPED, subject=work.ring.current, data=counts)
    return sum(counts.values())


def _secrets(work: UnitOfWork, key: Column[Any], secret: Column[Any], label_of: Callable[[str], str]) -> int:
    """Small secrets that the ring seals itself. What was changed meanwhile was sealed anew by that."""
    present = work.ring.current.encode() + b":"
    rows = work.connection.execute(select(key, secret)).all()
    old = [(name, bytes(sealed)) for name, sealed in rows if not bytes(sealed).startswith(present)]
    for name, sealed in old:
        label = label_of(name)
        again = work.ring.seal(work.ring.open(sealed, label), label, work.ids.secret(NONCE_BYTES))
        work.connection.execute(update(key.table).where(key == name, secret == sealed).values({secret: again}))
    return len(old)
