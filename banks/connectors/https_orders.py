"""What a bank's API takes: the two shapes of an order behind one small protocol, and what they share."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from banks.api_settings import Api
from banks.channel import OutboundFile, Outstanding, Receipt, RemoteDocument, Sighting

JSON = "application/json"
STATUS = "status:"
"""How the locator of a status begins; a document's is its path."""
SAFETY = timedelta(hours=1)
"""A repeat under an idempotency key must arrive well before the bank forgets the key."""


class Orders(Protocol):
    """Files, or the single payments of files, as orders of a bank's API."""

    def stage(self, file: OutboundFile) -> None:
        """Everything that comes before the hand-over and moves no money."""

    def publish(self, file: OutboundFile) -> Receipt:
        """The hand-over."""

    def look(self, file: OutboundFile) -> Sighting:
        """What the bank shows of it."""

    def asked(self, outstanding: Outstanding) -> Iterator[RemoteDocument]:
        """The status document of an order that was handed over, where the bank can be asked for one."""

    def status(self, document: RemoteDocument, *, size_max: int) -> bytes:
        """Its bytes."""


def keyed(api: Api, headers: Mapping[str, str], key: str) -> dict[str, str]:
    """The headers of a request with its idempotency key, where the bank knows such keys."""
    return dict(headers) if api.idempotency_header is None else {**headers, api.idempotency_header: key}


def is_remembered(api: Api, since: datetime | None, now: datetime) -> bool:
    """Whether the bank certainly still knows a key that was first used at ``since`` (None: just now)."""
    if api.idempotency_header is None:
        return False
    return since is None or now < since + timedelta(hours=api.idempotency_key_lifetime_h) - SAFETY
