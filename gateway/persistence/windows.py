"""Windows as rows: what is due is asked of the database, never remembered by a process (promise P9)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from gateway.domain.cutoff import Window
from gateway.domain.lifecycle import FileState, State
from gateway.persistence.tables import files, payments, window_warnings, windows

WAITING_MAX = 2_000
"""Batches looked at in one round of warnings."""

OPEN = (FileState.GENERATED, FileState.STAGED, FileState.IN_DOUBT)


class Windows:
    """The windows of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen: dict[str, Window] = {}
        """A window's row never changes."""

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
        if window_id not in self._seen:
            row = self._connection.execute(select(windows).where(windows.c.id == window_id)).mappings().one_or_none()
            if row is None:
                return None
            self._seen[window_id] = Window(**row)
        return self._seen[window_id]

    def release_of(self, file_id: str) -> datetime | None:
        """Until when a file may leave that is not known to have left; None for any other."""
        query = (
            select(windows.c.release_by)
            .join(files, files.c.window_id == windows.c.id)
            .where(files.c.id == file_id, files.c.state.in_([state.value for state in OPEN]))
        )
        return self._connection.execute(query).scalar_one_or_none()

    def waiting(self, at: datetime, until: datetime) -> list[tuple[Window, str, int, bool]]:
        """(window, batch, payments, held) for what is scheduled and has not left through windows that close by
        ``until``.
        """
        held = payments.c.hold.is_not(None).label("held")
        query = (
            select(windows, payments.c.batch_id, func.count().label("count"), held)
            .join(payments, payments.c.window_id == windows.c.id)
            .where(
                windows.c.release_by >= at, windows.c.release_by <= until,
                payments.c.state.in_([State.SCHEDULED.value, State.GENERATED.value]),
            )
            .group_by(*windows.c, payments.c.batch_id, held)
            .order_by(windows.c.release_by, payments.c.batch_id, held)
            .limit(WAITING_MAX)
        )  # fmt: skip
        names = Window.__dataclass_fields__
        return [
            (Window(**{name: row[name] for name in names}), row["batch_id"], row["count"], bool(row["held"]))
            for row in self._connection.execute(query).mappings()
        ]

    def warn(self, batch_id: str, window_id: str, *, waits_for: str, minutes: int, at: datetime) -> bool:
        """Remembers a warning; False when it was given before, by whichever worker."""
        with self._connection.begin_nested() as point:
            try:
                self._connection.execute(
                    insert(window_warnings).values(
                        batch_id=batch_id, window_id=window_id, waits_for=waits_for, minutes=minutes, at=at
                    )
                )
            except IntegrityError:
                point.rollback()
                return False
        return True

    def warned(self, window_ids: Iterable[str]) -> set[tuple[str, str, str, int]]:
        """(batch, window, whose turn, minutes) of the warnings that were given about some windows."""
        query = select(
            window_warnings.c.batch_id, window_warnings.c.window_id, window_warnings.c.waits_for,
            window_warnings.c.minutes,
        ).where(window_warnings.c.window_id.in_(list(window_ids)))  # fmt: skip
        return {(row[0], row[1], row[2], row[3]) for row in self._connection.execute(query)}

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
