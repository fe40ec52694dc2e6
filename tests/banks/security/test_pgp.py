"""Seals and opens with keys the library made; ``test_pgp_and_gpg`` does the same against the program banks use."""

import bz2
import hashlib
import os
import subprocess
import threading
import zlib
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysequoia
import pytest

from banks.errors import Refused
from banks.security import pgp, pgp_process
from banks.settings_pgp import PgpSettings
from tests.pgp_keys import Drawer, fingerprint, made, ours, ring, theirs

NOW = datetime.now(UTC)
MIB = 1 << 20
ORDER = b"<Document>" + b"a payment " * 1_000 + b"</Document>"
WE, OLD, BANK, FORMER, STRANGER = (made(name) for name in ("We", "We before", "Bank", "Bank before", "Stranger"))


def keys(**more):
    drawer = Drawer()
    settings = PgpSettings(
        our_keys=(ours(drawer, "WE", WE), ours(drawer, "OLD", OLD, current=False)),
        bank_keys=(theirs(drawer, "BANK", BANK), theirs(drawer, "FORMER", FORMER, current=False)),
    )
    return ring(replace(settings, **more), drawer)


def banks_own():
    """The ring the bank has: its key opens, ours signs."""
    drawer = Drawer()
    return ring(PgpSettings(our_keys=(ours(drawer, "B", BANK),), bank_keys=(theirs(drawer, "W", WE),)), drawer)


def from_bank(content=ORDER, signer=BANK, recipient=WE):
    return pysequoia.encrypt(content, [recipient.extract_certificate()], signer and signer.signer(), armor=False)


def compressed(message):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packed(b"\x01" + packer.compress(message) + packer.flush())


def squeezed(message):
    """By bzip2, which the library leaves to us."""
    return packed(b"\x03" + bz2.compress(message))


def packed(body):
    return b"\xc8\xff" + len(body).to_bytes(4) + body


def refused(data, ring=None, size_max=MIB):
    with pytest.raises(Refused) as caught:
        pgp.open_pgp(data, ring or keys(), size_max=size_max)
    assert caught.value.bank == "bank"
    return caught.value.message


class Children:
    """The most memory a child process was seen with: looked up while it runs, for the system's own count of a child
    that was ended includes what its parent had when it was forked.
    """

    def __init__(self):
        self.most_kb = 0

    def look(self, pid, ended):
        while not ended.wait(0.005):
            try:
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            except OSError:
                return
            if any(line.startswith("Name:\tpython") for line in lines):
                found = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
                self.most_kb = max(self.most_kb, *found, 0)


@contextmanager
def children(monkeypatch):
    seen, ended, real = Children(), threading.Event(), subprocess.Popen
    threads = []

    def started(*words, **options):
        child = real(*words, **options)
        threads.append(threading.Thread(target=seen.look, args=(child.pid, ended)))
        threads[-1].start()
        return child

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", started)
        yield seen
    ended.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("armour", [True, False])
def test_what_we_seal_the_bank_opens_and_finds_signed_by_us(armour):
    sealed = pgp.seal(ORDER, keys(armour=armour), at=NOW)
    assert sealed.content.startswith(b"-----BEGIN PGP MESSAGE-----") == armour
    assert (sealed.signed_by, sealed.encrypted_to) == (fingerprint(WE), (fingerprint(BANK),))
    opened = pgp.open_pgp(sealed.content, banks_own(), size_max=MIB)
    assert (opened.content, opened.signer) == (ORDER, fingerprint(WE))


def test_sealing_twice_gives_other_bytes():
    assert pgp.seal(ORDER, keys(), at=NOW).content != pgp.seal(ORDER, keys(), at=NOW).content


def test_a_profile_that_only_signs_encrypts_to_nobody():
    sealed = pgp.seal(ORDER, keys(encrypt=False), at=NOW)
    assert sealed.encrypted_to == ()
    assert pgp.open_pgp(sealed.content, banks_own(), size_max=MIB).opened_by is None


