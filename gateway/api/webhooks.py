"""``/v1/webhooks``: where the hub calls when something happens, and what became of each call."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from gateway.api.auth import Caller, TheHub, needs
from gateway.api.paging import SEQUENCE_MAX
from gateway.domain.errors import Conflict, Unacceptable
from gateway.domain.roles import EVERY, Verb
from gateway.events import delivery, signing, targets
from gateway.persistence.outbox import Outbox
from gateway.persistence.webhooks import (
    DELIVERIES_PER_READ,
    WEBHOOKS_PER_CLIENT,
    Webhook,
    Webhooks,
    WebhookState,
)
from gateway.wiring import Hub

router = APIRouter(tags=["webhooks"])


def keeper(caller: Annotated[Caller, Depends(needs(Verb.WEBHOOK_KEEP))]) -> Caller:
    """The caller, who may keep webhooks: a client its own, and a person everybody's, so for all entities."""
    if caller.is_person:
        caller.check(Verb.WEBHOOK_KEEP, EVERY)
    return caller


Keeper = Annotated[Caller, Depends(keeper)]
TYPES_MAX = 50
JOB = "webhook"
Types = Annotated[
    list[Annotated[str, Field(pattern=r"^payhub\.[a-z_.]+\.v[0-9]+$", max_length=80)]], Field(max_length=TYPES_MAX)
]


class NewWebhook(BaseModel):
    """``types``: which events (none: all). ``after``: the sequence number to begin after (none: from now on)."""

    url: Annotated[str, Field(max_length=targets.URL_LENGTH_MAX)]
    types: Types = []
    after: Annotated[int, Field(ge=0, le=SEQUENCE_MAX)] | None = None


class WebhookChange(BaseModel):
    """What is left out stays. ``state`` wakes a webhook (active) or puts it to rest (disabled)."""

    url: Annotated[str, Field(max_length=targets.URL_LENGTH_MAX)] | None = None
    types: Types | None = None
    state: Annotated[str, Field(pattern="^(active|disabled)$")] | None = None


class WebhookView(BaseModel):
    """A webhook. ``cursor`` is the sequence number of the last event that was heard."""

    id: str
    url: str
    types: list[str]
    state: WebhookState
    cursor: int
    failures: int
    created_at: datetime


class WebhookWithSecret(WebhookView):
    """With the signing secret, which is shown here only."""

    secret: str


class DeliveryLine(BaseModel):
    """One try to deliver one event."""

    id: int
    sequence: int
    attempt: int
    at: datetime
    status: int | None
    outcome: str
    detail: str | None


class PingResult(BaseModel):
    """What became of a test event."""

    outcome: str
    status: int | None
    detail: str | None


class Replay(BaseModel):
    """Everything after this sequence number is sent again."""

    after: Annotated[int, Field(ge=0, le=SEQUENCE_MAX)]


@router.post("/webhooks", status_code=201)
def create(hub: TheHub, caller: Keeper, body: NewWebhook) -> WebhookWithSecret:
    """A new webhook. The secret is shown in this answer and never again."""
    _check(hub, body.url)
    with hub.unit_of_work(actor=caller.id) as work:
        webhooks = Webhooks(work.connection)
        if len(webhooks.all(client_id=caller.id)) >= WEBHOOKS_PER_CLIENT:
            raise Conflict(f"A client has at most {WEBHOOKS_PER_CLIENT} webhooks.", code="webhook.too_many")
        webhook_id, secret = work.new_id(), signing.new_secret(hub.ids)
        webhook = Webhook(
            id=webhook_id, client_id=caller.id, url=body.url, types=tuple(body.types), state=WebhookState.ACTIVE,
            secrets=signing.seal(hub.ring, hub.ids, webhook_id, (secret,)), failures=0, next_at=0, created_at=work.at,
            cursor=Outbox(work.connection, at=work.at).last() if body.after is None else body.after,
        )  # fmt: skip
        webhooks.add(webhook)
        work.note(action="webhook.created", subject=webhook_id, data={"client": caller.id})
        work.commit()
    return WebhookWithSecret(**_view(webhook).model_dump(), secret=secret.text)


@router.get("/webhooks")
def list_all(hub: TheHub, caller: Keeper) -> list[WebhookView]:
    """The caller's webhooks; a person sees everybody's."""
    with hub.reading() as connection:
        return [_view(one) for one in Webhooks(connection).all(client_id=caller.scope.client_id)]


@router.get("/webhooks/{webhook_id}")
def get(hub: TheHub, caller: Keeper, webhook_id: str) -> WebhookView:
    """One webhook."""
    return _view(_get(hub, caller, webhook_id))


