"""What monitoring may know, asked from the database when it asks: numbers only, no names and no accounts."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Connection, func, select

from gateway.persistence.tables import breaks, counters, documents, events, files, payments, webhooks, work
from gateway.wiring import Hub


class Figures:
    """A collector that reads one connection when it is asked."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterable[Metric]:
        """Every figure."""
        with self._hub.reading() as connection:
            yield from _figures(connection)


def registry_of(hub: Hub) -> CollectorRegistry:
    """A registry of its own, so that several hubs in one process (tests) do not meet."""
    registry = CollectorRegistry()
    registry.register(Figures(hub))
    return registry


def _figures(connection: Connection) -> Iterable[Metric]:
    counted = (
        ("payhub_payments", "Payments by state", payments, payments.c.state),
        ("payhub_files", "Bank files by state", files, files.c.state),
        ("payhub_documents", "Documents of banks by state", documents, documents.c.state),
        ("payhub_breaks", "Breaks by state", breaks, breaks.c.state),
        ("payhub_webhooks", "Webhooks by state", webhooks, webhooks.c.state),
        ("payhub_work", "Work rows by kind", work, work.c.kind),
    )
    for name, text, table, column in counted:
        family = GaugeMetricFamily(name, text, labels=["is"])
        for value, count in connection.execute(select(column, func.count()).select_from(table).group_by(column)):
            family.add_metric([value], count)
        yield family
    unnumbered = select(func.count()).select_from(events).where(events.c.sequence.is_(None))
    waiting = GaugeMetricFamily("payhub_events_waiting", "Events that are not numbered yet")
    waiting.add_metric([], connection.execute(unnumbered).scalar_one())
    yield waiting
    last = GaugeMetricFamily("payhub_events_published", "The number of the newest event")
    newest = connection.execute(select(counters.c.value).where(counters.c.name == "events")).scalar_one_or_none()
    last.add_metric([], newest or 0)
    yield last
    failing = GaugeMetricFamily(
        "payhub_webhook_failures", "Failed tries of the event a webhook waits for", labels=["id"]
    )
    for webhook_id, failures in connection.execute(select(webhooks.c.id, webhooks.c.failures)):
        failing.add_metric([webhook_id], failures)
    yield failing
