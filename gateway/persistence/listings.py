"""What was seen at the banks, so that nothing is fetched twice for nothing, and which orders they were asked about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, func, insert, or_, select

from gateway.domain.document import Listed
from gateway.domain.lifecycle import FileState, State
from gateway.persistence import bulk
from gateway.persistence.tables import asked_orders, files, listings, payments

PLACES_PER_QUERY = 500
ASKED_DAYS_MAX = 14
"""How long after its submission a bank is asked about a file. A doubt is asked about until it is settled."""
CHANGES = (State.GENERATED.value, State.SUBMITTED.value, State.IN_DOUBT.value, State.ACKNOWLEDGED.value)
"""States of payments that a bank's answer can still move (a staged file's still stand at generated)."""
HANDED_OVER = (
    FileState.STAGED.value,
    FileState.IN_DOUBT.value,
    FileState.SUBMITTED.value,
    FileState.ACKNOWLEDGED.value,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """A file about which a bank may still have something to say. ``since`` is when it was handed over, or built."""

    file_id: str
    bank_reference: str | None
    sha256: str
    since: datetime
    asked_at: datetime | None


class Listings:
    """The listings of one unit of work."""

    def __init__(self, connection: Connection, *, at: datetime) -> None:
        self._connection = connection
        self._at = at

    def of(self, bank: str) -> dict[str, Listed]:
        """Everything that was seen at a bank and still stood there last time, by place."""
        query = select(*(listings.c[name] for name in Listed.__dataclass_fields__)).where(listings.c.bank == bank)
        return {row["place"]: Listed(**row) for row in self._connection.execute(query).mappings()}

    def remember(self, bank: str, entry: Listed) -> None:
        """Puts down how an entry looks now and what came of it."""
        same = (listings.c.bank == bank, listings.c.place == entry.place)
        values = {name: getattr(entry, name) for name in Listed.__dataclass_fields__}
        self._connection.execute(delete(listings).where(*same))
        self._connection.execute(insert(listings).values(bank=bank, **values))

    def forget(self, bank: str, places: Iterable[str]) -> None:
        """Entries that the bank does not list any more."""
        for portion in bulk.batched(places, PLACES_PER_QUERY):
            self._connection.execute(
                delete(listings).where(listings.c.bank == bank, listings.c.place.in_(portion))
            )  # fmt: skip

    def open_orders(self, bank: str) -> list[OpenOrder]:
        """Files of a bank whose answer can still change something, oldest first: one query, whatever their number."""
        since = func.coalesce(files.c.submitted_at, files.c.generated_at)
        query = (
            select(
                files.c.id.label("file_id"), files.c.bank_reference, files.c.sha256, since.label("since"),
                asked_orders.c.asked_at,
            )
            .outerjoin(asked_orders, asked_orders.c.file_id == files.c.id)
            .where(
                files.c.bank == bank,
                files.c.state.in_(HANDED_OVER),
                or_(
                    files.c.state.in_((FileState.STAGED.value, FileState.IN_DOUBT.value)),
                    since >= self._at - timedelta(days=ASKED_DAYS_MAX),
                ),
                exists().where(payments.c.file_id == files.c.id, payments.c.state.in_(CHANGES)),
            )
            .order_by(files.c.id)
        )  # fmt: skip
        return [OpenOrder(**row) for row in self._connection.execute(query).mappings()]

    def asked(self, bank: str, file_ids: Iterable[str]) -> None:
        """The bank was asked about these now; what was asked about too long ago to matter is forgotten."""
        chosen = list(file_ids)
        for portion in bulk.batched(chosen, PLACES_PER_QUERY):
            self._connection.execute(delete(asked_orders).where(asked_orders.c.file_id.in_(portion)))
        bulk.insert(
            self._connection, asked_orders, ({"file_id": one, "bank": bank, "asked_at": self._at} for one in chosen)
        )
        self._connection.execute(
            delete(asked_orders).where(
                asked_orders.c.bank == bank, asked_orders.c.asked_at < self._at - timedelta(days=2 * ASKED_DAYS_MAX)
            )
        )
