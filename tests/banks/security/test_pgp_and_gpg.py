"""Both ways against ``gpg``, the program most banks have: what one side makes the other reads."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from banks.errors import Refused
from banks.security import pgp
from banks.settings_pgp import BankKey, OurKey, PgpSettings
from tests import gpg
from tests.pgp_keys import Drawer, ring

pytestmark = [pytest.mark.server, pytest.mark.slow]
NOW = datetime.now(UTC)
ORDER = b"<Document>" + b"a payment " * 5_000 + b"</Document>"
PHRASE = "correct horse"
OUR_KINDS = [
    ("rsa2048", ""),
    ("rsa3072", PHRASE),
    ("rsa4096", ""),
    ("ed25519", ""),
    ("ed25519", PHRASE),
    ("nistp256", PHRASE),
]
PACKERS = ("none", "zip", "zlib", "bzip2")


@pytest.fixture(scope="module")
def bank():
    """A bank with its ``gpg``; our keys are made there too, which saves exporting them to us and back."""
    if not gpg.is_installed():
        pytest.skip("gpg is not installed")
    with gpg.home() as home:
        home.make("bank", "rsa3072")
        home.make("curved")
        home.make("stranger")
        home.make(name_of("ed25519", ""))
        yield home


def name_of(kind, phrase):
    return f"we-{kind}{'-locked' if phrase else ''}"


def ours(bank, drawer, kind, phrase, *, current=True):
    """A key of ours, made when it is first asked for."""
    name = name_of(kind, phrase)
    try:
        bank.fingerprint(name)
    except AssertionError:
        bank.make(name, kind, phrase)
    return OurKey(
        fingerprint=bank.fingerprint(name), secret=drawer.put(name, bank.secret(name, phrase)), current=current,
        passphrase=drawer.put(f"{name}-phrase", phrase) if phrase else None,
    )  # fmt: skip


def theirs(bank, drawer, name="bank", *, current=True):
    return BankKey(fingerprint=bank.fingerprint(name), public=drawer.put(name, bank.public(name)), current=current)


def keys(bank, kind="ed25519", phrase="", *, bank_key="bank", **more):
    drawer = Drawer()
    settings = PgpSettings(our_keys=(ours(bank, drawer, kind, phrase),), bank_keys=(theirs(bank, drawer, bank_key),))
    return ring(replace(settings, **more), drawer)


def banks_answer(bank, *words, kind="ed25519", phrase="", signer="bank", data=ORDER):
    return bank("-u", f"{signer}@example.com", "-r", f"{name_of(kind, phrase)}@example.com", *words, data=data)


@pytest.mark.parametrize(("kind", "phrase"), OUR_KINDS)
def test_gpg_opens_what_we_seal_and_proves_our_signature(bank, kind, phrase):
    for armour, bank_key in ((False, "bank"), (True, "curved")):
        sealed = pgp.seal(ORDER, keys(bank, kind, phrase, armour=armour, bank_key=bank_key), at=NOW)
        content, signers = bank.open(sealed.content)
        assert content == ORDER
        assert signers == [sealed.signed_by]


@pytest.mark.parametrize(("kind", "phrase"), OUR_KINDS)
@pytest.mark.parametrize("packer", PACKERS)
def test_what_gpg_signs_and_encrypts_is_opened_and_proven(bank, kind, phrase, packer):
    found = keys(bank, kind, phrase)
    for words in (["--armor"], []):
        sealed = banks_answer(bank, "--compress-algo", packer, *words, "-s", "-e", kind=kind, phrase=phrase)
        opened = pgp.open_pgp(sealed, found, size_max=1 << 20)
        assert (opened.content, opened.signer) == (ORDER, bank.fingerprint("bank"))
        assert opened.opened_by is not None


@pytest.mark.parametrize("packer", PACKERS)
def test_what_gpg_signs_or_encrypts_only_is_taken_as_the_profile_says(bank, packer):
    found = keys(bank)
    signed = bank("-u", "bank@example.com", "--compress-algo", packer, "-s", data=ORDER)
    opened = pgp.open_pgp(signed, found, size_max=1 << 20)
    assert (opened.content, opened.signer, opened.opened_by) == (ORDER, bank.fingerprint("bank"), None)
    encrypted = bank("-r", f"{name_of('ed25519', '')}@example.com", "--compress-algo", packer, "-e", data=ORDER)
    with pytest.raises(Refused, match="signature is not proven"):
        pgp.open_pgp(encrypted, found, size_max=1 << 20)
    lax = keys(bank, require_signature=False)
    assert pgp.open_pgp(encrypted, lax, size_max=1 << 20).content == ORDER


@pytest.mark.parametrize("cipher", ["AES", "AES192", "AES256"])
def test_every_aes_is_opened_also_under_compression(bank, cipher):
    found = keys(bank)
    sealed = banks_answer(bank, "--cipher-algo", cipher, "-s", "-e")
    assert pgp.open_pgp(sealed, found, size_max=1 << 20).content == ORDER


def test_a_stranger_is_not_believed_and_two_signatures_need_one_of_the_bank(bank):
    found = keys(bank)
    for words in (["--compress-algo", "none"], []):
        with pytest.raises(Refused, match="signature is not proven"):
            pgp.open_pgp(banks_answer(bank, *words, "-s", "-e", signer="stranger"), found, size_max=1 << 20)
        both = banks_answer(bank, *words, "-u", "stranger@example.com", "-s", "-e")
        assert pgp.open_pgp(both, found, size_max=1 << 20).signer == bank.fingerprint("bank")


def test_a_recipient_that_is_not_named_is_found_by_trying(bank):
    drawer = Drawer()
    settings = PgpSettings(
        our_keys=(ours(bank, drawer, "rsa2048", ""), ours(bank, drawer, "ed25519", "", current=False)),
        bank_keys=(theirs(bank, drawer),),
    )
    sealed = bank("-u", "bank@example.com", "-R", "we-ed25519@example.com", "-s", "-e", data=ORDER)
    assert pgp.open_pgp(sealed, ring(settings, drawer), size_max=1 << 20).content == ORDER


def test_a_second_encryption_subkey_opens_and_so_does_the_first(bank):
    bank.make("we-two")
    fingerprint = bank.fingerprint("we-two")
    listed = bank("--with-colons", "--with-subkey-fingerprint", "--list-keys", fingerprint).decode().splitlines()
    first = [line.split(":")[9] for line in listed if line.startswith("fpr")][-1]
    bank.add(fingerprint, "rsa2048", "encr")
    listed = bank("--with-colons", "--with-subkey-fingerprint", "--list-keys", fingerprint).decode().splitlines()
    second = next(
        line.split(":")[9] for line in listed if line.startswith("fpr")
        and line.split(":")[9] not in {first, fingerprint.upper()}
    )  # fmt: skip
    drawer = Drawer()
    mine = OurKey(fingerprint=fingerprint, secret=drawer.put("two", bank.secret("we-two")), current=True)
    found = ring(PgpSettings(our_keys=(mine,), bank_keys=(theirs(bank, drawer),)), drawer)
    for subkey in (first, second):
        sealed = bank("-u", "bank@example.com", "-r", f"{subkey}!", "-s", "-e", data=ORDER)
        assert pgp.open_pgp(sealed, found, size_max=1 << 20).opened_by == subkey[-16:].lower()


def test_a_key_of_ours_that_has_ended_still_opens_what_came_before(bank):
    bank("--faked-system-time", "20250101T000000", "--quick-generate-key", "we-ended <we-ended@example.com>", "ed25519",
         "sign,cert", "30d")  # fmt: skip
    fingerprint = bank.fingerprint("we-ended")
    bank("--faked-system-time", "20250101T001000", "--quick-add-key", fingerprint, "cv25519", "encr", "30d")
    words = ["--faked-system-time", "20250110T000000", "-r", "we-ended@example.com", "-e"]
    drawer = Drawer()
    mine = OurKey(fingerprint=fingerprint, secret=drawer.put("ended", bank.secret("we-ended")), current=True)
    found = ring(PgpSettings(our_keys=(mine,), bank_keys=(theirs(bank, drawer),), require_signature=False), drawer)
    for packer in PACKERS:
        sealed = bank("--compress-algo", packer, *words, data=ORDER)
        assert pgp.open_pgp(sealed, found, size_max=1 << 20).content == ORDER
    with pytest.raises(Refused, match="it ended on 2025-01-31"):
        pgp.seal(ORDER, found, at=NOW)


def test_a_wrong_passphrase_and_a_missing_one_are_told_apart(bank):
    drawer = Drawer()
    locked = ours(bank, drawer, "ed25519", PHRASE)
    settings = PgpSettings(our_keys=(locked,), bank_keys=(theirs(bank, drawer),))
    sealed = banks_answer(bank, "-s", "-e", phrase=PHRASE)
    drawer.put(f"{name_of('ed25519', PHRASE)}-phrase", "wrong")
    with pytest.raises(Refused, match="passphrase of our key is wrong"):
        pgp.seal(ORDER, ring(settings, drawer), at=NOW)
    with pytest.raises(Refused, match="passphrase of our key is wrong"):
        pgp.open_pgp(sealed, ring(settings, drawer), size_max=1 << 20)
    bare = replace(settings, our_keys=(replace(locked, passphrase=None),))
    with pytest.raises(Refused, match="needs a passphrase"):
        pgp.seal(ORDER, ring(bare, drawer), at=NOW)
    with pytest.raises(Refused, match="needs a passphrase"):
        pgp.open_pgp(sealed, ring(bare, drawer), size_max=1 << 20)


def test_a_message_without_proof_of_being_unchanged_is_refused(bank):
    old = banks_answer(bank, "--rfc2440", "-s", "-e")
    with pytest.raises(Refused, match="an old way that protects nothing"):
        pgp.open_pgp(old, keys(bank), size_max=1 << 20)


def test_a_changed_or_cut_message_of_gpg_is_refused_under_compression_too(bank):
    for packer in PACKERS:
        whole = banks_answer(bank, "--compress-algo", packer, "-s", "-e")
        for cut in (len(whole) // 2, len(whole) - 1):
            with pytest.raises(Refused):
                pgp.open_pgp(whole[:cut], keys(bank), size_max=1 << 20)
        changed = bytearray(whole)
        changed[len(whole) * 3 // 4] ^= 1
        with pytest.raises(Refused):
            pgp.open_pgp(bytes(changed), keys(bank), size_max=1 << 20)


def test_a_detached_signature_of_gpg_is_not_taken(bank):
    for words in (["--armor"], []):
        alone = bank("-u", "bank@example.com", *words, "--detach-sign", data=ORDER)
        with pytest.raises(Refused, match="only whole messages are taken"):
            pgp.open_pgp(alone, keys(bank), size_max=1 << 20)
