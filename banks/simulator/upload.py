"""A request's body, read while it arrives."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

UPLOAD_BYTES_MAX = 200_000_000


async def _body(request: Request) -> bytes:
    """The upload, read while it arrives and refused beyond the limit."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > UPLOAD_BYTES_MAX:
            raise HTTPException(413, "The file is too large.")
        parts.append(part)
    return b"".join(parts)


Body = Annotated[bytes, Depends(_body)]
