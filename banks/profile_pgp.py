"""The table ``[pgp]`` of a bank's profile, read strictly."""

import string

from banks.settings_pgp import WARN_DAYS, BankKey, OurKey, PgpSettings
from banks.strict import Table

FINGERPRINT_DIGITS = (40, 64)
"""Of version 4 and version 6 keys. A short key id is no proof: many keys can be made to have it."""
WARN_DAYS_MAX = 365


def pgp(table: Table) -> PgpSettings:
    """OpenPGP with a bank; what could not be read has a stand-in value and a line in ``table.problems``."""
    read_ = PgpSettings(
        our_keys=_ours(table),
        bank_keys=_banks(table),
        sign=table.flag("sign", default=True),
        encrypt=table.flag("encrypt", default=True),
        armour=table.flag("armour", default=False),
        require_signature=table.flag("require_signature", default=True),
        warn_days=_warn_days(table),
    )
    _one_current(table, "our_keys", read_.our_keys, needed=read_.sign, why="sign = true needs a key that signs")
    _one_current(
        table, "bank_keys", read_.bank_keys, needed=read_.encrypt, why="encrypt = true needs a key to encrypt to"
    )
    if not read_.sign and not read_.encrypt:
        table.complain("sign", "sign and encrypt are both false: leave the whole table [pgp] out instead")
    if read_.require_signature and not read_.bank_keys:
        table.complain("bank_keys", "require_signature = true needs at least one [[pgp.bank_keys]] to prove it with")
    table.close()
    return read_


def _ours(table: Table) -> tuple[OurKey, ...]:
    found = table.tables("our_keys")
    keys = []
    for one in found:
        keys.append(
            OurKey(
                fingerprint=_fingerprint(one),
                secret=one.secret("secret", required=True) or "",
                passphrase=one.secret("passphrase"),
                current=one.flag("current", default=len(found) == 1),
            )
        )
        one.close()
    return tuple(keys)


def _banks(table: Table) -> tuple[BankKey, ...]:
    found = table.tables("bank_keys")
    keys = []
    for one in found:
        keys.append(
            BankKey(
                fingerprint=_fingerprint(one),
                public=one.secret("public", required=True) or "",
                current=one.flag("current", default=len(found) == 1),
            )
        )
        one.close()
    return tuple(keys)


def _fingerprint(table: Table) -> str:
    """In full and written as ``gpg --fingerprint`` shows it, with or without its spaces."""
    text = table.text("fingerprint").replace(" ", "")
    if text and (len(text) not in FINGERPRINT_DIGITS or any(letter not in string.hexdigits for letter in text)):
        table.complain("fingerprint", f"{text[:20]!r} is not a whole fingerprint (40 or 64 hexadecimal digits)")
    return text.lower()


def _one_current(
    table: Table, key: str, keys: tuple[OurKey, ...] | tuple[BankKey, ...], *, needed: bool, why: str
) -> None:
    names = [one.fingerprint for one in keys]
    for twice in sorted({name for name in names if name and names.count(name) > 1}):
        table.complain(key, f"{twice} is there twice")
    current = sum(one.current for one in keys)
    if current > 1 or (needed and current != 1):
        table.complain(key, f"exactly one must say current = true ({why}); {current} of {len(keys)} do")


def _warn_days(table: Table) -> tuple[int, ...]:
    table.taken.add("warn_days")
    found = table.content.get("warn_days", list(WARN_DAYS))
    fine = isinstance(found, list) and all(type(day) is int and 1 <= day <= WARN_DAYS_MAX for day in found)
    if not fine or not found:
        table.complain("warn_days", f"must be a list of whole days from 1 to {WARN_DAYS_MAX}, such as [60, 30, 7]")
        return WARN_DAYS
    return tuple(sorted(set(found), reverse=True))
