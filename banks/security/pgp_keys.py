"""Keys of OpenPGP as a profile names them: read from their references, compared by whole fingerprint, and looked at
for what they can do and until when.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import pysequoia
from pysequoia.packet import Packet, PacketPile, SignatureType, Tag

from banks.errors import Refused
from banks.secrets import SecretMissing, Secrets
from banks.security import pgp_packets
from banks.settings_pgp import BankKey, OurKey, PgpSettings

Ability = Literal["signs", "encrypts"]
ABILITIES: tuple[Ability, ...] = ("signs", "encrypts")
PRIMARY = (Tag.PublicKey, Tag.SecretKey)
SUBKEY = (Tag.PublicSubkey, Tag.SecretSubkey)
SECRET = (Tag.SecretKey, Tag.SecretSubkey)
OWN_WORDS = (
    SignatureType.DirectKey, SignatureType.GenericCertification, SignatureType.PersonaCertification,
    SignatureType.CasualCertification, SignatureType.PositiveCertification,
)  # fmt: skip
FOURTH = 4
"""The version of keys that a frame can be put around; later ones are used as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The primary key or one subkey."""

    fingerprint: str
    key_id: str
    signs: bool
    encrypts: bool
    created_at: datetime
    ends_at: datetime | None
    revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A certificate, as far as it concerns us. ``ends_at`` and ``revoked`` are of the whole of it."""

    fingerprint: str
    title: str
    ends_at: datetime | None
    revoked: bool
    parts: tuple[Part, ...]

    def able(self, ability: Ability, at: datetime) -> bool:
        """Whether it can sign, or be encrypted to, at ``at``."""
        if self.revoked or (self.ends_at is not None and self.ends_at <= at):
            return False
        return any(part.ends_at is None or part.ends_at > at for part in self._with(ability))

    def last_day(self, among: Iterable[Ability] = ABILITIES) -> datetime | None:
        """When the first of the abilities it has (or the whole key) ends; None when it never does."""
        ends = [self.ends_at]
        for ability in among:
            parts = [part.ends_at for part in self._with(ability)]
            if parts and None not in parts:
                ends.append(max(end for end in parts if end is not None))
        return min((end for end in ends if end is not None), default=None)

    def _with(self, ability: Ability) -> list[Part]:
        return [part for part in self.parts if not part.revoked and getattr(part, ability)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """One secret encryption key: a key block the library opens with, and the bodies of its packet."""

    key_id: str
    block: bytes = field(repr=False)
    public: bytes = field(repr=False)
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A key pair of ours, ready for use."""

    key: Key
    public: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    passphrase: str | None = field(repr=False, default=None)
    openers: tuple[Opener, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """A public key of the bank."""

    key: Key
    public: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """All keys of one bank's profile, and what the profile demands."""

    bank: str
    settings: PgpSettings
    ours: tuple[Own, ...]
    theirs: tuple[Theirs, ...]

    @property
    def signing(self) -> Own | None:
        """Our key that signs now, if the profile signs."""
        wanted = self.settings.signing
        return next((one for one in self.ours if wanted and one.key.fingerprint == wanted.fingerprint), None)

    @property
    def encryption(self) -> Theirs | None:
        """The bank's key that is encrypted to now, if the profile encrypts."""
        wanted = self.settings.encryption
        return next((one for one in self.theirs if wanted and one.key.fingerprint == wanted.fingerprint), None)


def ring(bank: str, settings: PgpSettings, secrets: Secrets) -> KeyRing:
    """Reads every key of a profile. Raises ``Refused`` with what is wrong with the first one that cannot be used."""
    return KeyRing(
        bank=bank,
        settings=settings,
        ours=tuple(own(bank, one, secrets) for one in settings.our_keys),
        theirs=tuple(theirs(bank, one, secrets) for one in settings.bank_keys),
    )


def own(bank: str, named: OurKey, secrets: Secrets) -> Own:
    """One key pair of ours. Its passphrase is not tried before it is used."""
    text = _text(bank, named.secret, secrets)
    passphrase = _text(bank, named.passphrase, secrets) if named.passphrase is not None else None
    try:
        tsk = pysequoia.Tsk.from_bytes(text.encode())
        public = bytes(tsk.extract_certificate())
        packets = list(PacketPile.from_bytes(bytes(tsk)))
    except Exception as err:  # the library says everything with RuntimeError and its like
        raise Refused(f"{named.secret} is not an OpenPGP key.", bank=bank, detail=str(err)) from err
    if not any(packet.tag in SECRET for packet in packets):
        raise Refused(f"{named.secret} holds no secret key: export it with --export-secret-keys.", bank=bank)
    key = facts(public)
    _prove(bank, named.secret, key, named.fingerprint)
    return Own(
        key=key, public=public, secret=bytes(tsk), passphrase=passphrase, openers=tuple(_openers(key, public, packets))
    )


def theirs(bank: str, named: BankKey, secrets: Secrets) -> Theirs:
    """One public key of the bank."""
    text = _text(bank, named.public, secrets)
    try:
        certs = pysequoia.Cert.split_bytes(text.encode())
        public = bytes(certs[0])
    except Exception as err:  # as above, and IndexError where there is none
        raise Refused(f"{named.public} is not an OpenPGP key.", bank=bank, detail=str(err)) from err
    if len(certs) != 1:
        raise Refused(f"{named.public} holds {len(certs)} keys: one file for each is needed.", bank=bank)
    key = facts(public)
    _prove(bank, named.public, key, named.fingerprint)
    return Theirs(key=key, public=public)


def _text(bank: str, reference: str, secrets: Secrets) -> str:
    try:
        return secrets(reference)
    except SecretMissing as err:
        raise Refused(str(err), bank=bank) from err


def _prove(bank: str, reference: str, key: Key, wanted: str) -> None:
    if key.fingerprint != wanted:
        raise Refused(
            f"{reference} is the key {key.fingerprint}, and the profile names {wanted}: was the file exchanged?",
            bank=bank,
        )


def facts(public: bytes) -> Key:
    """What a public key block (binary) says about itself."""
    cert = pysequoia.Cert.from_bytes(public)
    packets = list(PacketPile.from_bytes(public))
    names = cert.user_ids
    return Key(
        fingerprint=cert.fingerprint,
        title=str(names[0]) if names else "",
        ends_at=cert.expiration,
        revoked=cert.is_revoked,
        parts=tuple(_parts(cert, packets)),
    )


def _parts(cert: pysequoia.Cert, packets: list[Packet]) -> Iterator[Part]:
    for place, packet in enumerate(packets):
        if packet.tag not in PRIMARY and packet.tag not in SUBKEY:
            continue
        said = _said(packets[place + 1 :], primary=packet.tag in PRIMARY, owner=cert.fingerprint)
        last = max(said, key=_when, default=None)
        flags = last.key_flags if last is not None else None
        created, lasts = packet.key_created, last.key_validity_period if last is not None else None
        assert created is not None, "a key packet says when it was made"
        ends = cert.expiration if packet.tag in PRIMARY else created + lasts if lasts else None
        yield Part(
            fingerprint=packet.fingerprint or "",
            key_id=packet.key_id or "",
            signs=flags is not None and flags.signing,
            encrypts=flags is not None and (flags.transport_encryption or flags.storage_encryption),
            created_at=created,
            ends_at=min((end for end in (ends, cert.expiration) if end is not None), default=None),
            revoked=cert.is_revoked or any(one.signature_type == SignatureType.SubkeyRevocation for one in _own(
                packets[place + 1 :], owner=cert.fingerprint, primary=packet.tag in PRIMARY
            )),
        )  # fmt: skip


def _own(packets: list[Packet], *, owner: str, primary: bool) -> Iterator[Packet]:
    """The signatures that belong to a key: for a subkey those right after it, for the primary key all up to the first
    subkey, and of those only what the owner says of himself.
    """
    for packet in packets:
        if packet.tag in SUBKEY or packet.tag in PRIMARY:
            return
        issuers = (packet.issuer_fingerprint, packet.issuer_key_id)
        if packet.tag == Tag.Signature and (not primary or owner in issuers or owner[-16:] in issuers):
            yield packet


def _said(packets: list[Packet], *, owner: str, primary: bool) -> list[Packet]:
    """The owner's own words on what a key is for and until when."""
    kinds = OWN_WORDS if primary else (SignatureType.SubkeyBinding,)
    return [one for one in _own(packets, owner=owner, primary=primary) if one.signature_type in kinds]


def _when(signature: Packet) -> Any:
    """When a signature was made, and whether it says what the key is for (of two at one moment that one counts)."""
    created = signature.signature_created
    return (created.timestamp() if created is not None else 0, signature.key_flags is not None)


def _openers(key: Key, public: bytes, packets: list[Packet]) -> Iterator[Opener]:
    bodies = {packet.fingerprint: packet.body for packet in PacketPile.from_bytes(public) if packet.fingerprint}
    secrets = {packet.fingerprint: packet.body for packet in packets if packet.tag in SECRET}
    for part in key.parts:
        if part.encrypts and part.fingerprint in secrets:
            body, secret = bodies[part.fingerprint], secrets[part.fingerprint]
            block = b"".join(bytes(packet) for packet in packets)
            if secret[0] == FOURTH:
                block = pgp_packets.framed(secret, body, part.created_at)
            yield Opener(key_id=part.key_id, block=block, public=body, secret=secret)
