"""Public host keys as OpenSSH writes them: ``ssh-ed25519 AAAA…``, and the fingerprints people compare."""

import base64
import hashlib


def fingerprint(blob: bytes) -> str:
    """The SHA256 fingerprint of a public key, written as ssh-keygen writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def blob_of(line: str) -> bytes:
    """The key itself in a public key line."""
    return base64.b64decode(line.split()[1])
