"""A bank API as its profile describes it: files, or payments one by one, handed over under keys that are ours."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from banks.api_settings import Api, Shape
from banks.channel import OutboundFile, Outstanding, Receipt, RemoteDocument, Sighting
from banks.connectors.https_documents import Documents
from banks.connectors.https_files import FileOrders
from banks.connectors.https_line import Line
from banks.connectors.https_orders import STATUS, Orders
from banks.connectors.https_payments import PaymentOrders
from banks.profile_mapping import payhub
from banks.secrets import Secrets
from banks.security.oauth import Shelf
from banks.settings import HttpsSettings


def _random_id() -> str:
    return str(uuid.uuid4())


class HttpsChannel:
    """One bank's API. ``ids`` makes the request ids, ``shelf`` holds the tokens all channels of a process share."""

    def __init__(
        self,
        *,
        bank: str,
        settings: HttpsSettings,
        secrets: Secrets,
        ids: Callable[[], str] = _random_id,
        shelf: Shelf | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        api: Api = settings.api or payhub()
        self._line = Line(bank=bank, settings=settings, secrets=secrets, ids=ids, shelf=shelf or Shelf(), sleep=sleep)
        orders: type[FileOrders | PaymentOrders] = FileOrders if api.shape is Shape.FILE else PaymentOrders
        self._orders: Orders = orders(bank, self._line, api)
        self._documents = None if api.documents is None else Documents(bank, self._line, api.documents)

    def stage(self, file: OutboundFile) -> None:
        """What comes before the hand-over: a token, and the calls by which the bank wants it prepared."""
        self._orders.stage(file)

    def publish(self, file: OutboundFile) -> Receipt:
        """Hands the file over, whole or payment by payment. A repetition of what the bank has sends nothing."""
        return self._orders.publish(file)

    def discard(self, file: OutboundFile) -> bool:
        """Nothing was staged that could be taken away, so nothing is proven."""
        del file
        return False

    def look(self, file: OutboundFile) -> Sighting:
        """Asks the bank by our reference."""
        return self._orders.look(file)

    def inbox(self, outstanding: Sequence[Outstanding]) -> Iterator[RemoteDocument]:
        """The status of every outstanding order, then the documents the bank offers."""
        for one in outstanding:
            yield from self._orders.asked(one)
        if self._documents is not None:
            yield from self._documents.offered()

    def fetch(self, document: RemoteDocument, *, size_max: int) -> bytes:
        """The bytes of a document or status."""
        if document.locator.startswith(STATUS):
            return self._orders.status(document, size_max=size_max)
        assert self._documents is not None, "only what was offered is fetched"
        return self._documents.fetch(document, size_max=size_max)

    def archive(self, document: RemoteDocument) -> None:
        """Acknowledges a document, so that the bank lists it no more. A status is not acknowledged."""
        if self._documents is not None and not document.locator.startswith(STATUS):
            self._documents.acknowledge(document)

    def close(self) -> None:
        """Ends the connections."""
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