def test_a_profile_that_only_encrypts_signs_nothing():
    sealed = pgp.seal(ORDER, keys(sign=False), at=NOW)
    assert sealed.signed_by is None
    assert refused(sealed.content, banks_own()) == "The document cannot be opened: its signature is not proven."


@pytest.mark.parametrize("signer", [BANK, FORMER])
@pytest.mark.parametrize("recipient", [WE, OLD])
def test_current_and_earlier_keys_of_both_sides_count(signer, recipient):
    opened = pgp.open_pgp(from_bank(signer=signer, recipient=recipient), keys(), size_max=MIB)
    assert (opened.content, opened.signer) == (ORDER, fingerprint(signer))


@pytest.mark.parametrize(
    "data",
    [
        from_bank(signer=None), from_bank(signer=STRANGER), from_bank(signer=WE),
        pysequoia.sign(STRANGER.signer(), ORDER, armor=False), compressed(from_bank(signer=STRANGER)),
        compressed(pysequoia.sign(STRANGER.signer(), ORDER, armor=False)),
        squeezed(pysequoia.sign(STRANGER.signer(), ORDER, armor=False)),
    ],
    ids=["unsigned", "stranger", "ourselves", "stranger-open", "stranger-packed", "stranger-open-packed",
         "stranger-squeezed"],
)  # fmt: skip
def test_unsigned_or_signed_by_somebody_else_is_never_accepted_where_a_signature_is_demanded(data):
    assert "cannot be opened" in refused(data)


def test_where_no_signature_is_demanded_none_is_looked_at():
    lax = keys(require_signature=False)
    assert pgp.open_pgp(from_bank(signer=None), lax, size_max=MIB).signer is None
    assert pgp.open_pgp(from_bank(signer=STRANGER), lax, size_max=MIB).content == ORDER
    packed = compressed(pysequoia.sign(STRANGER.signer(), ORDER, armor=False))
    assert pgp.open_pgp(packed, lax, size_max=MIB).content == ORDER


def test_a_message_for_somebody_else_says_for_whom_it_is():
    said = refused(from_bank(recipient=STRANGER))
    assert "encrypted to" in said
    assert "does the bank have our current key?" in said


def test_a_password_opens_nothing():
    assert "with a password" in refused(pysequoia.encrypt(ORDER, passwords=["x"], armor=False))


@pytest.mark.parametrize("mode", [pysequoia.SignatureMode.DETACHED, pysequoia.SignatureMode.CLEAR])
def test_a_lone_signature_and_a_text_signed_in_the_clear_are_not_taken(mode):
    assert "only whole messages are taken" in refused(pysequoia.sign(BANK.signer(), b"text\n", mode=mode))


def test_a_message_cut_off_or_changed_anywhere_is_refused():
    whole = from_bank()
    for cut in (1, 20, 150, 1_000, len(whole) - 1):
        assert refused(whole[:cut])
    for place in (60, 200, 1_000, len(whole) - 3):
        changed = bytearray(whole)
        changed[place] ^= 0x20
        assert refused(bytes(changed))


def test_a_message_packed_into_itself_again_and_again_is_refused():
    data = pysequoia.sign(BANK.signer(), ORDER, armor=False)
    for _ in range(20):
        data = compressed(data)
    assert "packed into itself too many times" in refused(data)


@pytest.mark.slow
@pytest.mark.parametrize("packer", [compressed, squeezed])
@pytest.mark.parametrize("require_signature", [True, False])
def test_a_bomb_is_stopped_while_it_unpacks_and_costs_little(require_signature, packer, monkeypatch):
    signed = pysequoia.sign(BANK.signer(), bytes(400 * MIB), armor=False)
    bomb = packer(signed)
    del signed
    assert len(bomb) < MIB
    with children(monkeypatch) as seen:
        said = refused(bomb, keys(require_signature=require_signature), size_max=10 * MIB)
    assert "unpacks to more than 10485760 bytes: it was stopped" in said
    assert 0 < seen.most_kb < 200 * 1024


