"""Second factors: the sealed secret of each person, the step of the last code, and recovery codes as digests."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from gateway.persistence.tables import recovery_codes, second_factors


def label_of(person_id: str) -> str:
    """What a person's sealed secret is bound to."""
    return f"second factor:{person_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """``secret`` is sealed; it counts from ``confirmed_at``. Codes of ``last_step`` and before were used."""

    person_id: str
    secret: bytes
    confirmed_at: datetime | None
    last_step: int


class SecondFactors:
    """The second factors of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, person_id: str) -> SecondFactor | None:
        """A person's second factor, confirmed or not."""
        query = select(second_factors).where(second_factors.c.person_id == person_id)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else SecondFactor(**row)

    def begin(self, person_id: str, secret: bytes) -> None:
        """Puts a new secret in the place of whatever was there; it counts once it was confirmed."""
        self.remove(person_id)
        values = {"person_id": person_id, "secret": secret, "confirmed_at": None, "last_step": 0}
        self._connection.execute(insert(second_factors).values(**values))

    def confirm(self, person_id: str, at: datetime, recovery: list[str]) -> None:
        """From now on the second factor counts; ``recovery`` are the digests of codes that work once each."""
        self._connection.execute(
            update(second_factors).where(second_factors.c.person_id == person_id).values(confirmed_at=at)
        )
        rows = [{"person_id": person_id, "sha256": one} for one in recovery]
        self._connection.execute(insert(recovery_codes), rows)

    def use_step(self, person_id: str, step: int) -> bool:
        """Whether the code of this step was still unused; it is used now, whoever else tries at the same moment."""
        changed = self._connection.execute(
            update(second_factors)
            .where(second_factors.c.person_id == person_id, second_factors.c.last_step < step)
            .values(last_step=step)
        ).rowcount
        return changed == 1

    def use_recovery(self, person_id: str, sha256: str, at: datetime) -> bool:
        """Whether this is a recovery code that was still unused; it is used now."""
        changed = self._connection.execute(
            update(recovery_codes)
            .where(
                recovery_codes.c.person_id == person_id, recovery_codes.c.sha256 == sha256,
                recovery_codes.c.used_at.is_(None),
            )
            .values(used_at=at)
        ).rowcount  # fmt: skip
        return changed == 1

    def remove(self, person_id: str) -> None:
        """Takes a second factor away, with its recovery codes."""
        self._connection.execute(delete(second_factors).where(second_factors.c.person_id == person_id))
        self._connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
