"""Keys, tokens and sign-ins that were refused, counted so that nobody can flood the trail with them.

The first of a kind in a window is written at once, how many followed at the window's end: at most two rows for each
kind, account and address. Every process counts for itself; one that is killed loses the counts of its last window.
"""

import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.origin import CURRENT, Origin
from gateway.persistence.unit_of_work import UnitOfWork

WINDOW_S = 300
KINDS_MAX = 100
"""Kinds counted apart in a window; what comes after them is counted together."""
ADDRESS_BITS = 64
"""Of an IPv6 address: whoever has one has all of its network."""
NOBODY = "nobody"
ACTION = "credential.refused"


class Kind(NamedTuple):
    """What was refused, whose it seems to be (an account that exists, or nobody) and where it came from."""

    what: str
    who: str
    address: str | None


OTHERS = Kind("others", NOBODY, None)


@dataclass(slots=True)
class Refusals:
    """The refusals of one process in the present window. For threads."""

    _window: int = 0
    _more: dict[Kind, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def first(self, kind: Kind, now_s: int) -> Kind | None:
        """Counts one; gives what is to be written down now, where it is the first of its kind in this window."""
        with self._lock:
            if kind not in self._more and len(self._more) >= KINDS_MAX:
                kind = OTHERS
            new = kind not in self._more
            self._window = self._window or now_s // WINDOW_S
            self._more[kind] = self._more.get(kind, -1) + 1
            return kind if new else None

    def ended(self, now_s: int | None) -> dict[Kind, int]:
        """What followed the firsts of a window that is over (None: of the present one too), and forgets it."""
        with self._lock:
            if now_s is not None and self._window == now_s // WINDOW_S:
                return {}
            ended, self._more, self._window = self._more, {}, 0
            return {kind: more for kind, more in ended.items() if more}


def network(address: str | None) -> str | None:
    """What addresses are counted by."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, ADDRESS_BITS), strict=False))


def write(open_work: Callable[[str], UnitOfWork], found: dict[Kind, int], *, following: bool) -> None:
    """One row for each kind: the first of its window, or how many came after it."""
    for kind, count in found.items():
        mark = CURRENT.set(Origin(address=kind.address, request_id=None if following else CURRENT.get().request_id))
        try:
            with open_work(kind.who) as work:
                facts = {"what": kind.what, "count": count, "following": following, "window_s": WINDOW_S}
                work.note(action=ACTION, subject=kind.who, data=facts)
                work.commit()
        finally:
            CURRENT.reset(mark)
