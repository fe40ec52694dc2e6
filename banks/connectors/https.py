"""A bank API: one POST under our idempotency key hands a file over, and the reference finds it again."""

import base64
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from banks.channel import OutboundFile, Outstanding, Presence, Receipt, RemoteDocument, Sighting
from banks.connectors.https_line import Line
from banks.errors import OutcomeUnknown, Refused, Unreachable
from banks.filenames import safe_name
from banks.secrets import Secrets
from banks.settings import HttpsSettings

FILES = "/v1/files"
DOCUMENTS = "/v1/documents"
JSON = "application/json"
PAGES_MAX = 1_000
GONE = ("HTTP 404", "HTTP 410")


def _random_id() -> str:
    return str(uuid.uuid4())


class HttpsChannel:
    """One bank's API, as ``docs`` call it the payhub bank API. ``ids`` makes the request ids."""

    def __init__(
        self, *, bank: str, settings: HttpsSettings, secrets: Secrets, ids: Callable[[], str] = _random_id
    ) -> None:
        self._bank = bank
        self._settings = settings
        self._line = Line(bank=bank, settings=settings, secrets=secrets, ids=ids)

    def stage(self, file: OutboundFile) -> None:
        """Makes sure that there is a token, so that publishing does not fail for want of one."""
        del file  # an API has nothing to stage
        self._line.token()

    def publish(self, file: OutboundFile) -> Receipt:
        """Posts the file. The same key and bytes are answered with the same order, however often."""
        answer = self._line.ask(
            "POST",
            FILES,
            broken=OutcomeUnknown,
            content=file.content,
            headers={
                "Content-Type": "application/xml",
                "Accept": JSON,
                "Idempotency-Key": file.key,
                "Digest": "SHA-256=" + base64.b64encode(bytes.fromhex(file.sha256)).decode(),
                "X-File-Name": file.name,
                "X-File-Reference": file.reference,
            },
        )
        body = _json(answer.body)
        order = _text(body, "order_id")
        if order is None or _text(body, "reference") != file.reference:
            raise OutcomeUnknown(
                f"The bank took {file.name} and answered with another reference or none.",
                bank=self._bank,
                detail=repr(body)[:500],
            )
        return Receipt(
            evidence=f"order {order}, HTTP {answer.status}, status {_text(body, 'status')}",
            bank_reference=order,
            already=answer.headers.get("Idempotency-Replayed", "").lower() == "true",
        )

    def discard(self, file: OutboundFile) -> bool:
        """Nothing was staged, so there is nothing to take away."""
        del file
        return False

    def look(self, file: OutboundFile) -> Sighting:
        """Asks for the orders under the file's reference. ``ABSENT`` is what the bank says now: a listing may lag, and
        the idempotency key is what makes sending the same bytes again safe.
        """
        orders = self._orders(file.reference)
        if not orders:
            return Sighting(presence=Presence.ABSENT, evidence=f"the bank lists no order for {file.reference}")
        for order in orders:
            number, digest = _text(order, "order_id"), _text(order, "sha256")
            if number is not None and digest is not None and digest.lower() == file.sha256:
                evidence = f"order {number}, status {_text(order, 'status')}, sha256 agrees"
                return Sighting(presence=Presence.DELIVERED, evidence=evidence, bank_reference=number)
        if len(orders) == 1 and _text(orders[0], "sha256") is None and _text(orders[0], "order_id") is not None:
            number = _text(orders[0], "order_id")
            evidence = f"order {number}, status {_text(orders[0], 'status')}, reference agrees"
            return Sighting(presence=Presence.DELIVERED, evidence=evidence, bank_reference=number)
        evidence = f"the bank lists {len(orders)} orders for {file.reference}, none with our sha256"
        return Sighting(presence=Presence.UNCLEAR, evidence=evidence)

    def inbox(self, outstanding: Sequence[Outstanding]) -> Iterator[RemoteDocument]:
        """The status of every outstanding order, then the documents the bank offers."""
        for asked in outstanding:
            order = asked.bank_reference or self._order_of(asked.reference)
            if order is not None:
                yield RemoteDocument(
                    name=safe_name(f"status-{order}.json"),
                    media_type=JSON,
                    locator=f"{FILES}/{quote(order, safe='')}/status",
                )
        yield from self._documents()

    def fetch(self, document: RemoteDocument, *, size_max: int) -> bytes:
        """The bytes of a document or status; their digest is proven where the listing named one."""
        accept = document.media_type if document.locator.startswith(FILES) else "*/*"
        answer = self._line.ask("GET", document.locator, headers={"Accept": accept or "*/*"}, size_max=size_max)
        if document.sha256 is not None and hashlib.sha256(answer.body).hexdigest() != document.sha256.lower():
            raise Unreachable(f"{document.name} came with other bytes than the bank listed.", bank=self._bank)
        return answer.body

    def archive(self, document: RemoteDocument) -> None:
        """Acknowledges a document, so that the bank lists it no more. A status is not acknowledged."""
        if not document.locator.startswith(DOCUMENTS):
            return
        try:
            self._line.ask("POST", f"{document.locator}/receipt")
        except Refused as err:
            if not err.detail.startswith(GONE):
                raise

    def close(self) -> None:
        """Ends the connections."""
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _orders(self, reference: str) -> list[dict[str, Any]]:
        answer = self._line.ask("GET", FILES, params={"reference": reference}, headers={"Accept": JSON})
        listed = _json(answer.body).get("orders")
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            raise Refused(f"The bank's list of orders for {reference} cannot be read.", bank=self._bank)
        return [item for item in listed if _text(item, "reference") in {None, reference}]

    def _order_of(self, reference: str) -> str | None:
        orders = self._orders(reference)
        return _text(orders[0], "order_id") if len(orders) == 1 else None

    def _documents(self) -> Iterator[RemoteDocument]:
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            params = {} if cursor is None else {"after": cursor}
            page = _json(self._line.ask("GET", DOCUMENTS, params=params, headers={"Accept": JSON}).body)
            listed = page.get("documents")
            if not isinstance(listed, list):
                raise Refused("The bank's list of documents cannot be read.", bank=self._bank)
            yield from (document for document in map(_document, listed) if document is not None)
            following = _text(page, "next")
            if not listed or following is None or following == cursor:
                return
            cursor = following
        raise Refused(f"The bank lists more than {PAGES_MAX} pages of documents.", bank=self._bank)


def _document(item: object) -> RemoteDocument | None:
    number = _text(item, "id")
    if number is None or not isinstance(item, dict):
        return None
    size = item.get("size")
    return RemoteDocument(
        name=safe_name(_text(item, "name") or number),
        size=size if isinstance(size, int) else None,
        modified_at=_moment(_text(item, "created_at")),
        media_type=_text(item, "type"),
        locator=f"{DOCUMENTS}/{quote(number, safe='')}",
        sha256=_text(item, "sha256"),
    )


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(item: object, key: str) -> str | None:
    value = item.get(key) if isinstance(item, dict) else None
    return value if isinstance(value, str) and value else None
