"""``/v1/batches``: the door through which ERPs hand over what is to be paid."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel

from gateway.api.auth import Caller, Seer, TheHub, needs
from gateway.api.keyed import Keyed, once, read_key
from gateway.api.paging import LIMIT_DEFAULT, After, Limit, Listing, listing
from gateway.api.problems import MEDIA_TYPE, BadRequest, Problem
from gateway.api.readers import READERS, reader_of
from gateway.api.spool import Spooled
from gateway.domain import roles
from gateway.domain.batch import Batch
from gateway.domain.lifecycle import State
from gateway.domain.roles import Verb
from gateway.persistence import queries
from gateway.persistence.idempotency import KEPT_DAYS, Answer, RequestKey
from gateway.persistence.queries import BatchDetail, BatchLine
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.steps.intake import IntakeRequest, intake
from gateway.wiring import Hub

router = APIRouter(tags=["batches"])
Bringer = Annotated[Caller, Depends(needs(Verb.BATCH_BRING))]
ERP_HEADER = "x-erp-"
ERP_OBJECT = "x-erp-keys"
ERP_KEYS_MAX = 30
ERP_KEY_LENGTH_MAX = 200
"""Characters of a name and its value together."""
CREATED = 201


class Amount(BaseModel):
    """An exact amount: the number is text."""

    currency: str
    amount: str


class BatchTaken(BaseModel):
    """A batch that is stored. It is checked next; its events and ``GET`` tell how that went."""

    id: str
    message_id: str
    received_at: datetime
    payments: int
    totals: list[Amount]
    entity: str
    sha256: str


_DESCRIBED = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in READERS},
    }
}
_REFUSALS: dict[int | str, dict[str, object]] = {
    code: {"model": Problem, "content": {MEDIA_TYPE: {}}, "description": text}
    for code, text in (
        (400, "No or malformed Idempotency-Key"), (409, "The same key is in flight, or the message id was used"),
        (413, "Too large"), (415, "Not a content type we take"), (422, "Findings, or the key had another payload"),
    )
}  # fmt: skip


@router.post(
    "/batches", status_code=CREATED, response_model=BatchTaken, responses=_REFUSALS, openapi_extra=_DESCRIBED,
    description=f"Takes a batch in, once for each Idempotency-Key. Answers are kept for {KEPT_DAYS} days.",
)  # fmt: skip
def post_batch(
    request: Request, hub: TheHub, caller: Bringer, body: Spooled,
    idempotency_key: Annotated[str | None, Header(description="A quoted string, new for every batch.")] = None,
    x_file_name: Annotated[str | None, Header(max_length=255)] = None,
    x_erp_keys: Annotated[str | None, Header(description="The ERP's own keys as a JSON object of strings.")] = None,
) -> Response:  # fmt: skip
    """Bytes, batch, payments and the answer are one transaction; the answer is sent after it (promise P1)."""
    key = read_key(idempotency_key)
    read = reader_of(body.media_type)
    erp = erp_keys(request.headers, x_erp_keys)
    order = IntakeRequest(
        source=body.source, media_type=body.media_type, sha256=body.sha256, client_id=caller.id, maker=caller.counts_as,
        maker_is_person=caller.is_person, entities=_entities(hub, caller), file_name=x_file_name, erp=erp,
    )  # fmt: skip

    def take_in(work: UnitOfWork) -> Answer:
        batch = intake(work, order, read=read, accounts=hub.accounts, payments_max=hub.settings.intake_payments_max)
        return Answer(CREATED, _taken(batch).model_dump_json())

    keyed = Keyed(
        request=RequestKey(client_id=caller.id, key=key, method="POST", path="/v1/batches"),
        fingerprint=_fingerprint(body.sha256, body.media_type, erp), size=body.size, actor=caller.id,
    )  # fmt: skip
    return once(hub, keyed, take_in)


@router.get("/batches")
def list_batches(
    hub: TheHub, caller: Seer, after: After = None, limit: Limit = LIMIT_DEFAULT, state: State | None = None,
    held: bool | None = None, entity: Annotated[str | None, Query(max_length=35)] = None,
) -> Listing[BatchLine]:  # fmt: skip
    """Batches, newest first, each with where its payments stand."""
    with hub.reading() as connection:
        return listing(
            queries.list_batches(
                connection, caller.scope, after=after, limit=limit, state=state, held=held, entity=entity
            )
        )


@router.get("/batches/{batch_id}")
def get_batch(hub: TheHub, caller: Seer, batch_id: str) -> BatchDetail:
    """One batch with its findings and decisions."""
    with hub.reading() as connection:
        return queries.get_batch(connection, caller.scope, batch_id)


def _entities(hub: Hub, caller: Caller) -> frozenset[str]:
    """The legal entities the caller may bring batches for."""
    every = frozenset(one.entity for one in hub.accounts.values())
    chosen = roles.entities(caller.grants, Verb.BATCH_BRING)
    return every if chosen is None else chosen


def erp_keys(headers: Mapping[str, str], text: str | None) -> dict[str, str]:
    """The ERP's own keys: ``text`` is ``X-ERP-Keys``, a JSON object; or one ``X-ERP-…`` header each.

    Values stay untouched (leading zeros, case). Only the JSON object also keeps the case of the names, which HTTP does
    not. Raises :class:`BadRequest`.
    """
    found = {
        name.lower().removeprefix(ERP_HEADER): value
        for name, value in headers.items()
        if name.lower().startswith(ERP_HEADER) and name.lower() != ERP_OBJECT
    }
    if text is not None:
        try:
            given = json.loads(text)
        except ValueError as err:
            raise BadRequest("X-ERP-Keys is not JSON.", code="intake.erp_keys") from err
        if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
            raise BadRequest("X-ERP-Keys is a JSON object whose values are strings.", code="intake.erp_keys")
        found |= given
    if len(found) > ERP_KEYS_MAX or any(len(name) + len(one) > ERP_KEY_LENGTH_MAX for name, one in found.items()):
        raise BadRequest(
            f"There may be {ERP_KEYS_MAX} ERP keys of {ERP_KEY_LENGTH_MAX} characters each.", code="intake.erp_keys"
        )
    return found


def _taken(batch: Batch) -> BatchTaken:
    return BatchTaken(
        id=batch.id, message_id=batch.message_id, received_at=batch.received_at, payments=batch.payments,
        totals=[Amount(currency=currency, amount=format(amount, "f")) for currency, amount in batch.totals],
        entity=batch.entity, sha256=batch.document_sha256,
    )  # fmt: skip


def _fingerprint(sha256: str, media_type: str, erp: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps([sha256, media_type, sorted(erp.items())]).encode()).hexdigest()
