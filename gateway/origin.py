"""Where a request came from: set once at the door, read when a unit of work is opened, written on its audit rows.

A request runs in a task of its own and its handlers in copies of that task's context, so nothing has to be handed
through functions that do not care, and no request sees another one's.
"""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The caller's address, the id under which the request is known to both sides, and the thumbprint of the client
    certificate it came with.
    """

    address: str | None = None
    request_id: str | None = None
    certificate: str | None = None


NOWHERE = Origin()
"""What the hub does by itself has no address."""
CURRENT: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)
