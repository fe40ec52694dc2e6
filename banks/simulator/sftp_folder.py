"""The bank's folder as one SFTP session sees it: every act may meet the scenario, every rename may be a hand-over."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from banks.simulator.bank import SimulatedBank
from banks.simulator.behaviours import LinePlan, WirePlan
from banks.simulator.receiving import message_id_of
from banks.simulator.rules import Facts

HEADER_READ_BYTES = 65_536
_WRITES = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT


@dataclass(slots=True)
class _Transfer:
    """An open file: how the line treats it, and the bytes that have passed."""

    local: Path
    plan: LinePlan
    writes: bool
    passed: int = 0

    def room(self, size: int, limit: int | None) -> int | None:
        """How many of ``size`` more bytes pass before ``limit`` is reached; None where it is not reached by them."""
        return None if limit is None or self.passed + size <= limit else max(0, limit - self.passed)


class _Folder(asyncssh.SFTPServer):
    """What one session may do."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], bank: SimulatedBank) -> None:
        super().__init__(channel, chroot=str(bank.root).encode())
        self._bank = bank
        self._open: dict[int, _Transfer] = {}

    def _local(self, path: bytes) -> Path:
        return Path(self.map_path(path).decode("utf-8", errors="surrogateescape"))

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        local, writes = self._local(path), bool(pflags & _WRITES)
        if not writes:
            path = self._shown(path)
        plan = self._bank.met(channel="sftp", act="upload" if writes else "download", file_name=local.name)
        if plan.deny:
            raise asyncssh.SFTPPermissionDenied("Permission denied")
        if writes:
            self._bank.being_written.add(local)
        try:
            opened = super().open(path, pflags, attrs)
        except OSError:
            self._bank.being_written.discard(local)
            raise
        self._open[id(opened)] = _Transfer(local=local, plan=plan, writes=writes)
        return opened

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        transfer = self._open[id(file_obj)]
        room = transfer.room(len(data), transfer.plan.full_at)
        if room is not None:
            super().write(file_obj, offset, data[:room])
            transfer.passed += room
            raise asyncssh.SFTPFailure("No space left on device")
        await self._pass(transfer, len(data), lambda room: self._written(file_obj, offset, data[:room]))
        return self._written(file_obj, offset, data)

    def _written(self, file_obj: object, offset: int, data: bytes) -> int:
        size = super().write(file_obj, offset, data)
        assert isinstance(size, int), "the server this builds on writes at once"
        return size

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        data = super().read(file_obj, offset, size)
        assert isinstance(data, bytes), "the server this builds on reads at once"
        await self._pass(self._open[id(file_obj)], len(data))
        return data

    async def _pass(self, transfer: _Transfer, size: int, keep: Callable[[int], object] = lambda _: None) -> None:
        """Lets ``size`` bytes pass as the scenario wants it; ``keep`` stores those that came before a cut."""
        plan = transfer.plan
        room = transfer.room(size, plan.drop_at)
        if room is not None:
            keep(room)
            transfer.passed += room  # packets that are here already meet the same end, wherever in the file they belong
            self._cut()
        if transfer.room(size, plan.half_close_at) is not None and transfer.passed <= (plan.half_close_at or 0):
            self._hang_up_our_side()
        if transfer.room(size, plan.stall_at) is not None and transfer.passed <= (plan.stall_at or 0):
            await asyncio.sleep(plan.stall_s)
        transfer.passed += size
        if plan.bytes_per_s:
            await asyncio.sleep(size / plan.bytes_per_s)

    def close(self, file_obj: object) -> None:
        super().close(file_obj)
        transfer = self._open.pop(id(file_obj), None)
        if transfer is None:
            return
        if transfer.writes:
            self._bank.being_written.discard(transfer.local)
        if transfer.plan.drop_at is not None:
            self._cut()  # a transfer shorter than the scenario thought does not escape

    def exit(self) -> None:
        for transfer in self._open.values():
            self._bank.being_written.discard(transfer.local)

    async def stat(self, path: bytes) -> os.stat_result:
        await self._meet("look", path)
        return self._local(self._shown(path)).stat()

    async def lstat(self, path: bytes) -> os.stat_result:
        if not path.endswith((b"/.", b"/..")):  # a listing looks at these two by itself
            await self._meet("look", path)
        return self._local(self._shown(path)).lstat()

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        await self._meet("list", path)
        hidden = self._bank.hidden()
        async for entry in super().scandir(path):
            if _text(entry.filename) not in hidden or not self._bank.is_hidden(_text(entry.filename)):
                yield entry
        if hidden and self._local(path) == self._bank.root / "in":
            for name, staged in hidden.items():
                kept = self._kept(name)
                if staged is not None and kept is not None:
                    yield asyncssh.SFTPName(staged.encode(), attrs=asyncssh.SFTPAttrs.from_local(kept.stat()))

    async def remove(self, path: bytes) -> None:
        await self._meet("remove", path)
        super().remove(self._shown(path))

    async def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        await self._meet("chmod", path)
        super().setstat(path, attrs)

    async def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        await self._meet("chmod", str(self._open[id(file_obj)].local).encode())
        super().fsetstat(file_obj, attrs)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self._meet("rename", newpath)
        plan = self._plan(oldpath, newpath)
        if plan.cut_before:
            self._cut()
        super().rename(oldpath, newpath)
        self._handed_over(oldpath, newpath, plan)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self._meet("rename", newpath)
        new = self._local(newpath)
        if self._is_delivery(new):
            self._bank.about_to_be_replaced(new)
        plan = self._plan(oldpath, newpath)
        if plan.cut_before:
            self._cut()
        super().posix_rename(oldpath, newpath)
        self._handed_over(oldpath, newpath, plan)

    def _handed_over(self, oldpath: bytes, newpath: bytes, plan: WirePlan) -> None:
        self._bank.hide(self._local(newpath).name, plan, staged=self._local(oldpath).name)
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
        plan = self._bank.handed_over(Facts(channel="sftp", file_name=new.name, message_id=message_id))
        if plan.sweep:
            old.unlink()
        return plan

    def _shown(self, path: bytes) -> bytes:
        """The path that is really meant: SFTPNoSuchFile for what is not shown yet, and where an old listing still shows
        a staged name, the file that it has become.
        """
        hidden = self._bank.hidden()
        name = self._local(path).name
        if name in hidden and self._bank.is_hidden(name):
            raise asyncssh.SFTPNoSuchFile("No such file")
        for real, staged in hidden.items():
            kept = self._kept(real)
            if staged == name and kept is not None and self._bank.is_hidden(real):
                return f"/{kept.relative_to(self._bank.root)}".encode()
        return path

    def _kept(self, name: str) -> Path | None:
        places = (self._bank.root / folder / name for folder in ("in", "done"))
        return next((place for place in places if place.is_file()), None)

    async def _meet(self, act: str, path: bytes) -> None:
        """Lets the scenario have its way with an act that moves no bytes."""
        plan = self._bank.met(channel="sftp", act=act, file_name=self._local(path).name)
        if plan.stall_at is not None:
            await asyncio.sleep(plan.stall_s)
        if plan.half_close_at is not None:
            self._hang_up_our_side()
        if plan.drop_at is not None:
            self._cut()
        if plan.deny:
            raise asyncssh.SFTPPermissionDenied("Permission denied")

    def _hang_up_our_side(self) -> None:
        self.connection.get_extra_info("socket").shutdown(socket.SHUT_WR)

    def _cut(self) -> None:
        self.connection.abort()
        raise asyncssh.SFTPConnectionLost("The line is dead.")


def folder(channel: asyncssh.SSHServerChannel[bytes], bank: SimulatedBank) -> asyncssh.SFTPServer:
    """What one session may do in the folder of ``bank``."""
    return _Folder(channel, bank)


def _text(name: bytes | str) -> str:
    return name.decode("utf-8", errors="surrogateescape") if isinstance(name, bytes) else name
