"""``/v1/callbacks/{bank}``: what a bank says without being asked. No login: its signature on the raw bytes is one.

Nothing of a callback is understood here. It is proven, stored as a document of its bank exactly once, and answered with
a 2xx after the commit; what it says is for the job that processes documents.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response
from starlette.requests import ClientDisconnect

from banks.api_settings import Callback
from banks.secrets import SecretMissing
from banks.security import callbacks
from banks.security.jws import BadKey, BadSignature
from gateway.api.auth import TheHub
from gateway.api.problems import BadRequest, Unauthenticated, UnsupportedMedia
from gateway.domain.errors import Conflict, Misconfigured, NotFound, TooLarge
from gateway.persistence.callbacks import Callbacks
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.wiring import Hub

router = APIRouter()
TAKEN = 202
KNOWN = 200
READ_S_MAX = 30
"""How long, in seconds, the body of a callback may take: whoever sends it has not shown who it is."""
MEDIA_LENGTH_MAX = 80
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Called:
    """A callback as it arrived, for a bank that has an agreement about them."""

    bank: str
    agreed: Callback
    body: bytes


async def called(request: Request, hub: TheHub, bank: str) -> Called:
    """The body, within the bank's limit. Nobody learns from the answer which banks there are."""
    profile = hub.profiles.get(bank)
    if profile is None or profile.callback is None:
        raise NotFound("Nobody calls back here.")
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMedia("Send the body as it is, without Content-Encoding.", code="request.content_encoding")
    size_max, body = profile.callback.size_max, bytearray()
    try:
        async with asyncio.timeout(READ_S_MAX):
            async for chunk in request.stream():
                body += chunk
                if len(body) > size_max:
                    raise TooLarge(f"A callback holds at most {size_max:,} bytes.")
    except (ClientDisconnect, TimeoutError) as err:
        raise BadRequest("The request broke off before its body was complete.", code="request.cut_short") from err
    return Called(bank, profile.callback, bytes(body))


@router.post("/callbacks/{bank}", tags=["documents"], status_code=TAKEN, response_class=Response)
def take_callback(hub: TheHub, request: Request, call: Annotated[Called, Depends(called)]) -> Response:
    """Takes a status or a statement that a bank sends by itself, signed as its profile says. The same callback again is
    no news (200); its id with other bytes is refused (409).
    """
    found = _proven(hub, call, request)
    sha256 = hashlib.sha256(call.body).hexdigest()
    with hub.unit_of_work(actor=f"bank:{call.bank}") as work:
        seen = Callbacks(work.connection)
        now_ms = hub.machine_ms()
        seen.forget(now_ms)
        until_ms = (found.timestamp_s + call.agreed.tolerance_s + 1) * 1000
        before = seen.admit(call.bank, found.identifier, sha256, until_ms=max(until_ms, now_ms))
        if before is not None and before != sha256:
            log.warning("callback.refused", bank=call.bank, reason="its id was used for other bytes")
            raise Conflict("This callback's id was used before, for something else.", code="callback.replayed")
        new = before is None and _store(work, call, sha256, request.headers.get("content-type", ""), found.identifier)
        work.commit()
    return Response(status_code=TAKEN if new else KNOWN)


def _proven(hub: Hub, call: Called, request: Request) -> callbacks.Verified:
    """Who does not sign as agreed is told nothing about why; the log is."""
    try:
        return callbacks.verify(call.agreed, hub.secrets, request.headers, call.body, now_s=hub.machine_ms() // 1000)
    except BadSignature as err:
        log.warning("callback.refused", bank=call.bank, reason=str(err))
        raise Unauthenticated("This callback is not signed as agreed.", code="callback.signature") from err
    except (SecretMissing, BadKey) as err:
        log.exception("callback.key_missing", bank=call.bank)
        raise Misconfigured(
            "Callbacks cannot be checked at the moment. Send it again later.", code="callback.key"
        ) from err


def _store(work: UnitOfWork, call: Called, sha256: str, content_type: str, identifier: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()[:MEDIA_LENGTH_MAX]
    document = work.documents.add(
        work.new_id(), bank=call.bank, sha256=sha256, name=f"callback-{sha256[:16]}", media_type=media_type or None,
        size=len(call.body),
    )  # fmt: skip
    if document is None:
        return False
    work.vault.put(call.body, sha256)
    work.note(
        action="document.received", subject=document.id,
        data={
            "bank": call.bank, "name": document.name, "sha256": sha256, "size": len(call.body), "by": "callback",
            "callback": hashlib.sha256(identifier.encode()).hexdigest(),
        },
    )  # fmt: skip
    work.request("document", document.id, lane=document.bank)
    return True
