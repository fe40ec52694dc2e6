"""A channel whose every word with the bank is noticed: how the circuit breaker learns how an attempt went."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from banks.channel import Channel, OutboundFile, Outstanding, Receipt, RemoteDocument, Sighting
from banks.errors import ChannelError


class WatchedChannel:
    """Passes everything on. ``heard`` holds how each act ended: None where the bank answered, or the error."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.heard: list[ChannelError | None] = []

    def stage(self, file: OutboundFile) -> None:
        """See :class:`banks.channel.Channel`."""
        with self._listening():
            self._channel.stage(file)

    def publish(self, file: OutboundFile) -> Receipt:
        """See :class:`banks.channel.Channel`."""
        with self._listening():
            return self._channel.publish(file)

    def discard(self, file: OutboundFile) -> bool:
        """See :class:`banks.channel.Channel`."""
        with self._listening():
            return self._channel.discard(file)

    def look(self, file: OutboundFile) -> Sighting:
        """See :class:`banks.channel.Channel`."""
        with self._listening():
            return self._channel.look(file)

    def inbox(self, outstanding: Sequence[Outstanding]) -> Iterable[RemoteDocument]:
        """See :class:`banks.channel.Channel`; a connector may still talk to the bank while its offers are walked."""
        with self._listening():
            offers = iter(self._channel.inbox(outstanding))
            offered = next(offers, None)
        while offered is not None:
            yield offered
            with self._listening():
                offered = next(offers, None)

    def fetch(self, document: RemoteDocument, *, size_max: int) -> bytes:
        """See :class:`banks.channel.Channel`."""
        with self._listening():
            return self._channel.fetch(document, size_max=size_max)

    def archive(self, document: RemoteDocument) -> None:
        """See :class:`banks.channel.Channel`."""
        with self._listening():
            self._channel.archive(document)

    def close(self) -> None:
        """Ends the connection. Never raises."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _listening(self) -> Iterator[None]:
        try:
            yield
        except ChannelError as err:
            self.heard.append(err)
            raise
        self.heard.append(None)
