"""The key-encryption keys: they wrap what encrypts documents and columns, and never enter the database."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.exc import DontWrapMixin

from gateway.domain.errors import HubError

KEY_BYTES = 32
NONCE_BYTES = 12


class Tampered(DontWrapMixin, HubError):
    """What is stored is not what was stored."""

    code = "vault.tampered"


class KeyRing:
    """Key-encryption keys by id; ``current`` wraps new keys, the others still open old ones."""

    def __init__(self, current: str, keys: dict[str, bytes]) -> None:
        assert all(len(key) == KEY_BYTES for key in keys.values()), "an AES-256 key has 32 bytes"
        self.current = current
        self._keys = keys

    def wrap(self, key: bytes, label: str, nonce: bytes) -> bytes:
        """``key`` encrypted for storage, bound to what it belongs to."""
        return nonce + AESGCM(self._keys[self.current]).encrypt(nonce, key, label.encode())

    def unwrap(self, wrapped: bytes, label: str, key_id: str) -> bytes:
        """The wrapped key; raises :class:`Tampered` when it or its label was changed, or the ring lacks the key."""
        if key_id not in self._keys:
            raise Tampered(f"The vault key {key_id} is not on the key ring.")
        try:
            return AESGCM(self._keys[key_id]).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], label.encode())
        except (InvalidTag, ValueError) as err:
            raise Tampered(
                f"The stored key {label[:12]} was changed, or this process has another vault key {key_id}."
            ) from err

    def seal(self, secret: bytes, label: str, nonce: bytes) -> bytes:
        """A small secret encrypted for storage, bound to ``label``."""
        return self.current.encode() + b":" + self.wrap(secret, label, nonce)

    def open(self, sealed: bytes, label: str) -> bytes:
        """The way back."""
        key_id, _, wrapped = sealed.partition(b":")
        return self.unwrap(wrapped, label, key_id.decode())
