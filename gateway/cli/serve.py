"""``payhub serve``: the API (and console) as a process."""

from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, Config, Overlay, opened

GRACEFUL_S = 30
"""How long requests that run may go on after the process was asked to stop."""


def serve(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen on, instead of the configured one.")] = None,
    port: Annotated[int | None, typer.Option(help="The port, instead of the configured one.")] = None,
) -> None:
    """Serve the API until stopped. Start as many as you like on one database; `payhub work` does the steps."""
    import uvicorn

    from gateway import logs
    from gateway.app import create_app
    from gateway.scheduling.queue import Queue

    logs.configure()
    with opened(config, overlay) as hub:
        hub.enqueue = Queue(hub).enqueue
        hub.note_configuration()
        settings = hub.settings
        uvicorn.run(
            create_app(hub), host=host or settings.api_host, port=settings.api_port if port is None else port,
            lifespan="off", server_header=False, timeout_graceful_shutdown=GRACEFUL_S, log_level="warning",
            log_config=None,
        )  # fmt: skip