def test_a_document_of_just_the_size_allowed_is_opened():
    assert pgp.open_pgp(from_bank(), keys(), size_max=len(ORDER)).content == ORDER
    assert "more than" in refused(from_bank(), size_max=len(ORDER) - 1)
    packed = compressed(pysequoia.sign(BANK.signer(), ORDER, armor=False))
    assert pgp.open_pgp(packed, keys(), size_max=len(ORDER)).content == ORDER
    assert "more than" in refused(packed, size_max=len(ORDER) - 1)


def test_a_key_that_ended_seals_nothing_and_is_named():
    later = NOW + timedelta(days=40)
    for whose, settings in (("WE", "our_keys"), ("BANK", "bank_keys")):
        drawer = Drawer()
        short = made("Short", days=30)
        found = PgpSettings(our_keys=(ours(drawer, "O", WE),), bank_keys=(theirs(drawer, "T", BANK),))
        swap = ours(drawer, "S", short) if whose == "WE" else theirs(drawer, "S", short)
        tested = ring(replace(found, **{settings: (swap,)}), drawer)
        assert pgp.seal(ORDER, tested, at=NOW).content
        with pytest.raises(Refused, match="it ended on") as caught:
            pgp.seal(ORDER, tested, at=later)
        assert fingerprint(short) in caught.value.message


def test_a_revoked_key_seals_nothing_and_proves_nothing():
    cert = BANK.extract_certificate()
    revoked = pysequoia.Cert.from_bytes(bytes(cert) + bytes(cert.revoke(BANK.certifier())))
    drawer = Drawer()
    settings = PgpSettings(our_keys=(ours(drawer, "O", WE),), bank_keys=(theirs(drawer, "T", BANK),))
    drawer.put("T_PUBLIC", str(revoked))
    with pytest.raises(Refused, match="was revoked"):
        pgp.seal(ORDER, ring(settings, drawer), at=NOW)
    assert "cannot be opened" in refused(from_bank(), ring(settings, drawer))


def test_a_key_file_that_was_exchanged_is_noticed():
    drawer = Drawer()
    settings = PgpSettings(our_keys=(ours(drawer, "O", WE),), bank_keys=(theirs(drawer, "T", BANK),))
    drawer.put("T_PUBLIC", str(STRANGER.extract_certificate()))
    with pytest.raises(Refused, match="was the file exchanged"):
        ring(settings, drawer)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("O_SECRET", "nonsense", "is not an OpenPGP key"),
        ("O_SECRET", str(WE.extract_certificate()), "holds no secret key"),
        ("T_PUBLIC", "nonsense", "is not an OpenPGP key"),
    ],
)
def test_a_file_that_is_no_such_key_is_told_by_its_reference(name, text, told):
    drawer = Drawer()
    settings = PgpSettings(our_keys=(ours(drawer, "O", WE),), bank_keys=(theirs(drawer, "T", BANK),))
    drawer.put(name, text)
    with pytest.raises(Refused, match=told) as caught:
        ring(settings, drawer)
    assert f"env:{name}" in caught.value.message


def test_secrets_are_not_shown():
    shown = repr(keys()) + repr(pgp.seal(ORDER, keys(), at=NOW))
    assert "secret=b" not in shown
    assert "content=" not in shown


def test_a_child_that_dies_says_so():
    with pytest.raises(pgp_process.Failed):
        pgp_process.run({"act": "dance"}, b"")


@pytest.mark.slow
@pytest.mark.parametrize("armour", [True, False])
def test_sixty_megabytes_go_through_in_bounded_memory(armour, monkeypatch):
    content = os.urandom(60 * MIB)
    with children(monkeypatch) as sealing:
        sealed = pgp.seal(content, keys(armour=armour), at=NOW)
    with children(monkeypatch) as opening:
        opened = pgp.open_pgp(sealed.content, banks_own(), size_max=60 * MIB)
    assert hashlib.sha256(opened.content).digest() == hashlib.sha256(content).digest()
    print(f"armour {armour}: sealing {sealing.most_kb} kB, opening {opening.most_kb} kB")
    assert 0 < sealing.most_kb < 100 * 1024
    assert 0 < opening.most_kb < 350 * 1024
