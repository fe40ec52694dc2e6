"""What a person says about a break. Breaks are opened and closed by facts in the ledger; here a person closes one."""

from datetime import datetime

from sqlalchemy import Connection, update

from gateway.domain.errors import Conflict
from gateway.persistence.tables import breaks


def resolve(connection: Connection, break_id: str, *, resolution: str, person_id: str, at: datetime) -> None:
    """Closes an open break; raises :class:`Conflict` when it is not open any more."""
    changed = connection.execute(
        update(breaks)
        .where(breaks.c.id == break_id, breaks.c.state == "open")
        .values(state="resolved", resolution=resolution, resolved_by=person_id, resolved_at=at)
    ).rowcount
    if not changed:
        raise Conflict("This break is not open any more.", code="break.not_open")
