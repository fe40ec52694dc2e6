"""An SFTP server with oddities that real ones have: it forbids, fails in the middle, and lies in its listing."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

START_TIMEOUT_S = 10
PASSWORD = "open sesame"


@dataclass
class Oddities:
    """What it does differently. ``vague``: every no is just "failure"; ``swallows``: says yes to a chunk and drops it;
    ``truncates``: loses the content when it renames; ``takes_away``: works on a file as soon as it has its name;
    ``asks``: wants the password as the answer to these questions, and in no other way; ``write`` may raise;
    ``also_lists`` are names that are not there.
    """

    no_stat: bool = False
    no_list: bool = False
    no_rename: bool = False
    no_chmod: bool = False
    takes_away: bool = False
    asks: tuple[str, ...] = ()
    vague: bool = False
    swallows: bool = False
    truncates: bool = False
    write: Callable[[int], None] = lambda _: None
    also_lists: list[str] = field(default_factory=list)


class _Folder(asyncssh.SFTPServer):
    def __init__(self, channel, root: Path, odd: Oddities) -> None:
        super().__init__(channel, chroot=str(root).encode())
        self._odd = odd

    def stat(self, path):
        if self._odd.no_stat:
            raise asyncssh.SFTPPermissionDenied("stat is not allowed")
        return super().stat(path)

    async def scandir(self, path):
        if self._odd.no_list:
            raise asyncssh.SFTPPermissionDenied("listing is not allowed")
        for name in self._odd.also_lists:
            attrs = asyncssh.SFTPAttrs(type=1, size=1, permissions=0o100644)
            yield asyncssh.SFTPName(name.encode(), attrs=attrs)
        async for entry in super().scandir(path):
            yield entry

    def setstat(self, path, attrs):
        if self._odd.no_chmod:
            raise asyncssh.SFTPPermissionDenied("changing modes is not allowed")
        return super().setstat(path, attrs)

    def fsetstat(self, file_obj, attrs):
        if self._odd.no_chmod:
            raise asyncssh.SFTPPermissionDenied("changing modes is not allowed")
        return super().fsetstat(file_obj, attrs)

    def write(self, file_obj, offset, data):
        self._odd.write(offset)
        if self._odd.swallows and offset:
            return len(data)
        return super().write(file_obj, offset, data)

    def rename(self, oldpath, newpath):
        if self._odd.no_rename:
            raise asyncssh.SFTPPermissionDenied("renaming is not allowed")
        old, new = (Path(os.fsdecode(self.map_path(path))) for path in (oldpath, newpath))
        if self._odd.vague and (new.exists() or not old.exists()):
            raise asyncssh.SFTPFailure("Failure")
        super().rename(oldpath, newpath)
        if self._odd.takes_away:
            new.unlink()
            return
        if self._odd.truncates:
            new.write_bytes(b"")


class _Door(asyncssh.SSHServer):
    def __init__(self, odd: Oddities) -> None:
        self._odd = odd

    def begin_auth(self, _username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return not self._odd.asks

    def kbdint_auth_supported(self) -> bool:
        return bool(self._odd.asks)

    def get_kbdint_challenge(self, _username, _lang, _submethods):
        return "", "", "", [(question, False) for question in self._odd.asks]

    def validate_kbdint_response(self, _username, responses) -> bool:
        return list(responses) == [PASSWORD] * len(self._odd.asks)

    def validate_password(self, _username: str, password: str) -> bool:
        return password == PASSWORD


@dataclass(frozen=True)
class OddServer:
    port: int
    host_key: str
    root: Path


@contextmanager
def running(root: Path, odd: Oddities) -> Iterator[OddServer]:
    """The server on a free loopback port, serving ``root``."""
    for name in ("in", "out", "done", "work", "archive"):
        (root / name).mkdir(parents=True, exist_ok=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen():
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Door(odd),
            server_host_keys=[key],
            sftp_factory=lambda channel: _Folder(channel, root, odd),
        )

    async def end(server) -> None:
        server.close()
        await server.wait_closed()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(START_TIMEOUT_S)
    try:
        public = " ".join(key.export_public_key().decode().split()[:2])
        yield OddServer(port=server.get_port(), host_key=public, root=root)
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result(START_TIMEOUT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=START_TIMEOUT_S)
        loop.close()
