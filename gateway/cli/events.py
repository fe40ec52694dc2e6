"""``payhub events``: the feed on standard output, one CloudEvent a line."""

from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, Config, Overlay, opened


def events(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    after: Annotated[int, typer.Option(help="The sequence number of the last event you have.", min=0)] = 0,
    limit: Annotated[int, typer.Option(help="Events to show.", min=1, max=1_000)] = 100,
    types: Annotated[list[str] | None, typer.Option("--type", help="Only this type; may be repeated.")] = None,
) -> None:
    """Print events after a sequence number, in order."""
    from gateway.events import feed
    from gateway.events.cloudevents import text_of

    with opened(config, overlay) as hub, hub.reading() as connection:
        page = feed.read(connection, after=after, limit=limit, types=tuple(types or ()))
    for event in page.events:
        print(text_of(event))
