"""Whether a worker on this machine is alive: its name says which process it is."""

import os
import socket


def worker_name(unique: str) -> str:
    """Machine, process and a part that is new with every start."""
    return f"{socket.gethostname()[:30]}|{os.getpid()}|{unique}"


def lives_here(worker: str | None, *, me: str) -> bool:
    """True for a process of this machine that runs; False for one that is gone, and for any other machine.

    ``me`` is the name of the worker that asks: in a container every start has the same process number, and the one
    that was here before under it is gone.
    """
    host, _, rest = (worker or "").partition("|")
    number = rest.partition("|")[0]
    if host != socket.gethostname()[:30] or not number.isdigit():
        return False
    if int(number) == os.getpid():
        return worker == me
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
