"""Opening a database as the hub does: with a key ring for its encrypted columns."""

import os

from gateway.persistence import column_keys, engine
from gateway.persistence.key_ring import KeyRing

RING_KEY = b"1" * 32
RING = KeyRing("k1", {"k1": RING_KEY})


def open_engine(url, ring=RING):
    """An engine that writes and reads encrypted columns, under the ring of all tests unless another is named."""
    opened = engine.open_engine(url)
    column_keys.unlock(opened, ring=ring, secret=os.urandom)
    return opened
