"""The other side of OpenPGP: the ``gpg`` program with a home of its own, as a bank would use it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

RSA = "rsa3072"
CURVE = "ed25519"


def is_installed() -> bool:
    return shutil.which("gpg") is not None


@dataclass(frozen=True)
class Gpg:
    """One home with its keys."""

    home: Path

    def __call__(self, *words: str, data: bytes = b"", passphrase: str = "", fails: bool = False) -> bytes:
        """What the program writes; ``fails`` says that it must refuse."""
        command = [
            "gpg", "--homedir", str(self.home), "--batch", "--yes", "--no-tty", "--trust-model", "always",
            "--pinentry-mode", "loopback", "--passphrase", passphrase, *words,
        ]  # fmt: skip
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=120)
        assert (done.returncode != 0) == fails, done.stderr.decode(errors="replace")
        return done.stderr if fails else done.stdout

    def make(self, name: str, kind: str = CURVE, passphrase: str = "", lasts: str = "2y") -> str:
        """A key pair that signs with its primary key and is encrypted to by a subkey; gives its fingerprint."""
        self("--quick-generate-key", f"{name} <{name}@example.com>", kind, "sign,cert", lasts, passphrase=passphrase)
        fingerprint = self.fingerprint(name)
        self.add(fingerprint, {"ed25519": "cv25519"}.get(kind, kind), "encr", passphrase=passphrase, lasts=lasts)
        return fingerprint

    def add(self, fingerprint: str, kind: str, use: str, passphrase: str = "", lasts: str = "2y") -> None:
        """One more subkey."""
        self("--quick-add-key", fingerprint, kind, use, lasts, passphrase=passphrase)

    def fingerprint(self, name: str) -> str:
        listed = self("--with-colons", "--list-keys", f"{name}@example.com").decode()
        return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr")).lower()

    def public(self, name: str) -> bytes:
        return self("--armor", "--export", f"{name}@example.com")

    def secret(self, name: str, passphrase: str = "") -> bytes:
        return self("--armor", "--export-secret-keys", f"{name}@example.com", passphrase=passphrase)

    def take(self, key: bytes, passphrase: str = "") -> None:
        self("--import", data=key, passphrase=passphrase)

    def open(self, sealed: bytes, passphrase: str = "") -> tuple[bytes, list[str]]:
        """The content, and the fingerprints (of primary keys) whose good signatures it bears."""
        status = self.home / "status"
        content = self("--status-file", str(status), "--decrypt", data=sealed, passphrase=passphrase)
        lines = [line.split() for line in status.read_text(errors="replace").splitlines()]
        return content, [words[-1].lower() for words in lines if words[1] == "VALIDSIG"]


@contextmanager
def home() -> Iterator[Gpg]:
    """A home with no keys in it, under a short path: the agent's socket has no room for a long one."""
    with TemporaryDirectory(prefix="ph-gpg-", ignore_cleanup_errors=True) as folder:
        path = Path(folder)
        path.chmod(0o700)
        try:
            yield Gpg(path)
        finally:
            subprocess.run(
                ["gpgconf", "--homedir", folder, "--kill", "all"], capture_output=True, check=False, timeout=30
            )
