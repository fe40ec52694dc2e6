"""Notify: tells the ERP and people, from the outbox, in order, again until heard.

This step numbers what was committed and says which webhooks have something to hear; sending is
:func:`gateway.events.delivery.deliver`, one job for each webhook, outside every transaction.
"""

from typing import Protocol


class Outbox(Protocol):
    """Events that were committed and wait for their number."""

    def publish(self) -> int:
        """Numbers them, see :class:`gateway.persistence.outbox.Outbox`."""


class Listeners(Protocol):
    """Webhooks that have not heard everything."""

    def due(self, now_ms: int) -> list[str]:
        """Their ids, see :class:`gateway.persistence.webhooks.Webhooks`."""


class Requests(Protocol):
    """How a job is asked for within a transaction."""

    def request(self, kind: str, subject: str, *, lane: str = "") -> None:
        """See :class:`gateway.persistence.unit_of_work.UnitOfWork`."""


JOB = "webhook"


def notify(work: Requests, outbox: Outbox, listeners: Listeners, *, now_ms: int) -> int:
    """Numbers the events committed so far and has the webhooks that wait for them served; says how many it numbered.

    Within the caller's transaction. Webhooks that wait for their next try after a failure are left alone.
    """
    count = outbox.publish()
    for webhook_id in listeners.due(now_ms):
        work.request(JOB, webhook_id)
    return count
