"""JSON documents that others publish (discovery, public keys): fetched briefly, kept for a while, failures too.

A door that anybody may knock at must not make the hub knock elsewhere each time, nor wait for a dead service each time.
"""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

import httpx

FETCH_TIMEOUT_S = 5
KEPT_FOR_S = 300
"""How long a document counts before it is read again."""
FAILED_FOR_S = 10
"""How long nobody asks again after a failure."""
DOCUMENT_BYTES_MAX = 512 << 10
KEPT_MAX = 32
"""Documents kept at most: those the configuration names, and a few more after it changed."""


class NotFetched(Exception):
    """The document cannot be had now. The text says why, for the operator's log, and holds nothing secret."""


@dataclass(slots=True)
class Remote:
    """The documents one process has read, by address. For threads."""

    _kept: dict[str, tuple[int, dict[str, Any] | NotFetched]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def document(self, address: str, now_s: int, *, fresh: bool = False) -> dict[str, Any]:
        """A document at most ``KEPT_FOR_S`` old, or read now if it must be ``fresh``; raises :class:`NotFetched`."""
        with self._lock:
            at, found = self._kept.get(address, (0, None))
        failed = isinstance(found, NotFetched)
        kept_for_s = FAILED_FOR_S if failed else 0 if fresh else KEPT_FOR_S
        if found is None or not 0 <= now_s - at < kept_for_s:
            found = _asked(address)
            with self._lock:
                if len(self._kept) >= KEPT_MAX:
                    self._kept.clear()
                self._kept[address] = (now_s, found)
        if isinstance(found, NotFetched):
            raise NotFetched(str(found))
        return found


def _asked(address: str) -> dict[str, Any] | NotFetched:
    try:
        with httpx.stream("GET", address, timeout=FETCH_TIMEOUT_S, follow_redirects=False) as answer:
            return decoded(answer)
    except httpx.HTTPError as err:
        return NotFetched(type(err).__name__)
    except NotFetched as err:
        return err


def decoded(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object in a streamed answer of status 200; raises :class:`NotFetched`."""
    if answer.status_code != httpx.codes.OK:
        raise NotFetched(f"status {answer.status_code}")
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > DOCUMENT_BYTES_MAX:
            raise NotFetched("too large")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise NotFetched("no JSON") from err
    if not isinstance(found, dict):
        raise NotFetched("no JSON object")
    return found
