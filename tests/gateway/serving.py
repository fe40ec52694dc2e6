"""An application behind a real socket, for as long as a test lasts."""

import socket
import threading
from contextlib import contextmanager

import uvicorn

STARTED_WITHIN_S = 20


class Announcing(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config):
        super().__init__(config)
        self.listens = threading.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.listens.set()


@contextmanager
def serving(app, **options):
    """The address of a uvicorn server in a thread of this process; ``options`` are uvicorn's."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked = {"log_level": "critical", "lifespan": "off", "timeout_graceful_shutdown": 2} | options
    server = Announcing(uvicorn.Config(app, **asked))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert server.listens.wait(STARTED_WITHIN_S), "the server did not start"
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(STARTED_WITHIN_S)
        listener.close()
