"""The bank's SFTP door: a real server whose line can be cut at the very moment a scenario names."""

import asyncio
import threading
from pathlib import Path

import asyncssh

from banks.simulator.bank import SimulatedBank
from banks.simulator.behaviours import WirePlan
from banks.simulator.config import SftpConfig
from banks.simulator.receiving import message_id_of
from banks.simulator.rules import Facts

START_TIMEOUT_S = 10
HEADER_READ_BYTES = 65_536
_WRITES = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT


class _Door(asyncssh.SSHServer):
    """Who may come in: one user, by key or password."""

    def __init__(self, config: SftpConfig, lines: set[asyncssh.SSHServerConnection]) -> None:
        self._config = config
        self._lines = lines
        self._line: asyncssh.SSHServerConnection | None = None
        self._keys = {asyncssh.import_public_key(line).public_data for line in config.authorized_keys}

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._line = conn
        self._lines.add(conn)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._line is not None:
            self._lines.discard(self._line)

    def begin_auth(self, _username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return bool(self._keys)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == self._config.user and key.public_data in self._keys

    def password_auth_supported(self) -> bool:
        return self._config.password is not None

    def validate_password(self, username: str, password: str) -> bool:
        return username == self._config.user and password == self._config.password


class _Folder(asyncssh.SFTPServer):
    """The bank's folder, seen through one session. Every rename into the inbox is a hand-over."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], bank: SimulatedBank) -> None:
        super().__init__(channel, chroot=str(bank.root).encode())
        self._bank = bank
        self._open: dict[int, Path] = {}

    def _local(self, path: bytes) -> Path:
        return Path(self.map_path(path).decode("utf-8", errors="surrogateescape"))

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        local = self._local(path)
        if pflags & _WRITES:
            self._bank.being_written.add(local)
        try:
            opened = super().open(path, pflags, attrs)
        except OSError:
            self._bank.being_written.discard(local)
            raise
        if pflags & _WRITES:
            self._open[id(opened)] = local
        return opened

    def close(self, file_obj: object) -> None:
        super().close(file_obj)
        local = self._open.pop(id(file_obj), None)
        if local is not None:
            self._bank.being_written.discard(local)

    def exit(self) -> None:
        for local in self._open.values():
            self._bank.being_written.discard(local)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        plan = self._plan(oldpath, newpath)
        if plan.cut_before:
            self._cut()
        super().rename(oldpath, newpath)
        if plan.cut_after:
            self._cut()

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        new = self._local(newpath)
        if self._is_delivery(new):
            self._bank.about_to_be_replaced(new)
        plan = self._plan(oldpath, newpath)
        if plan.cut_before:
            self._cut()
        super().posix_rename(oldpath, newpath)
        if plan.cut_after:
            self._cut()

    def _is_delivery(self, path: Path) -> bool:
        return path.parent == self._bank.root / "in" and not path.name.startswith(".")

    def _plan(self, oldpath: bytes, newpath: bytes) -> WirePlan:
        old, new = self._local(oldpath), self._local(newpath)
        if not self._is_delivery(new) or not old.is_file() or new.exists():
            return WirePlan()
        with old.open("rb") as staged:
            message_id = message_id_of(staged.read(HEADER_READ_BYTES))
        return self._bank.handed_over(Facts(channel="sftp", file_name=new.name, message_id=message_id))

    def _cut(self) -> None:
        self.connection.abort()
        raise asyncssh.SFTPConnectionLost("The line is dead.")


class SftpServer:
    """Serves one bank on 127.0.0.1 in a thread of its own. ``host_key`` is the public line to pin."""

    def __init__(self, bank: SimulatedBank, config: SftpConfig) -> None:
        self._bank = bank
        self._config = config
        path = bank.folder / "host_key"
        if not path.exists():
            key = asyncssh.generate_private_key("ssh-ed25519", comment=bank.config.name)
            path.touch(mode=0o600)
            path.write_bytes(key.export_private_key())
        self._key = asyncssh.read_private_key(path)
        self.host_key = self._key.export_public_key().decode().strip()
        self.port = 0
        self._lines: set[asyncssh.SSHServerConnection] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name=f"sftp-{bank.config.name}", daemon=True)
        self._server: asyncssh.SSHAcceptor | None = None

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

    def stop(self) -> None:
        """Cuts every line and stops listening."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(START_TIMEOUT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            self._config.port,
            server_host_keys=[self._key],
            server_factory=lambda: _Door(self._config, self._lines),
            sftp_factory=lambda channel: _Folder(channel, self._bank),
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

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
