"""The documents a bank's API offers: listed page after page, fetched, and acknowledged once they are stored."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from banks import mapping
from banks.api_settings import Listing
from banks.channel import RemoteDocument
from banks.connectors.https_line import Line
from banks.errors import Refused, Unreachable
from banks.filenames import safe_name

PAGES_MAX = 1_000
GONE = ("HTTP 404", "HTTP 410")
JSON = {"Accept": "application/json"}


class Documents:
    """The documents of one bank, as its profile's ``listing`` says they are had."""

    def __init__(self, bank: str, line: Line, listing: Listing) -> None:
        self._bank = bank
        self._line = line
        self._listing = listing

    def offered(self) -> Iterator[RemoteDocument]:
        """Everything on every page."""
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            params = {} if cursor is None else {self._listing.cursor: cursor}
            page = mapping.parsed(self._line.ask("GET", self._listing.path, params=params, headers=JSON).body)
            listed = mapping.at(page, self._listing.items)
            if not isinstance(listed, list):
                raise Refused("The bank's list of documents cannot be read.", bank=self._bank)
            yield from (document for document in map(self._document, listed) if document is not None)
            following = mapping.text_at(page, self._listing.following)
            if not listed or following is None or following == cursor:
                return
            cursor = following
        raise Refused(f"The bank lists more than {PAGES_MAX} pages of documents.", bank=self._bank)

    def fetch(self, document: RemoteDocument, *, size_max: int) -> bytes:
        """The bytes of a document; their digest is proven where the listing named one."""
        answer = self._line.ask("GET", document.locator, headers={"Accept": "*/*"}, size_max=size_max)
        if document.sha256 is not None and hashlib.sha256(answer.body).hexdigest() != document.sha256.lower():
            raise Unreachable(f"{document.name} came with other bytes than the bank listed.", bank=self._bank)
        return answer.body

    def acknowledge(self, document: RemoteDocument) -> None:
        """Tells the bank that we have it, where it wants to know. One that is gone was acknowledged before."""
        if self._listing.receipt is None:
            return
        try:
            self._line.ask("POST", f"{document.locator}{self._listing.receipt}")
        except Refused as err:
            if not err.detail.startswith(GONE):
                raise

    def _document(self, item: object) -> RemoteDocument | None:
        listing = self._listing
        number = mapping.text_at(item, listing.id)
        if number is None:
            return None
        size = None if listing.size is None else mapping.at(item, listing.size)
        return RemoteDocument(
            name=safe_name(mapping.text_at(item, listing.name) or number),
            size=size if isinstance(size, int) else None,
            modified_at=_moment(mapping.text_at(item, listing.created_at)),
            media_type=mapping.text_at(item, listing.media_type),
            locator=mapping.path(listing.fetch, {"id": number}),
            sha256=mapping.text_at(item, listing.sha256),
        )


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
