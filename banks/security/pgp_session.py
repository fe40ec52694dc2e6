"""Takes the encryption off a message by hand: session key by RSA or ECDH, AES in CFB with its digest (RFC 9580,
version 1 of protected data). Used only where the library cannot be asked: it proves no signature under compression,
and that is what ``gpg`` makes unless told otherwise. Primitives are those of ``cryptography``; nothing is believed
before the library has proven the signature on what is inside.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

RSA = (1, 2)
ECDH = 18
CURVE_25519 = bytes.fromhex("2b060104019755010501")
CURVES: dict[bytes, ec.EllipticCurve] = {
    bytes.fromhex("2a8648ce3d030107"): ec.SECP256R1(),
    bytes.fromhex("2b81040022"): ec.SECP384R1(),
    bytes.fromhex("2b81040023"): ec.SECP521R1(),
}
KEY_BYTES = {7: 16, 8: 24, 9: 32}
"""Of the AES variants; no other cipher is opened."""
BLOCK_BYTES = 16
HASHES = {2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224"}
PLAIN, CHECKED, SUMMED = 0, 254, 255
SIMPLE, SALTED, ITERATED = 0, 1, 3
SENDER = b"Anonymous Sender    "
DIGEST_MARK = b"\xd3\x14"
DIGEST_BYTES = 20


class CannotOpen(Exception):
    """In words that the caller tells people."""


@dataclass(frozen=True, slots=True)
class SecretKey:
    """The bodies of a version 4 key packet, public and secret, and what protects the secret."""

    public: bytes
    secret: bytes
    passphrase: str | None

    @property
    def fingerprint(self) -> bytes:
        """SHA-1 over the public part, as version 4 has it."""
        about = b"\x99" + len(self.public).to_bytes(2) + self.public
        return hashlib.sha1(about, usedforsecurity=False).digest()

    @property
    def algorithm(self) -> int:
        """The number of the public-key algorithm."""
        return self.public[5]

    def unlocked(self) -> list[bytes]:
        """The secret integers."""
        body = self.secret[len(self.public) :]
        usage, rest = body[0], body[1:]
        if usage == PLAIN:
            return list(integers(rest[:-2]))
        if usage not in {CHECKED, SUMMED} or rest[0] not in KEY_BYTES:
            raise CannotOpen("our key is protected in a way that is not known here: export it anew with gpg")
        if self.passphrase is None:
            raise CannotOpen("our key needs a passphrase, and the profile names none")
        key, used = _from_passphrase(self.passphrase.encode(), rest[1:], KEY_BYTES[rest[0]])
        place = 1 + used
        plain = _cfb(key, rest[place : place + BLOCK_BYTES], rest[place + BLOCK_BYTES :])
        length = DIGEST_BYTES if usage == CHECKED else 2
        content, proof = plain[:-length], plain[-length:]
        wanted = (
            hashlib.sha1(content, usedforsecurity=False).digest()
            if usage == CHECKED
            else (sum(content) & 0xFFFF).to_bytes(2)
        )
        if not hmac.compare_digest(proof, wanted):
            raise CannotOpen("the passphrase of our key is wrong")
        return list(integers(content))


def integers(data: bytes) -> Iterator[bytes]:
    """Multiprecision integers one after the other."""
    place = 0
    while place + 2 <= len(data):
        size = (int.from_bytes(data[place : place + 2]) + 7) // 8
        yield data[place + 2 : place + 2 + size]
        place += 2 + size


def session_key(packet: bytes, key: SecretKey) -> bytes:
    """The session key in a public-key encrypted session key packet (version 3) that is meant for ``key``."""
    secret = key.unlocked()
    if key.algorithm in RSA:
        plain = _by_rsa(packet, key, secret)
    elif key.algorithm == ECDH:
        plain = _by_ecdh(packet, key, secret)
    else:
        raise CannotOpen("our key is of a kind that cannot open compressed messages: use RSA or Curve25519")
    found = plain[1:-2]
    if plain[:1] and KEY_BYTES.get(plain[0]) == len(found) and sum(found) & 0xFFFF == int.from_bytes(plain[-2:]):
        return found
    raise CannotOpen("No key to decrypt: its session key is none, or of another cipher than AES")


def _by_rsa(packet: bytes, key: SecretKey, secret: list[bytes]) -> bytes:
    n, e = (int.from_bytes(one) for one in list(integers(key.public[6:]))[:2])
    d, p, q = (int.from_bytes(one) for one in secret[:3])
    numbers = rsa.RSAPrivateNumbers(
        p=p, q=q, d=d, dmp1=rsa.rsa_crt_dmp1(d, p), dmq1=rsa.rsa_crt_dmq1(d, q), iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(e, n),
    )  # fmt: skip
    wrapped = next(integers(packet[10:]))
    return numbers.private_key().decrypt(wrapped.rjust((n.bit_length() + 7) // 8, b"\x00"), padding.PKCS1v15())


def _by_ecdh(packet: bytes, key: SecretKey, secret: list[bytes]) -> bytes:
    """RFC 6637 as RFC 9580 keeps it: agreement, one round of a hash, and the key wrap of RFC 3394."""
    fields = key.public[6:]
    oid = fields[1 : 1 + fields[0]]
    point = next(integers(fields[1 + len(oid) :]))
    kdf = fields[1 + len(oid) + 2 + len(point) :][:4]
    ephemeral = next(integers(packet[10:]))
    tail = packet[10 + 2 + len(ephemeral) :]
    if oid == CURVE_25519:
        own = X25519PrivateKey.from_private_bytes(secret[0].rjust(32, b"\x00")[::-1])
        shared = own.exchange(X25519PublicKey.from_public_bytes(ephemeral[1:]))
    elif oid in CURVES:
        curve = CURVES[oid]
        private = ec.derive_private_key(int.from_bytes(secret[0]), curve)
        shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, ephemeral))
    else:
        raise CannotOpen("our key is on a curve that cannot open compressed messages: use Curve25519 or a NIST curve")
    about = fields[: 1 + len(oid)] + bytes([ECDH]) + kdf + SENDER + key.fingerprint
    made = hashlib.new(HASHES[kdf[2]], b"\x00\x00\x00\x01" + shared + about).digest()[: KEY_BYTES[kdf[3]]]
    plain = keywrap.aes_key_unwrap(made, tail[1 : 1 + tail[0]])
    return plain[: -plain[-1]]


def protected(body: bytes, key: bytes) -> bytes:
    """What a protected data packet (version 1) holds: proven by the digest at its end."""
    if body[:1] != b"\x01":
        raise CannotOpen("it is encrypted in a newer way and compressed: ask the bank to send it uncompressed")
    plain = _cfb(key, bytes(BLOCK_BYTES), body[1:])
    content, digest = plain[:-DIGEST_BYTES], plain[-DIGEST_BYTES:]
    proof = hashlib.sha1(content, usedforsecurity=False).digest()
    if not content.endswith(DIGEST_MARK) or not hmac.compare_digest(proof, digest):
        raise CannotOpen("it was changed on its way")
    return content[BLOCK_BYTES + 2 : -len(DIGEST_MARK)]


def _from_passphrase(passphrase: bytes, how: bytes, size: int) -> tuple[bytes, int]:
    """A key of ``size`` bytes from a passphrase, and how many bytes the description of the way took."""
    kind, name = how[0], HASHES.get(how[1])
    if kind not in {SIMPLE, SALTED, ITERATED} or name is None:
        raise CannotOpen("the secret part of our key is not in the file, or protected in a way that is not known here")
    salt = b"" if kind == SIMPLE else how[2:10]
    used = {SIMPLE: 2, SALTED: 10, ITERATED: 11}[kind]
    once = salt + passphrase
    count = len(once)
    if kind == ITERATED:
        count = max(count, (16 + (how[10] & 15)) << ((how[10] >> 4) + 6))
    fed = (once * (count // len(once) + 1))[:count]
    key = b""
    while len(key) < size:
        key += hashlib.new(name, bytes(len(key) // hashlib.new(name).digest_size) + fed, usedforsecurity=False).digest()
    return key[:size], used


def _cfb(key: bytes, start: bytes, data: bytes) -> bytes:
    opened = Cipher(algorithms.AES(key), modes.CFB(start)).decryptor()
    return opened.update(data) + opened.finalize()
