"""``payhub serve``: the API (and console) as a process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, Config, Overlay, opened

if TYPE_CHECKING:
    from gateway.wiring import Hub

GRACEFUL_S = 30
"""How long requests that run may go on after the process was asked to stop."""
TELL_EVERY_S = 60
"""How often the trail is told of refusals whose window is over, where no further one tells it."""


def serve(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen on, instead of the configured one.")] = None,
    port: Annotated[int | None, typer.Option(help="The port, instead of the configured one.")] = None,
) -> None:
    """Serve the API until stopped. Start as many as you like on one database; `payhub work` does the steps."""
    import uvicorn

    from gateway import logs, tls
    from gateway.app import create_app
    from gateway.scheduling.queue import Queue

    logs.configure()
    with opened(config, overlay) as hub:
        hub.enqueue = Queue(hub).enqueue
        hub.note_configuration()
        settings = hub.settings
        with telling(hub):
            uvicorn.run(
                create_app(hub), host=host or settings.api_host, port=settings.api_port if port is None else port,
                lifespan="off", server_header=False, timeout_graceful_shutdown=GRACEFUL_S, log_level="warning",
                log_config=None, **tls.options(settings),
            )  # fmt: skip


@contextmanager
def telling(hub: "Hub") -> Iterator[None]:
    """Tells the trail of refusals now and then, and of the last ones at the end."""
    import structlog
    from sqlalchemy.exc import SQLAlchemyError

    log, over = structlog.get_logger(), threading.Event()

    def tell() -> None:
        while not over.wait(TELL_EVERY_S):
            try:
                hub.tell_refusals()
            except SQLAlchemyError as err:  # the database is away: these counts are lost, and the log says so
                log.warning("refusals.untold", error=type(err).__name__)

    teller = threading.Thread(target=tell, name="refusals", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
        hub.tell_refusals(all_of_them=True)
