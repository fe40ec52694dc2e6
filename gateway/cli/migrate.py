"""``payhub migrate``: brings the database to the schema of this version."""

from gateway.cli.hub import DEFAULT_CONFIG, Config, Overlay, opened


def migrate(config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Create or update every table, ours and the queue's. Run it once before the first start and after each update."""
    from gateway.persistence import migrations
    from gateway.scheduling import queue

    with opened(config, overlay) as hub:
        revision = migrations.upgrade(hub.engine)
        queue.migrate(hub)
        print(f"The database is at revision {revision}.")
