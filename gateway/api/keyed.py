"""Requests that happen once: the Idempotency-Key header and the answer it stands for (rulebook IK-01 to IK-07).

claim     a transaction of its own: who works on this key now
work      the caller's transaction, which also writes the answer, if the claim still stands
replay    the stored answer again, with ``Idempotency-Replayed: true``
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from fastapi.responses import Response

from gateway.api.problems import MEDIA_TYPE, BadRequest, problem
from gateway.domain import errors
from gateway.persistence.idempotency import Answer, IdempotencyKeys, RequestKey
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.wiring import Hub

KEY_LENGTH_MAX = 255
CLAIM_MS = 15_000
CLAIM_MS_PER_MIB = 2_000
"""How long a claim stands before another request may take it over: a fixed part and one for the size of the body."""
STORED_REFUSALS = (errors.Unacceptable, errors.Forbidden, errors.Conflict)
"""Refusals that the same request would get again: they are the answer of their key."""
_QUOTED = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"\s*(?:;.*)?')
_BARE = re.compile(r"[\x21\x23-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A request with its key: ``fingerprint`` is the digest of everything that must be the same in a repetition."""

    request: RequestKey
    fingerprint: str
    size: int
    actor: str


def read_key(header: str | None) -> str:
    """The key of a header: an RFC 8941 string in quotes; bare text is accepted. Raises :class:`BadRequest`."""
    text = (header or "").strip()
    if not text:
        raise BadRequest(
            'This request needs an Idempotency-Key header, for example Idempotency-Key: "run-2026-11-20-0001".',
            code="idempotency.key_missing",
        )
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None:
        key = re.sub(r"\\(.)", r"\1", quoted.group(1))
    elif _BARE.fullmatch(text):
        key = text
    else:
        raise BadRequest("The Idempotency-Key is malformed; put it in quotes.", code="idempotency.key_malformed")
    if not 0 < len(key) <= KEY_LENGTH_MAX:
        raise BadRequest(f"An Idempotency-Key has 1 to {KEY_LENGTH_MAX} characters.", code="idempotency.key_malformed")
    return key


def once(hub: Hub, keyed: Keyed, work_on: Callable[[UnitOfWork], Answer]) -> Response:
    """Does the work, or gives the answer it had. ``work_on`` leaves the commit to us."""
    claim = hub.ids.new(hub.clock.now())
    earlier = _claim(hub, keyed, claim)
    if earlier is not None:
        return _response(earlier, replayed=True)
    try:
        with hub.unit_of_work(actor=keyed.actor) as work:
            answer = work_on(work)
            IdempotencyKeys(work.connection).finish(keyed.request, claim, answer)
            work.commit()
    except STORED_REFUSALS as err:
        answer = _refused(hub, keyed, claim, err)
    except BaseException:
        with hub.unit_of_work(actor=keyed.actor) as work:
            IdempotencyKeys(work.connection).release(keyed.request, claim)
            work.commit()
        raise
    return _response(answer, replayed=False)


def _claim(hub: Hub, keyed: Keyed, claim: str) -> Answer | None:
    now_ms = hub.machine_ms()
    with hub.unit_of_work(actor=keyed.actor) as work:
        earlier = IdempotencyKeys(work.connection).claim(
            keyed.request, fingerprint=keyed.fingerprint, claim=claim, at=work.at, now_ms=now_ms,
            until_ms=now_ms + CLAIM_MS + CLAIM_MS_PER_MIB * (keyed.size >> 20),
        )  # fmt: skip
        work.commit()
    return earlier


def _refused(hub: Hub, keyed: Keyed, claim: str, err: errors.HubError) -> Answer:
    shown = problem(err)
    answer = Answer(shown.status, shown.model_dump_json())
    with hub.unit_of_work(actor=keyed.actor) as work:
        IdempotencyKeys(work.connection).finish(keyed.request, claim, answer)
        work.commit()
    return answer


def _response(answer: Answer, *, replayed: bool) -> Response:
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    media_type = "application/json" if answer.status < HTTPStatus.BAD_REQUEST else MEDIA_TYPE
    return Response(answer.body, status_code=answer.status, media_type=media_type, headers=headers)
