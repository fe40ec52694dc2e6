"""The process that handles OpenPGP messages, started by :mod:`banks.security.pgp_process` for one message and nothing
else: the library keeps Python's lock while it works, and what a stranger wrote is best unpacked where little is.

Standard input is one line of JSON (what to do, with which keys) and then the bytes; standard output the bytes that
come of it, as they come; standard error one line of JSON: who signed, or what was wrong.
"""

import base64
import json
import os
import resource
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import pysequoia

from banks.security import pgp_packets
from banks.security.pgp_session import SecretKey
from banks.security.pgp_unpacking import TooMuch, content_part

IN, OUT = "/dev/stdin", "/dev/stdout"
MEMORY_BYTES_MAX = 1 << 30
"""Address space. The library holds back 25 MB before it proves a signature, and needs about 60 MB more."""
CPU_S_MAX = 120
Secret = TypeVar("Secret")
NO_PASSWORD = ["-"]
"""The library wants a key or a password, also for a message that is signed only; session keys by password are refused
before this process is asked."""


def main() -> int:
    """Does one act; 0 when it was done."""
    try:
        _limit()
        order = json.loads(_line())
        answer = ACTS[order["act"]](order)
    except TooMuch:
        answer = {"too_large": True}
    except Exception as err:  # noqa: BLE001 - the library raises many kinds, and the other side reads one line
        answer = {"error": str(err).partition("\n\nStack backtrace")[0].strip() or type(err).__name__}
    sys.stderr.write(json.dumps(answer) + "\n")
    return 0 if "signers" in answer else 1


def _limit() -> None:
    """Little memory, little time, and no dump of it: keys are in here."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX), (resource.RLIMIT_CPU, CPU_S_MAX), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        _, hard = resource.getrlimit(kind)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (limit, limit))


def _line() -> bytes:
    """The first line, byte by byte: what follows belongs to the library, which opens the same pipe."""
    size = int(_exactly(8), 16)
    return _exactly(size)


def _exactly(size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = os.read(0, size - len(found))
        if not more:
            raise EOFError("the order was cut off")
        found += more
    return found


def _seal(order: dict[str, Any]) -> dict[str, Any]:
    signer = None
    if order["key"] is not None:
        signer = _unlocked(pysequoia.Tsk.from_bytes(base64.b64decode(order["key"])).signer, order["passphrase"])
    recipients = [pysequoia.Cert.from_bytes(base64.b64decode(one)) for one in order["certs"]]
    if recipients:
        pysequoia.encrypt_file(IN, OUT, recipients, signer, armor=order["armour"])
    else:
        assert signer is not None, "a message that is neither signed nor encrypted is not sealed"
        pysequoia.sign_file(signer, IN, OUT, armor=order["armour"])
    return {"signers": []}


def _unlocked(act: Callable[[str | None], Secret], passphrase: str | None) -> Secret:
    """The library says of a wrong passphrase whatever it stumbles over afterwards."""
    try:
        return act(passphrase)
    except Exception as err:
        if passphrase is None or any(words in str(err) for words in ("No suitable", "not encrypted")):
            raise
        raise ValueError("the passphrase of our key is wrong") from err


def _open(order: dict[str, Any]) -> dict[str, Any]:
    certs = [pysequoia.Cert.from_bytes(base64.b64decode(one)) for one in order["certs"]]
    store = (lambda _: certs) if order["verify"] else None
    if order["key"] is None:
        found = pysequoia.decrypt_file(IN, OUT, None, store, NO_PASSWORD)
    else:
        key = _unlocked(pysequoia.Tsk.from_bytes(base64.b64decode(order["key"])).decryptor, order["passphrase"])
        found = pysequoia.decrypt_file(IN, OUT, key, store)
    return {"signers": [one.certificate for one in found.valid_sigs]}


def _open_by_hand(order: dict[str, Any]) -> dict[str, Any]:
    """For what the library does not do: a signature under compression, and bzip2."""
    certs = [pysequoia.Cert.from_bytes(base64.b64decode(one)) for one in order["certs"]]
    message = sys.stdin.buffer.read()
    parts = order["parts"]
    key = None
    if parts is not None:
        public, secret = (base64.b64decode(one) for one in parts)
        key = SecretKey(public, secret, order["passphrase"])
    part = content_part(message, key, pgp_packets.head(message), size_max=order["size_max"])
    del message
    if order["verify"]:
        found = pysequoia.verify(part, lambda _: certs)
    else:
        found = pysequoia.decrypt(part, passwords=NO_PASSWORD)
    assert found.bytes is not None, "bytes were given, and bytes come back"
    sys.stdout.buffer.write(found.bytes)
    sys.stdout.buffer.flush()
    return {"signers": [one.certificate for one in found.valid_sigs]}


ACTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "seal": _seal,
    "open": _open,
    "open by hand": _open_by_hand,
}
