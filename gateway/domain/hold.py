"""A hold: payments that must not leave before people have said that they are meant. A flag beside the state, no state.

Whoever may stop payments puts one on alone; to lift it takes as many persons as its kind needs, and the maker of the
batch is none of them. What a person said counts for that hold only: one that is put on anew starts from nothing.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.domain.batch import Batch
from gateway.domain.errors import Forbidden
from gateway.domain.lifecycle import State
from gateway.domain.roles import Role

PERSONS_NEEDED = 2
"""Persons who must agree before a hold is lifted, unless the operator says otherwise for its kind."""
PERSONS_MAX = 9
OWNER = Role.APPROVER.value
"""Who must act about a hold that names nobody else."""


class HoldKind(StrEnum):
    """Why payments are held."""

    DUPLICATE = "duplicate"
    """They look like payments made before."""
    LIMIT = "limit"
    """They go beyond what may be paid."""
    VOP = "vop"
    """The payee's bank does not know the payee by this name."""
    PERHAPS_SENT = "perhaps_sent"
    """They stood in a file that was not sent, as people say or an empty folder does; nothing proves it."""
    MANUAL = "manual"
    """A person stopped them."""


HOLDABLE = (State.RECEIVED, State.VALIDATED, State.APPROVED, State.SCHEDULED)
"""States in which a hold keeps a payment back. What stands in a built file is taken out of it first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPolicy:
    """How many persons each kind of hold needs to be lifted."""

    persons: Mapping[HoldKind, int] = field(default_factory=dict)

    def needed(self, kind: str) -> int:
        """Persons for a kind; one that this version does not know needs the usual number."""
        return self.persons.get(HoldKind(kind), PERSONS_NEEDED) if kind in set(HoldKind) else PERSONS_NEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldWord:
    """One person's word that held payments are meant."""

    person_id: str
    person_name: str
    reason: str
    at: datetime


def holds_digest(held: Iterable[tuple[int, str]]) -> str | None:
    """SHA-256 over (position, hold id) of held payments in order: what was looked at; None where nothing is held."""
    digest, some = hashlib.sha256(), False
    for position, hold_id in held:
        digest.update(f"{position}:{hold_id}\n".encode())
        some = True
    return digest.hexdigest() if some else None


def may_release(batch: Batch, person_id: str) -> None:
    """Raises :class:`Forbidden` for whoever brought the batch (rulebook SD-01)."""
    if batch.maker_is_person and batch.maker == person_id:
        raise Forbidden("You brought this payment, so you cannot lift its hold.", code="hold.own_payment")
