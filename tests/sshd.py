"""A real OpenSSH server for tests: chrooted under /srv when root, on a high port without chroot otherwise.

It serves one login. ``root`` is the folder its paths begin in as a client sees them: ``server.path("/in")`` is where
``/in`` lies on this machine.
"""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SSHD = "/usr/sbin/sshd"
PRIVILEGE_SEPARATION = Path("/run/sshd")
START_TRIES_MAX = 200
SHADOW = Path("/etc/shadow")
FOLDERS = ("in", "out", "work", "done", "archive")


@dataclass(frozen=True)
class Sshd:
    """A running server. Remote paths are under ``prefix`` (empty with a chroot)."""

    host: str
    port: int
    username: str
    host_key: str
    private_key: str
    home: Path
    prefix: str
    log: Path

    def path(self, remote: str) -> Path:
        return self.home / remote.removeprefix(self.prefix).lstrip("/")

    def remote(self, folder: str) -> str:
        return f"{self.prefix}/{folder.lstrip('/')}"

    def written(self) -> str:
        return self.log.read_text()


def is_installed() -> bool:
    return Path(SSHD).exists()


@contextmanager
def running(
    *, folders: tuple[str, ...] = FOLDERS, internal_options: str = "", extra: str = "", password: str = ""
) -> Iterator[Sshd]:  # fmt: skip
    """Starts a server on a free loopback port and ends it with all its sessions.

    ``password`` is the login's, for this server only: it sees another /etc/shadow, in a mount namespace of its own.
    """
    as_root = os.geteuid() == 0
    base = Path(tempfile.mkdtemp(prefix="payhub-sshd-", dir="/srv" if as_root else None))
    try:
        server, config = _prepare(
            base, as_root=as_root, folders=folders, options=internal_options, extra=extra, password=password
        )
        with server.log.open("wb") as log:
            process = subprocess.Popen(
                [*_with_password(base, server.username, password), SSHD, "-D", "-e", "-f", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        try:
            _wait_for(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=10)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def can_have_passwords() -> bool:
    """Whether a server may see a password file of its own: for root, where mount namespaces are allowed."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("openssl") is None:
        return False
    return subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0


def _with_password(base: Path, username: str, password: str) -> list[str]:
    if not password:
        return []
    made = subprocess.run(["openssl", "passwd", "-6", password], check=True, capture_output=True, text=True)
    lines = [line.split(":") for line in SHADOW.read_text().splitlines()]
    changed = [[line[0], made.stdout.strip(), *line[2:]] if line[0] == username else line for line in lines]
    shadow = base / "shadow"
    shadow.write_text("".join(":".join(line) + "\n" for line in changed))
    shadow.chmod(0o600)
    script = f'mount --bind {shadow} {SHADOW} && exec "$0" "$@"'
    return ["unshare", "--mount", "sh", "-c", script]


def _prepare(
    base: Path, *, as_root: bool, folders: tuple[str, ...], options: str, extra: str, password: str
) -> tuple[Sshd, Path]:  # fmt: skip
    base.chmod(0o755)
    home = base / "home"
    home.mkdir(mode=0o755)
    for folder in folders:
        (home / folder).mkdir()
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(base / name)], check=True
        )
    authorized = base / "authorized"
    authorized.write_text((base / "user.pub").read_text())
    authorized.chmod(0o600)
    if as_root:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    port = _free_port()
    config = base / "sshd_config"
    lines = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {base / 'host'}",
        f"AuthorizedKeysFile {authorized}",
        "UsePAM no",
        f"PasswordAuthentication {'yes' if password else 'no'}",
        "KbdInteractiveAuthentication no",
        "StrictModes no",
        f"PermitRootLogin {'yes' if password else 'prohibit-password'}",
        "PidFile none",
        "MaxStartups 200:30:400",
        "MaxSessions 200",
        "LogLevel INFO",
        f"Subsystem sftp internal-sftp {options}".strip(),
        f"ForceCommand internal-sftp {options}".strip(),
        *([f"ChrootDirectory {home}"] if as_root else []),
        *([extra] if extra else []),
    ]
    config.write_text("\n".join(lines) + "\n")
    server = Sshd(
        host="127.0.0.1",
        port=port,
        username=getpass.getuser(),
        host_key=" ".join((base / "host.pub").read_text().split()[:2]),
        private_key=(base / "user").read_text(),
        home=home,
        prefix="" if as_root else str(home),
        log=base / "log",
    )
    return server, config


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(server: Sshd, process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    for _ in range(START_TRIES_MAX):
        if process.poll() is not None:
            break
        try:
            with socket.create_connection((server.host, server.port), timeout=1) as line:
                line.recv(4)
        except OSError:
            pause.wait(0.05)
        else:
            return
    raise RuntimeError(f"sshd did not start: {server.written()}")
