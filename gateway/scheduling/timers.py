"""Things that are done again and again in one process, each in a thread of its own.

A pause is counted in passing time, never until a time of day: a timer that looked at the clock would stand still for an
hour when a machine is set back by one.
"""

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()


class Timers:
    """Add what is to be done, then start. A thing that takes longer than its pause is not begun a second time."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []

    def add(self, act: Callable[[], None], *, every_s: float) -> None:
        """Has ``act`` done after every pause; what it raises is told, and it is done again."""
        run = safely(act)

        def again() -> None:
            while not self._ending.wait(every_s):
                run()

        self._threads.append(threading.Thread(target=again, name=f"timer-{act.__name__}", daemon=True))

    def start(self) -> None:
        """Begins with the first pause."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends; what is being done is finished."""
        self._ending.set()
        for thread in self._threads:
            thread.join()


def safely(act: Callable[[], None]) -> Callable[[], None]:
    """The same act; it tells of its failure instead of raising it."""

    def run() -> None:
        try:
            act()
        except Exception:
            log.exception("alarm.failed", timer=act.__name__)

    return run
