"""A clock that a campaign sets, for one process or for several: libfaketime, told by a file.

Only the time of day is faked, as when an operator or NTP sets a machine right: what counts passing time goes on.
"""

from pathlib import Path

LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
)  # fmt: skip


def library():
    """Where libfaketime is, or None where it is not installed."""
    return next((path for path in LIBRARIES if Path(path).exists()), None)


class Timepiece:
    """Shows the machine's own time until it is set."""

    def __init__(self, path):
        self._path = path
        self.set("+0")

    def set(self, to):
        """``+3600`` or ``-3600`` seconds from the right time, or ``+0 x2`` for twice as fast from the start on."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(f"{to}\n")
        fresh.replace(self._path)

    @property
    def environment(self):
        """What a process must find in its environment to look here."""
        return {
            "LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": str(self._path), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
