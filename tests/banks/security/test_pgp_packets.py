import io
import zipfile

import pysequoia
import pytest

from banks.security.pgp_packets import ANYBODY, head, is_message
from tests.pgp_keys import made

KEY = made("Somebody")
SIGNED = pysequoia.sign(KEY.signer(), b"<xml/>", armor=False)
SEALED = pysequoia.encrypt(b"<xml/>", [KEY.extract_certificate()], armor=False)


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.xml", "<xml/>")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<?xml version='1.0'?><Document/>", b"\xef\xbb\xbf<Document/>", "<Document/>".encode("utf-16"),
        b'{"a":1}', b":20:STARTUMS\r\n", "Überweisung".encode("latin-1"), b"\x1f\x8b\x08\x00\x00", zipped(), b"\xc1",
    ],
    ids=["nothing", "xml", "marked", "utf-16", "json", "mt940", "latin", "gzip", "zip", "cut"],
)  # fmt: skip
def test_what_banks_send_in_the_clear_is_not_taken_for_a_message(data):
    assert not is_message(data)


@pytest.mark.parametrize(
    "data",
    [SIGNED, SEALED, pysequoia.sign(KEY.signer(), b"x"), b"\r\n-----BEGIN PGP MESSAGE-----"],
    ids=["signed", "sealed", "armoured", "after-a-line"],
)
def test_a_message_is_known_by_what_is_inside_armoured_or_not(data):
    assert is_message(data)


@pytest.mark.parametrize("armour", [True, False])
def test_the_head_names_the_keys_a_message_is_encrypted_to(armour):
    two = [made("One").extract_certificate(), KEY.extract_certificate()]
    found = head(pysequoia.encrypt(b"x" * 10_000, two, armor=armour))
    assert found.encrypted
    assert len(found.recipients) == 2
    assert not found.password
    assert ANYBODY not in found.recipients


def test_a_password_is_told_from_a_key():
    found = head(pysequoia.encrypt(b"x", passwords=["secret"], armor=False))
    assert (found.encrypted, found.recipients, found.password) == (True, (), True)


@pytest.mark.parametrize("armour", [True, False])
def test_a_signature_on_its_own_is_told_from_a_signed_message(armour):
    alone = pysequoia.sign(KEY.signer(), b"x", mode=pysequoia.SignatureMode.DETACHED, armor=armour)
    assert head(alone).signature_only
    assert not head(SIGNED).signature_only


@pytest.mark.parametrize("size", range(0, 60, 7))
def test_a_head_that_is_cut_off_is_read_as_far_as_it_goes(size):
    assert len(head(SEALED[:size]).recipients) <= 1
    assert len(head(pysequoia.encrypt(b"x", [KEY.extract_certificate()])[: 27 + size]).recipients) <= 1
