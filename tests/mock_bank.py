"""``mock-bank`` as a process: a bank nobody here wrote, reading files from one folder, answering into another."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

START_TRIES_MAX = 200
NEVER_MS = 3_600_000
"""It looks into its folder when it is told to, not by itself."""


@dataclass(frozen=True)
class MockBank:
    """A running bank. Its files are in ``drop`` (moved to ``drop/processed``) and ``pickup``."""

    url: str
    drop: Path
    pickup: Path

    def scan(self) -> list[dict[str, Any]]:
        """Has it read what was dropped; what it found."""
        return self._post("/_mock/drop/scan", {})["files"]

    def advance(self, **how: Any) -> dict[str, Any]:
        """Moves its clock, as ``POST /_mock/advance`` takes it (``days=1``)."""
        return self._post(f"/_mock/advance?{urlencode(how)}", {})

    def open(self, account: str, **fields: Any) -> None:
        """Opens an account (``iban``, ``bic``, ``balance`` in cents, ``behaviour``, ``parameters``)."""
        self._post("/_mock/accounts", {"id": account, **fields})

    def change(self, account: str, **fields: Any) -> None:
        """Changes fields of an account."""
        httpx.patch(f"{self.url}/_mock/accounts/{account}", json=fields, timeout=10).raise_for_status()

    def payments(self) -> list[dict[str, Any]]:
        """What it knows of every payment."""
        told = httpx.get(f"{self.url}/_mock/payments", timeout=10).raise_for_status().json()
        return told if isinstance(told, list) else told["payments"]

    def accounts(self) -> dict[str, dict[str, Any]]:
        """Its accounts by id."""
        told = httpx.get(f"{self.url}/_mock/accounts", timeout=10).raise_for_status().json()
        return {account["id"]: account for account in told}

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}{path}", content=json.dumps(body), timeout=30)
        return answer.raise_for_status().json()


@contextmanager
def running(
    drop: Path, pickup: Path, *, clock: str = "2026-09-30T09:00", options: tuple[str, ...] = ()
) -> Iterator[MockBank]:
    """The bank on a free loopback port, at nine on a Wednesday unless told; ``options`` are its own."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "mockbank", "-q", "--port", str(port), "--clock", clock]
    folders = ["--drop-dir", str(drop), "--pickup-dir", str(pickup)]
    times = ["--drop-settle-ms", "0", "--drop-interval-ms", str(NEVER_MS)]
    process = subprocess.Popen(
        [*command, *folders, *times, *options], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        bank = MockBank(url=f"http://127.0.0.1:{port}", drop=drop, pickup=pickup)
        _wait_for(bank, process)
        yield bank
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(bank: MockBank, process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    for _ in range(START_TRIES_MAX):
        if process.poll() is not None:
            break
        try:
            httpx.get(f"{bank.url}/_mock/health", timeout=2)
        except httpx.TransportError:
            pause.wait(0.05)
        else:
            return
    raise RuntimeError("mock-bank did not start")
