"""A line between the hub and a bank: a TCP proxy that is as slow as a real one, and that a campaign can hold or cut.

It forwards bytes and understands none. What is sent takes ``delay_s`` in each direction, so that a moment between two
messages is long enough to be aimed at. Connections are told apart by the process that opened them.
"""

import asyncio
import threading
from collections import Counter
from pathlib import Path

START_TIMEOUT_S = 10
CHUNK = 65_536


class Line:
    """Listens on a loopback port of its own (``port``) and forwards to another one. ``pids`` are who may call."""

    def __init__(self, target, *, delay_s, pids):
        self._target = target
        self._delay_s = delay_s
        self._pids = pids
        self._held = set()
        self._waiting = Counter()
        """Portions of each process that are held back at this moment."""
        self._open = {}
        """The transports of each connection, and the process that opened it."""
        self._changed = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"line-{target}", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(START_TIMEOUT_S)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _listen(self):
        self._changed = asyncio.Condition()
        return await asyncio.start_server(self._forward, "127.0.0.1", 0)

    def hold(self, pid):
        """From now on nothing of that process reaches the bank; what is on its way waits."""
        self._set(lambda: self._held.add(pid))

    def release(self, pid):
        """What waited goes on its way at once."""
        self._set(lambda: self._held.discard(pid))

    def holds_back(self, pid):
        """Whether something that this process sent is on its way, and waits."""
        return self._waiting[pid] > 0

    def cut(self, pid):
        """Breaks the connections of that process; what is on its way, in either direction, is lost."""
        self._set(lambda: [writer.transport.abort() for writers, who in self._open.values() if who == pid
                           for writer in writers])  # fmt: skip

    def close(self):
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(START_TIMEOUT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _set(self, act):
        async def acting():
            act()
            async with self._changed:
                self._changed.notify_all()

        asyncio.run_coroutine_threadsafe(acting(), self._loop).result(START_TIMEOUT_S)

    async def _end(self):
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _forward(self, reader, writer):
        who = _owner(writer.get_extra_info("peername")[1], self._pids())
        try:
            bank_reader, bank_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open[id(writer)] = ((writer, bank_writer), who)
        try:
            await asyncio.gather(
                self._pump(reader, bank_writer, who), self._pump(bank_reader, writer, None), return_exceptions=True
            )
        except asyncio.CancelledError:
            pass  # the line is being closed, and asyncio would complain of every connection that was open
        finally:
            del self._open[id(writer)]
            for one in (writer, bank_writer):
                one.close()

    async def _pump(self, reader, writer, who):
        """One direction. Reading and writing are apart: a delay does not make the line narrower."""
        waiting = asyncio.Queue()
        sending = asyncio.create_task(self._send(waiting, writer, who))
        try:
            while data := await reader.read(CHUNK):
                waiting.put_nowait((self._loop.time() + self._delay_s, data))
        except OSError:
            pass
        finally:
            waiting.put_nowait((self._loop.time() + self._delay_s, b""))
            await sending

    async def _send(self, waiting, writer, who):
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            self._waiting[who] += 1
            try:
                async with self._changed:
                    await self._changed.wait_for(lambda: who not in self._held)
            finally:
                self._waiting[who] -= 1
            if not data or writer.is_closing():
                writer.close()
                return
            try:
                writer.write(data)
                await writer.drain()
            except OSError:
                return


def _owner(port, pids):
    """The process among ``pids`` whose end of a connection is the local ``port``; None for any other."""
    wanted = f":{port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(wanted):
            inode = f"socket:[{fields[9]}]"
            return next((pid for pid in pids if inode in _sockets(pid)), None)
    return None


def _sockets(pid):
    found = set()
    try:
        for path in Path(f"/proc/{pid}/fd").iterdir():
            found.add(str(path.readlink()))
    except OSError:
        pass
    return found