@router.patch("/webhooks/{webhook_id}")
def change(hub: TheHub, caller: Keeper, webhook_id: str, body: WebhookChange) -> WebhookView:
    """Changes a webhook. One that is made active goes on where it stopped."""
    if body.url is not None:
        _check(hub, body.url)
    values = {name: value for name, value in body.model_dump().items() if value is not None}
    if values.get("state") == WebhookState.ACTIVE.value:
        values |= {"failures": 0, "next_at": 0}
    with hub.unit_of_work(actor=caller.id) as work:
        webhooks = Webhooks(work.connection)
        webhooks.get(webhook_id, client_id=caller.scope.client_id)
        if values:
            webhooks.change(webhook_id, **values)
            work.note(action="webhook.changed", subject=webhook_id, data={"what": sorted(values)})
            work.request(JOB, webhook_id)
        changed = webhooks.get(webhook_id)
        work.commit()
    return _view(changed)


@router.delete("/webhooks/{webhook_id}", status_code=204)
def remove(hub: TheHub, caller: Keeper, webhook_id: str) -> None:
    """Removes a webhook and its delivery log."""
    with hub.unit_of_work(actor=caller.id) as work:
        webhooks = Webhooks(work.connection)
        webhooks.get(webhook_id, client_id=caller.scope.client_id)
        webhooks.remove(webhook_id)
        work.note(action="webhook.removed", subject=webhook_id, data={})
        work.commit()


@router.post("/webhooks/{webhook_id}/rotate")
def rotate(hub: TheHub, caller: Keeper, webhook_id: str) -> WebhookWithSecret:
    """A new secret. For 24 hours every call carries two signatures, so that nothing is missed while changing over."""
    fresh = signing.new_secret(hub.ids)
    with hub.unit_of_work(actor=caller.id) as work:
        webhooks = Webhooks(work.connection)
        webhook = webhooks.get(webhook_id, client_id=caller.scope.client_id)
        secrets = signing.unseal(hub.ring, webhook_id, webhook.secrets)
        secrets = signing.rotated(secrets, fresh, hub.machine_ms())
        webhooks.change(webhook_id, secrets=signing.seal(hub.ring, hub.ids, webhook_id, secrets))
        work.note(action="webhook.secret_rotated", subject=webhook_id, data={})
        work.commit()
    return WebhookWithSecret(**_view(webhook).model_dump(), secret=fresh.text)


@router.post("/webhooks/{webhook_id}/ping")
def send_ping(hub: TheHub, caller: Keeper, webhook_id: str) -> PingResult:
    """Sends one test event now and tells what became of it."""
    outcome = delivery.ping(hub, _get(hub, caller, webhook_id))
    return PingResult(outcome=outcome.outcome, status=outcome.status, detail=outcome.detail)


@router.post("/webhooks/{webhook_id}/replay", status_code=202)
def replay(hub: TheHub, caller: Keeper, webhook_id: str, body: Replay) -> WebhookView:
    """Sends everything after a sequence number again, in order, under the same ids."""
    with hub.unit_of_work(actor=caller.id) as work:
        webhooks = Webhooks(work.connection)
        webhook = webhooks.get(webhook_id, client_id=caller.scope.client_id)
        if body.after > webhook.cursor:
            raise Unacceptable(
                f"This webhook has heard events up to {webhook.cursor}; a replay begins before that.",
                code="webhook.replay_ahead",
            )
        webhooks.change(webhook_id, cursor=body.after, failures=0, next_at=0)
        work.note(action="webhook.replayed", subject=webhook_id, data={"after": body.after, "heard": webhook.cursor})
        work.request(JOB, webhook_id)
        replayed = webhooks.get(webhook_id)
        work.commit()
    return _view(replayed)


@router.get("/webhooks/{webhook_id}/deliveries")
def deliveries(
    hub: TheHub, caller: Keeper, webhook_id: str, before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=DELIVERIES_PER_READ)] = 100,
) -> list[DeliveryLine]:  # fmt: skip
    """The delivery log, newest first; ``before`` is the id of the last row seen."""
    _get(hub, caller, webhook_id)
    with hub.reading() as connection:
        rows = Webhooks(connection).deliveries(webhook_id, before=before, limit=limit)
    return [DeliveryLine(**{name: row[name] for name in DeliveryLine.model_fields}) for row in rows]


def _get(hub: Hub, caller: Caller, webhook_id: str) -> Webhook:
    with hub.reading() as connection:
        return Webhooks(connection).get(webhook_id, client_id=caller.scope.client_id)


def _check(hub: Hub, url: str) -> None:
    try:
        targets.check(url, allow_private=hub.settings.webhooks_allow_private)
    except OSError as err:
        raise targets.TargetRefused("The host of this URL cannot be found.") from err


def _view(webhook: Webhook) -> WebhookView:
    return WebhookView(
        id=webhook.id, url=webhook.url, types=list(webhook.types), state=webhook.state, cursor=webhook.cursor,
        failures=webhook.failures, created_at=webhook.created_at,
    )  # fmt: skip
