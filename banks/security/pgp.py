"""OpenPGP with a bank: seals the files that go there, and opens and proves the documents that come back.

What cannot be done is ``Refused``, in a sentence for the person who must act: nothing was handed over, nothing is
believed. A signature counts only when the whole fingerprint of its key is one the profile names.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from banks.errors import Refused
from banks.security import pgp_packets, pgp_process
from banks.security.pgp_keys import KeyRing, Opener, Own, Theirs
from banks.security.pgp_packets import ANYBODY, is_message

__all__ = ["Opened", "Sealed", "is_message", "open_pgp", "seal"]

BY_HAND = ("Unexpected message structure", "Malformed Message")
"""What the library says of a signature under compression, and of bzip2, which it was built without."""
NOT_THIS_KEY = "No key to decrypt"
REASONS = (
    ("nesting depth", "it is packed into itself too many times"),
    ("secret key is not encrypted", "our key has no passphrase, but the profile names one"),
    ("secret key material is encrypted", "our key needs a passphrase, and the profile names none"),
    ("No suitable", "our key cannot do it: it has ended, was revoked, or its secret part is not in the file"),
    (NOT_THIS_KEY, "none of our keys opens it"),
    ("manipulated", "it was changed or cut off on its way"),
    ("Missing session key", "none of our keys opens it, or it was changed on its way"),
    ("not considered secure", "it is made in an old way that protects nothing: ask the bank to renew its settings"),
    ("Malformed", "it is not whole, or not a message at all"),
    ("Truncated", "it is cut off"),
    ("EOF", "it is cut off"),
    ("signature", "its signature is not proven"),
    ("Signature", "its signature is not proven"),
)
"""What the library says, and what that means for the person who must act; the first that fits is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The bytes as they go to the bank, and the fingerprints of the keys that were used."""

    content: bytes = field(repr=False)
    signed_by: str | None
    encrypted_to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What was inside. ``signer`` is the fingerprint of the bank's key, proven, or None where none was asked for;
    ``opened_by`` the key id of ours that opened it, or None where it was not encrypted.
    """

    content: bytes = field(repr=False)
    signer: str | None
    opened_by: str | None


def seal(data: bytes, keys: KeyRing, *, at: datetime) -> Sealed:
    """Signs with our current key and encrypts to the bank's, as the profile says. Random: never twice the same."""
    signer, recipient = keys.signing, keys.encryption
    if signer is not None and not signer.key.able("signs", at):
        raise Refused(_unable("Our signing key", signer, "sign"), bank=keys.bank)
    if recipient is not None and not recipient.key.able("encrypts", at):
        raise Refused(_unable("The bank's key", recipient, "be encrypted to"), bank=keys.bank)
    order = {
        "act": "seal",
        "key": _text(signer.secret) if signer is not None else None,
        "passphrase": signer.passphrase if signer is not None else None,
        "certs": [_text(recipient.public)] if recipient is not None else [],
        "armour": keys.settings.armour,
    }
    try:
        content, _ = pgp_process.run(order, data)
    except pgp_process.Failed as err:
        raise Refused(f"The file cannot be sealed: {_why(err)}.", bank=keys.bank, detail=str(err)) from err
    if not is_message(content):
        raise Refused("The file cannot be sealed: what came out is not an OpenPGP message.", bank=keys.bank)
    return Sealed(
        content=content,
        signed_by=signer.key.fingerprint if signer is not None else None,
        encrypted_to=(recipient.key.fingerprint,) if recipient is not None else (),
    )


def open_pgp(data: bytes, keys: KeyRing, *, size_max: int) -> Opened:
    """Opens a message with whichever key of ours it is for, and proves its signature where the profile asks for one.

    Raises ``Refused``; among the reasons is that more than ``size_max`` bytes are inside, and then it was stopped
    while it unpacked.
    """
    head = pgp_packets.head(data)
    if head.signature_only:
        raise Refused(
            "This is a signature on its own or a text signed in the clear; only whole messages are taken: signed, "
            "encrypted, or both.", bank=keys.bank,
        )  # fmt: skip
    if not head.encrypted:
        return _opened(data, keys, None, None, size_max)
    tried = _candidates(keys, head)
    for number, (owner, opener) in enumerate(tried, 1):
        try:
            return _opened(data, keys, owner, opener, size_max)
        except Refused as err:
            if number == len(tried) or NOT_THIS_KEY not in err.detail:
                raise
    raise AssertionError("there is a candidate, or it was refused")


def _candidates(keys: KeyRing, head: pgp_packets.Head) -> list[tuple[Own, Opener]]:
    """Our keys the message is for; all of them where it does not name whom it is for."""
    ours = [(owner, opener) for owner in keys.ours for opener in owner.openers]
    named = [one for one in ours if one[1].key_id in head.recipients]
    found = named or (ours if ANYBODY in head.recipients else [])
    if found:
        return found
    if head.password and not head.recipients:
        raise Refused("The document is encrypted with a password; only encryption to our key is taken.", bank=keys.bank)
    raise Refused(
        f"The document is encrypted to {', '.join(head.recipients) or 'nobody'}, and our keys are "
        f"{', '.join(opener.key_id for _, opener in ours) or 'none'}: does the bank have our current key?",
        bank=keys.bank,
    )


def _opened(data: bytes, keys: KeyRing, owner: Own | None, opener: Opener | None, size_max: int) -> Opened:
    demanded = keys.settings.require_signature
    order = {
        "act": "open",
        "key": _text(opener.block) if opener is not None else None,
        "parts": [_text(opener.public), _text(opener.secret)] if opener is not None else None,
        "passphrase": owner.passphrase if owner is not None else None,
        "certs": [_text(one.public) for one in keys.theirs],
        "verify": demanded,
        "size_max": size_max,
    }
    try:
        content, signers = _run(order, data, size_max)
    except pgp_process.TooLarge:
        raise Refused(
            f"The document unpacks to more than {size_max} bytes: it was stopped. If it is meant to be that large, "
            "raise size_max in the profile.", bank=keys.bank,
        ) from None  # fmt: skip
    except pgp_process.Failed as err:
        raise Refused(f"The document cannot be opened: {_why(err)}.", bank=keys.bank, detail=str(err)) from err
    known = [one.key.fingerprint for one in keys.theirs if one.key.fingerprint in signers]
    if demanded and not known:
        raise Refused("The signature of the bank's document could not be verified.", bank=keys.bank)
    return Opened(
        content=content,
        signer=known[0] if demanded else None,
        opened_by=opener.key_id if opener is not None else None,
    )


def _run(order: Mapping[str, object], data: bytes, size_max: int) -> tuple[bytes, tuple[str, ...]]:
    """By the library where it can, and with the wrapping taken off by hand where it cannot."""
    try:
        return pgp_process.run(order, data, size_max=size_max)
    except pgp_process.Failed as err:
        if not any(words in str(err) for words in BY_HAND):
            raise
    return pgp_process.run({**order, "act": "open by hand"}, data, size_max=size_max)


def _unable(whose: str, one: Own | Theirs, act: str) -> str:
    key = one.key
    if key.revoked:
        return f"{whose} {key.fingerprint} was revoked: put the next one into the profile."
    end = key.last_day()
    why = f"it ended on {end:%Y-%m-%d}" if end is not None else "it is not meant for that"
    return f"{whose} {key.fingerprint} cannot {act}: {why}. Put the next one into the profile."


def _why(failure: pgp_process.Failed) -> str:
    said = str(failure)
    return next((meaning for words, meaning in REASONS if words in said), said)


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
