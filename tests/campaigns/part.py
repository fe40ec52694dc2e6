"""A process of the hub, as a campaign starts, kills, freezes and starts it again."""

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STOP_WITHIN_S = 30


class Part:
    """One process of the hub, that is killed and started again; every start writes into the same log.

    ``prefix`` stands before the command (another network, say), ``sabotage`` names a break of the product on purpose.
    """

    def __init__(self, name, command, *, environment, log, prefix=(), sabotage=None):
        self.name = name
        self.command = command
        self.version = None
        """Another version of the application that the next start claims to be."""
        self.starts = 0
        self._environment = environment
        self._log = log
        self._prefix = prefix
        self._sabotage = sabotage
        self._process = None

    def start(self):
        self.starts += 1
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [*self._prefix, sys.executable, "-m", *self._module()],
                env=self._environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip

    def _module(self):
        if self._sabotage is None and self.version is None:
            return ("gateway.cli", self.command)
        return ("tests.campaigns.sabotaged", self._sabotage or "nothing", self.version or "", self.command)

    @property
    def pid(self):
        return self._process.pid

    @property
    def is_alive(self):
        return self._process is not None and self._process.poll() is None

    @property
    def ended_with(self):
        """The exit code; None while it lives."""
        return None if self._process is None else self._process.poll()

    def written(self, event):
        """How many lines of the log tell of ``event``."""
        return self._log.read_text(errors="replace").count(event) if self._log.exists() else 0

    def kill(self):
        """kill -9; returns when it is gone."""
        self._process.kill()
        self._process.wait()

    def freeze(self):
        """Puts the process to sleep in the middle of what it does; it does not notice."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        """Lets it go on where it was."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self):
        if self._process is None:
            return
        self.thaw()
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
