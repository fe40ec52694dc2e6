"""Opens a bank for business: its pulse and the doors it is configured with."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from banks.simulator.bank import SimulatedBank
from banks.simulator.clock import SimulatedClock
from banks.simulator.config import BankConfig
from banks.simulator.http import HttpServer
from banks.simulator.sftp import SftpServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a bank is found. ``host_key`` is the public key line to pin, ``root`` the folder that SFTP shows."""

    name: str
    sftp_port: int | None
    http_port: int | None
    host_key: str | None
    root: Path


class OpenBank:
    """A bank with its doors open, in this process. Close it, or use it in a ``with``."""

    def __init__(self, config: BankConfig, folder: Path, clock: SimulatedClock, *, pulse: bool = True) -> None:
        """Opens it, or raises OSError (a port is taken) with nothing left open; ``pulse=False`` leaves every act to
        calls of ``bank.run()``.
        """
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as opened:
            self.bank = opened.enter_context(SimulatedBank(config, folder, clock))
            self.http = HttpServer(self.bank, config.http) if config.http is not None else None
            if self.http is not None:
                self.http.start()
                opened.callback(self.http.stop)
            self._sftp = SftpServer(self.bank, config.sftp) if config.sftp is not None else None
            if self._sftp is not None:
                self._sftp.start()
                opened.callback(self._sftp.stop)
            if pulse:
                self.bank.start()
            # only a bank that opened wholly stays open
            self._opened = opened.pop_all()

    @property
    def address(self) -> Address:
        """Ports, host key and folder."""
        return Address(
            name=self.bank.config.name,
            sftp_port=None if self._sftp is None else self._sftp.port,
            http_port=None if self.http is None else self.http.port,
            host_key=None if self._sftp is None else self._sftp.host_key,
            root=self.bank.root,
        )

    def close(self) -> None:
        """Closes the doors, then the bank."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
