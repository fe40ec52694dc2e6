"""Webhooks: where to, which events, how far they were heard, and the log of every delivery."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from gateway.domain.errors import NotFound
from gateway.persistence import bulk
from gateway.persistence.tables import deliveries, webhooks

WEBHOOKS_PER_CLIENT = 20
DELIVERIES_PER_READ = 500


def label_of(webhook_id: str) -> str:
    """What the sealed secrets of a webhook are bound to."""
    return f"webhook:{webhook_id}"


class WebhookState(StrEnum):
    """Whether events are sent."""

    ACTIVE = "active"
    DISABLED = "disabled"
    """By its owner, or because the receiver answered 410 Gone."""
    GIVEN_UP = "given_up"
    """The last retry failed too; nothing is skipped, it goes on where it stopped once it is made active again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """``cursor`` is the sequence number of the last event that was heard; ``failures`` counts tries of the next one;
    ``next_at`` is machine time in milliseconds; ``secrets`` is sealed.
    """

    id: str
    client_id: str
    url: str
    types: tuple[str, ...]
    secrets: bytes
    state: WebhookState
    cursor: int
    failures: int
    next_at: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One try to deliver one event. ``outcome``: delivered, failed or gone."""

    webhook_id: str
    sequence: int
    attempt: int
    at: datetime
    status: int | None
    outcome: str
    detail: str | None = None


class Webhooks:
    """The webhooks of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, webhook: Webhook) -> None:
        """Stores a webhook."""
        values = {name: getattr(webhook, name) for name in Webhook.__dataclass_fields__}
        values |= {"types": list(webhook.types), "state": webhook.state.value}
        self._connection.execute(insert(webhooks).values(**values))

    def get(self, webhook_id: str, *, client_id: str | None = None) -> Webhook:
        """One webhook (of one client); raises :class:`NotFound`."""
        query = select(webhooks).where(webhooks.c.id == webhook_id)
        if client_id is not None:
            query = query.where(webhooks.c.client_id == client_id)
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no webhook {webhook_id}.")
        return _webhook(row)

    def all(self, *, client_id: str | None = None) -> list[Webhook]:
        """The webhooks of one client or of all, oldest first."""
        query = select(webhooks).order_by(webhooks.c.id)
        if client_id is not None:
            query = query.where(webhooks.c.client_id == client_id)
        return [_webhook(row) for row in self._connection.execute(query).mappings()]

    def change(self, webhook_id: str, **values: Any) -> None:
        """Overwrites facts of a webhook."""
        if "state" in values:
            values["state"] = WebhookState(values["state"]).value
        if "types" in values:
            values["types"] = list(values["types"])
        self._connection.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(**values))

    def remove(self, webhook_id: str) -> None:
        """Forgets a webhook and its delivery log."""
        self._connection.execute(delete(deliveries).where(deliveries.c.webhook_id == webhook_id))
        self._connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))

    def advance(self, webhook: Webhook, **values: Any) -> bool:
        """Writes progress only if nobody else did since ``webhook`` was read (another worker, or a replay)."""
        if "state" in values:
            values["state"] = WebhookState(values["state"]).value
        changed = self._connection.execute(
            update(webhooks)
            .where(
                webhooks.c.id == webhook.id, webhooks.c.cursor == webhook.cursor,
                webhooks.c.failures == webhook.failures, webhooks.c.state == webhook.state.value,
            )
            .values(**values)
        ).rowcount  # fmt: skip
        return bool(changed)

    def log(self, rows: Iterable[Delivery]) -> int:
        """Writes the deliveries of one call together."""
        return bulk.insert(
            self._connection,
            deliveries,
            ({name: getattr(row, name) for name in Delivery.__dataclass_fields__} for row in rows),
        )

    def deliveries(self, webhook_id: str, *, before: int | None, limit: int) -> list[Mapping[str, Any]]:
        """The delivery log, newest first; ``before`` is the id of the last row seen."""
        query = select(deliveries).where(deliveries.c.webhook_id == webhook_id).order_by(deliveries.c.id.desc())
        if before is not None:
            query = query.where(deliveries.c.id < before)
        return [dict(row) for row in self._connection.execute(query.limit(limit)).mappings()]


def _webhook(row: RowMapping) -> Webhook:
    values = {name: row[name] for name in Webhook.__dataclass_fields__}
    return Webhook(**(values | {"types": tuple(values["types"]), "state": WebhookState(values["state"])}))
