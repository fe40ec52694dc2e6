"""What monitoring may know, asked from the database when it asks: numbers only, no names and no accounts."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Connection

from banks.circuit import Stand
from gateway.persistence.queries import measures
from gateway.persistence.queries.channels import list_channels
from gateway.wiring import Hub


class Figures:
    """A collector that reads one connection when it is asked."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterable[Metric]:
        """Every figure."""
        with self._hub.reading() as connection:
            yield from _figures(connection, self._hub)


def registry_of(hub: Hub) -> CollectorRegistry:
    """A registry of its own, so that several hubs in one process (tests) do not meet."""
    registry = CollectorRegistry()
    registry.register(Figures(hub))
    return registry


TITLES = {
    "payments": "Payments by state",
    "files": "Bank files by state",
    "documents": "Documents of banks by state",
    "breaks": "Breaks by state",
    "webhooks": "Webhooks by state",
    "work": "Work rows by kind",
}


def _figures(connection: Connection, hub: Hub) -> Iterable[Metric]:
    for name, rows in measures.counts(connection):
        family = GaugeMetricFamily(f"payhub_{name}", TITLES[name], labels=["is"])
        for value, count in rows:
            family.add_metric([value], count)
        yield family
    waiting = GaugeMetricFamily("payhub_events_waiting", "Events that are not numbered yet")
    waiting.add_metric([], measures.unnumbered_events(connection))
    yield waiting
    last = GaugeMetricFamily("payhub_events_published", "The number of the newest event")
    last.add_metric([], measures.newest_event(connection))
    yield last
    yield from _channels(connection, hub.profiles)
    failing = GaugeMetricFamily(
        "payhub_webhook_failures", "Failed tries of the event a webhook waits for", labels=["id"]
    )
    for webhook_id, failures in measures.webhook_failures(connection):
        failing.add_metric([webhook_id], failures)
    yield failing


def _channels(connection: Connection, banks: Iterable[str]) -> Iterable[Metric]:
    stands = GaugeMetricFamily("payhub_channel", "1 for the way a bank's channel stands", labels=["bank", "is"])
    failures = GaugeMetricFamily("payhub_channel_failures", "Failures in a row of a bank's channel", labels=["bank"])
    for one in list_channels(connection, banks):
        for stand in Stand:
            stands.add_metric([one.bank, stand.value], int(one.state == stand.value))
        failures.add_metric([one.bank], one.failures)
    yield stands
    yield failures
