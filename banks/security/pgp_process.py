"""Runs :mod:`banks.security.pgp_child` for one message: feeds it, takes what comes of it, and ends it when it is too
much or takes too long.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

CHILD = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from banks.security import pgp_child
sys.exit(pgp_child.main())
"""
PIECE_BYTES = 1 << 16
WAIT_S_MAX = 600
"""Of the clock on the wall; what really counts is the child's own limit of computing time."""


class TooLarge(Exception):
    """More came out than is allowed."""


class Failed(Exception):
    """The child did not do it; the text is the library's own."""


def run(order: Mapping[str, Any], data: bytes, *, size_max: int | None = None) -> tuple[bytes, tuple[str, ...]]:
    """What came out, and the fingerprints of the certificates whose signatures were proven.

    Raises :class:`TooLarge` as soon as more than ``size_max`` bytes came out, and :class:`Failed`.
    """
    with subprocess.Popen(  # noqa: S603 - our own file, by our own interpreter, without a shell
        [sys.executable, "-P", "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        line = json.dumps(order).encode()
        feeder = threading.Thread(
            target=_feed, args=(child.stdin, f"{len(line):08x}".encode() + line, data), name="pgp", daemon=True
        )
        watch = threading.Timer(WAIT_S_MAX, child.kill)
        feeder.start()
        watch.start()
        try:
            content = _taken(child.stdout, size_max)
            said = child.stderr.read(PIECE_BYTES)
        finally:
            watch.cancel()
            child.kill()
            feeder.join()
    return content, _signers(said)


def _feed(pipe: IO[bytes], order: bytes, data: bytes) -> None:
    """The child may end before it read everything: that is its answer's business."""
    with suppress(OSError, ValueError):
        pipe.write(order)
        pipe.write(data)
    with suppress(OSError, ValueError):
        pipe.close()


def _taken(pipe: IO[bytes], size_max: int | None) -> bytes:
    pieces, size = [], 0
    while piece := pipe.read(PIECE_BYTES):
        size += len(piece)
        if size_max is not None and size > size_max:
            raise TooLarge
        pieces.append(piece)
    return b"".join(pieces)


def _signers(said: bytes) -> tuple[str, ...]:
    """What the child said last; one that died said nothing (its limits, a signal)."""
    try:
        answer = json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        raise Failed(f"the process ended without an answer: {said[-200:].decode(errors='replace')}") from None
    if answer.get("too_large"):
        raise TooLarge
    if "error" in answer:
        raise Failed(str(answer["error"]))
    return tuple(answer["signers"])
