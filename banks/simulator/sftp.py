"""The bank's SFTP door: a real server whose line can be cut at the very moment a scenario names."""

import asyncio
import threading

import asyncssh

from banks.simulator.bank import SimulatedBank
from banks.simulator.config import SftpConfig
from banks.simulator.sftp_folder import folder

START_TIMEOUT_S = 10


class _Door(asyncssh.SSHServer):
    """Who may come in: one user, by key or password."""

    def __init__(self, config: SftpConfig, bank: SimulatedBank, lines: set[asyncssh.SSHServerConnection]) -> None:
        self._config = config
        self._bank = bank
        self._lines = lines
        self._line: asyncssh.SSHServerConnection | None = None
        self._shut = False
        self._keys = {asyncssh.import_public_key(line).public_data for line in config.authorized_keys}

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._line = conn
        self._lines.add(conn)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._line is not None:
            self._lines.discard(self._line)

    async def begin_auth(self, _username: str) -> bool:
        plan = self._bank.met(channel="sftp", act="sign_in")
        if plan.stall_at is not None:
            await asyncio.sleep(plan.stall_s)
        if (plan.drop_at is not None or plan.half_close_at is not None) and self._line is not None:
            self._line.abort()
        self._shut = plan.deny
        return True

    def public_key_auth_supported(self) -> bool:
        return bool(self._keys)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return not self._shut and username == self._config.user and key.public_data in self._keys

    def password_auth_supported(self) -> bool:
        return self._config.password is not None

    def validate_password(self, username: str, password: str) -> bool:
        return not self._shut and username == self._config.user and password == self._config.password


class SftpServer:
    """Serves one bank on 127.0.0.1 in a thread of its own."""

    def __init__(self, bank: SimulatedBank, config: SftpConfig) -> None:
        self._bank = bank
        self._config = config
        self._key = self._host_key()
        self.port = 0
        self._lines: set[asyncssh.SSHServerConnection] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name=f"sftp-{bank.config.name}", daemon=True)
        self._server: asyncssh.SSHAcceptor | None = None

    @property
    def host_key(self) -> str:
        """The public line to pin."""
        return str(self._key.export_public_key().decode().strip())

    def _host_key(self) -> asyncssh.SSHKey:
        """The key of now: the bank keeps each it ever had, and numbers them from the second on."""
        number = self._bank.host_key_number
        path = self._bank.folder / ("host_key" if number == 1 else f"host_key_{number}")
        if not path.exists():
            key = asyncssh.generate_private_key("ssh-ed25519", comment=self._bank.config.name)
            path.touch(mode=0o600)
            path.write_bytes(key.export_private_key())
        return asyncssh.read_private_key(path)

    def start(self) -> None:
        """Listens; returns when the port is known. OSError where the port is taken."""
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        try:
            self._server = listening.result(START_TIMEOUT_S)
        except OSError:
            self.stop()
            raise
        self.port = self._server.get_port()
        self._bank.when_host_key_changes = self.change_host_key

    def change_host_key(self) -> None:
        """Ends every session and listens again, on the same port with the bank's new key."""
        self._key = self._host_key()
        asyncio.run_coroutine_threadsafe(self._listen_again(), self._loop).result(START_TIMEOUT_S)

    def stop(self) -> None:
        """Cuts every line and stops listening."""
        self._bank.when_host_key_changes = None
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(START_TIMEOUT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen_again(self) -> None:
        await self._end()
        self._server = await self._listen()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            self.port or self._config.port,
            server_host_keys=[self._key],
            server_factory=lambda: _Door(self._config, self._bank, self._lines),
            sftp_factory=lambda channel: folder(channel, self._bank),
            allow_scp=False,
        )

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        lines = tuple(self._lines)
        for line in lines:
            line.abort()
        for line in lines:
            await line.wait_closed()
        # a session that was slow or silent for the scenario's sake ends now
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
