"""Serves the bank's API on 127.0.0.1 in a thread of its own."""

import socket
import threading

import uvicorn

from banks.simulator.api import application
from banks.simulator.bank import SimulatedBank
from banks.simulator.callbacks import Callbacks
from banks.simulator.config import HttpConfig
from banks.simulator.http_line import Misbehaving
from banks.simulator.lines import Lines
from banks.simulator.steering import steering
from banks.simulator.tls import Authority
from banks.simulator.tokens import Tokens

START_TIMEOUT_S = 10


class _Server(uvicorn.Server):
    """Tells when it listens, so that nobody has to poll."""

    def __init__(self, config: uvicorn.Config, listening: threading.Event) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening.set()


class HttpServer:
    """The API of one bank. ``tokens`` may be forgotten to make every client sign in again; ``authority`` is whom a
    client trusts and who makes its certificate, ``callbacks`` holds the key that signs callbacks.
    """

    def __init__(self, bank: SimulatedBank, config: HttpConfig) -> None:
        self.tokens = Tokens(config)
        self.authority = Authority(bank.config.name) if config.tls or config.mutual_tls else None
        self.callbacks = Callbacks(bank, config)
        lines = Lines()
        app = Misbehaving(application(bank, self.tokens, lines, steering(bank)), bank, lines)
        settings = uvicorn.Config(
            app, http=lines.protocol(), ws="none", lifespan="off", log_level="error", access_log=False, log_config=None
        )
        settings.load()
        if self.authority is not None:
            shown = self.authority.issue("localhost", server=True, days=config.certificate_days)
            settings.ssl = self.authority.context(shown, client_needed=config.mutual_tls)
        self._listening = threading.Event()
        self._server = _Server(settings, self._listening)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", config.port))
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name=f"http-{bank.config.name}", daemon=True)

    def start(self) -> None:
        """Listens; returns when requests are answered."""
        self._thread.start()
        if not self._listening.wait(START_TIMEOUT_S):
            raise TimeoutError(f"The bank's API did not start within {START_TIMEOUT_S} s.")
        self.callbacks.start()

    def stop(self) -> None:
        """Ends requests and stops listening."""
        self.callbacks.stop()
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        self._server.run([self._socket])
