"""Taking a body in: to a temporary file while hashing, within a limit, whatever the headers claim."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, BinaryIO, cast

from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from gateway.api.auth import Anybody, TheHub
from gateway.api.problems import BadRequest, UnsupportedMedia
from gateway.domain.errors import TooLarge

IN_MEMORY_BYTES = 1 << 20
"""Bodies up to this size never touch the disk."""
DISCARDED_BYTES_MAX = 1 << 29
"""How much of a refused body is read and thrown away, so that the caller gets to read the refusal."""
DISCARDING_S_MAX = 10.0
MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A whole request body. ``source`` is seekable and stands at the start."""

    source: BinaryIO
    media_type: str
    sha256: str
    size: int


async def body_of(request: Request, hub: TheHub, _caller: Anybody) -> AsyncIterator[Body]:
    """The body, once the caller is known. Raises :class:`TooLarge` before reading where the caller says the size."""
    limit = hub.settings.intake_bytes_max
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMedia("Send the body as it is, without Content-Encoding.", code="request.content_encoding")
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > limit:
        if request.headers.get("expect", "").lower() != "100-continue":
            await _discard(request.stream())
        raise _too_large(limit)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as spool:
        digest, size = hashlib.sha256(), 0
        stream = request.stream()
        try:
            async for chunk in stream:
                size += len(chunk)
                if size > limit:
                    await _discard(stream)
                    raise _too_large(limit)
                digest.update(chunk)
                spool.write(chunk)
        except ClientDisconnect as err:
            raise BadRequest("The request broke off before its body was complete.", code="request.cut_short") from err
        spool.seek(0)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        yield Body(source=cast(BinaryIO, spool), media_type=media_type, sha256=digest.hexdigest(), size=size)


Spooled = Annotated[Body, Depends(body_of)]


async def _discard(stream: AsyncIterator[bytes]) -> None:
    """Reads on without keeping anything, for a while: a closed connection would hide the answer from the caller."""
    left = DISCARDED_BYTES_MAX
    try:
        async with asyncio.timeout(DISCARDING_S_MAX):
            async for chunk in stream:
                left -= len(chunk)
                if left <= 0:
                    return
    except (TimeoutError, ClientDisconnect):
        return


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"One request holds at most {limit // MIB} MiB. Split the batch.")
