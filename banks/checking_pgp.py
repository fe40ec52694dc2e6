"""Trials of OpenPGP with a bank: each key with its days left, and a message sealed and opened with our own keys."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from banks.errors import Refused
from banks.secrets import Secrets
from banks.security import pgp, pgp_keys
from banks.security.pgp_keys import Ability, Key, KeyRing, Own, Theirs
from banks.settings import BankProfile
from banks.settings_pgp import BankKey, PgpSettings
from banks.trial import Trial

PROBE = b"payhub probe\n"


def of_profile(profile: BankProfile, secrets: Secrets, at: datetime) -> Iterator[Trial]:
    """The trials of a whole profile; none where it has no ``[pgp]``."""
    if profile.pgp is not None:
        yield from trials(profile.name, profile.pgp, secrets, at=at)


def trials(bank: str, settings: PgpSettings, secrets: Secrets, *, at: datetime) -> Iterator[Trial]:
    """Every key in the order of the profile, then the trial message, if the keys can be used at all."""
    ours: list[Own] = []
    for named in settings.our_keys:
        try:
            found = pgp_keys.own(bank, named, secrets)
        except Refused as err:
            yield _unusable("our PGP key", err)
            continue
        ours.append(found)
        needed: tuple[Ability, ...] = ("signs",) if named == settings.signing else ()
        yield _key("our PGP key", found.key, needed, named.current, settings, at)
    theirs: list[Theirs] = []
    for known in settings.bank_keys:
        try:
            read = pgp_keys.theirs(bank, known, secrets)
        except Refused as err:
            yield _unusable("bank's PGP key", err)
            continue
        theirs.append(read)
        wanted: tuple[Ability, ...] = ("encrypts",) if known == settings.encryption else ()
        yield _key("bank's PGP key", read.key, wanted, known.current, settings, at)
    if len(ours) == len(settings.our_keys) and len(theirs) == len(settings.bank_keys):
        yield _round(KeyRing(bank=bank, settings=settings, ours=tuple(ours), theirs=tuple(theirs)), at)


def _unusable(what: str, err: Refused) -> Trial:
    advice = "Export the key again, armoured, and compare its whole fingerprint with the profile."
    return Trial(what=what, ok=False, found=err.message, advice=advice)


def _key(what: str, key: Key, needed: tuple[Ability, ...], current: bool, settings: PgpSettings, at: datetime) -> Trial:
    able = {"sign": key.able("signs", at), "be encrypted to": key.able("encrypts", at)}
    missing = [ability for ability in needed if not key.able(ability, at)]
    can = " and ".join(word for word, fine in able.items() if fine)
    last = key.last_day()
    days = (last - at).days if last is not None else None
    left = "has no end" if days is None else f"{days} days left"
    state = "current" if current else "kept beside the current one"
    found = f"{key.fingerprint} ({key.title}), {state}, can {can or 'do nothing'}, {left}"
    if key.revoked:
        found += ", revoked"
    advice = ""
    if missing or (key.revoked and current):
        advice = "It cannot do what the profile needs it for: put the next key there (runbook key-expires)."
    elif days is not None and days < max(settings.warn_days):
        advice = "It ends soon: agree on the next key with the bank now (runbook key-expires)."
    return Trial(what=what, ok=not missing and not (key.revoked and current), found=found, advice=advice)


def _round(keys: KeyRing, at: datetime) -> Trial:
    """Seals for ourselves what the profile would seal for the bank, and opens it as if the bank had sent it."""
    me = keys.signing or next(iter(keys.ours), None)
    if me is None:
        return Trial(what="PGP trial", ok=None, found="not tried: the profile has no key of ours")
    encrypts = me.key.able("encrypts", at)
    mirrored = Theirs(key=me.key, public=me.public)
    settings = replace(
        keys.settings,
        bank_keys=(BankKey(fingerprint=me.key.fingerprint, public="", current=True),),
        encrypt=encrypts,
        require_signature=keys.settings.sign,
    )
    mine = replace(keys, settings=settings, theirs=(mirrored,))
    if not settings.sign and not encrypts:
        return Trial(what="PGP trial", ok=None, found="not tried: our key neither signs nor is it encrypted to")
    try:
        sealed = pgp.seal(PROBE, mine, at=at)
        opened = pgp.open_pgp(sealed.content, mine, size_max=len(PROBE))
    except Refused as err:
        advice = "Check the passphrase and that the file holds the secret part of the key."
        return Trial(what="PGP trial", ok=False, found=err.message, advice=advice)
    fine = opened.content == PROBE
    done = " and ".join(word for word, act in (("signed", settings.sign), ("encrypted", encrypts)) if act)
    return Trial(what="PGP trial", ok=fine, found=f"a message to ourselves was {done}, and opened again")
