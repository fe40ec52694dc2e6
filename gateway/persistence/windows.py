"""Windows as rows: what is due is asked of the database, never remembered by a process (promise P9)."""

from datetime import datetime

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from gateway.domain.cutoff import Window
from gateway.domain.lifecycle import FileState, State
from gateway.persistence.tables import files, payments, windows

OPEN = (FileState.GENERATED, FileState.STAGED, FileState.IN_DOUBT)


class Windows:
    """The windows of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ensure(self, window: Window) -> Window:
        """The stored row of a window; the first one to ask writes it."""
        found = self.get(window.id)
        if found is not None:
            return found
        values = {name: getattr(window, name) for name in Window.__dataclass_fields__}
        with self._connection.begin_nested() as point:
            try:
                self._connection.execute(insert(windows).values(**values))
            except IntegrityError:
                point.rollback()
        stored = self.get(window.id)
        assert stored is not None
        return stored

    def get(self, window_id: str) -> Window | None:
        """One window."""
        row = self._connection.execute(select(windows).where(windows.c.id == window_id)).mappings().one_or_none()
        return None if row is None else Window(**row)

    def release_of(self, file_id: str) -> datetime | None:
        """Until when a file may leave that is not known to have left; None for any other."""
        query = (
            select(windows.c.release_by)
            .join(files, files.c.window_id == windows.c.id)
            .where(files.c.id == file_id, files.c.state.in_([state.value for state in OPEN]))
        )
        return self._connection.execute(query).scalar_one_or_none()

    def batches_to_send(self, at: datetime, *, limit: int) -> list[str]:
        """Batches with scheduled payments whose window has opened (or closed while nobody looked)."""
        query = (
            select(payments.c.batch_id)
            .join(windows, windows.c.id == payments.c.window_id)
            .where(payments.c.state == State.SCHEDULED.value, windows.c.opens_at <= at)
            .distinct()
            .order_by(payments.c.batch_id)
            .limit(limit)
        )
        return list(self._connection.execute(query).scalars())
