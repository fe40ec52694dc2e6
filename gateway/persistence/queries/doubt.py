"""Files that people must look at, and what they said about those that nothing proves anything about."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, exists, or_, select

from gateway.domain.lifecycle import FileState
from gateway.domain.ruling import PERSONS_NEEDED, STUCK_AFTER, Ruling, counting, decided_by, waits_for_people
from gateway.persistence.files import rulings_of
from gateway.persistence.queries.files import FileDetail, FileLine
from gateway.persistence.queries.scope import Scope, pick, totals
from gateway.persistence.tables import attempts, files

SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What people said about a file. ``heard`` counts, ``earlier`` was about the file as it was before or was taken
    back; ``decided`` is what enough of them agree on; ``open`` tells that the file waits for people.
    """

    said: tuple[Ruling, ...]
    heard: tuple[Ruling, ...]
    decided: tuple[Ruling, ...]
    open: bool

    @property
    def needed(self) -> int:
        """How many different persons must say the same."""
        return PERSONS_NEEDED


def doubt_about(connection: Connection, file: FileDetail, at: datetime) -> Doubt:
    """What people said about this file."""
    said = tuple(rulings_of(connection, file.id))
    decided = decided_by(said, file.version)
    staged_at = file.attempts[-1].staged_at if file.attempts else None
    return Doubt(
        said=said, heard=counting(said, file.version), decided=decided,
        open=not decided and waits_for_people(file.state, staged_at, at),
    )  # fmt: skip


def files_to_look_at(connection: Connection, scope: Scope, at: datetime) -> list[FileLine]:
    """Files in doubt, files that do not get past staging, and files whose answer is overdue: the oldest first."""
    late = (files.c.state == FileState.SUBMITTED.value) & (
        files.c.answer_overdue.is_(True) | (files.c.answer_due_at < at)
    )
    stood = exists().where(
        attempts.c.file_id == files.c.id, attempts.c.outcome.is_(None), attempts.c.staged_at <= at - STUCK_AFTER
    )
    stuck = and_(files.c.state == FileState.STAGED.value, stood)
    wanted = or_(files.c.state == FileState.IN_DOUBT.value, stuck, late)
    query = select(files).where(wanted, *scope.of_batch_ids(files.c.batch_id)).order_by(files.c.id).limit(SHOWN)
    return [pick(FileLine, row, totals=totals(row["totals"])) for row in connection.execute(query).mappings()]
