import pytest

from banks.profile_pgp import pgp
from banks.settings_pgp import WARN_DAYS
from banks.strict import Table

ONE, TWO = "A" * 40, "b" * 40
OURS = {"fingerprint": ONE, "secret": "file:/keys/ours.asc", "passphrase": "env:PHRASE"}
THEIRS = {"fingerprint": TWO, "public": "file:/keys/bank.asc"}


def read(**content):
    table = Table(content={"our_keys": [OURS], "bank_keys": [THEIRS]} | content, file="banks/a.toml", key="pgp")
    return pgp(table), [str(problem) for problem in table.problems]


def test_one_key_of_each_is_current_without_saying_so():
    found, problems = read()
    assert problems == []
    assert found.signing is not None
    assert found.encryption is not None
    assert (found.signing.fingerprint, found.encryption.fingerprint) == (ONE.lower(), TWO)
    assert (found.sign, found.encrypt, found.armour, found.require_signature) == (True, True, False, True)
    assert found.warn_days == WARN_DAYS == (60, 30, 7)


def test_a_fingerprint_may_be_copied_as_gpg_shows_it():
    found, problems = read(our_keys=[OURS | {"fingerprint": " ".join([ONE[:4]] * 5 + ["", *[ONE[:4]] * 5])}])
    assert problems == []
    assert found.our_keys[0].fingerprint == ONE.lower()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"colour": "red"}, "pgp.colour: is not a known key"),
        (
            {"our_keys": [OURS | {"fingerprint": ONE[:16]}]},
            "our_keys[0].fingerprint: 'AAAAAAAAAAAAAAAA' is not a whole",
        ),
        ({"our_keys": [OURS | {"secret": "-----BEGIN PGP"}]}, "our_keys[0].secret: must be a reference"),
        ({"our_keys": [OURS | {"passphrase": "geheim"}]}, "our_keys[0].passphrase: must be a reference"),
        ({"bank_keys": [{"fingerprint": TWO}]}, "bank_keys[0].public: is missing"),
        ({"our_keys": [OURS, OURS | {"fingerprint": TWO}]}, "our_keys: exactly one must say current = true"),
        ({"our_keys": [OURS | {"current": True}, OURS]}, f"our_keys: {ONE.lower()} is there twice"),
        (
            {"our_keys": []},
            "our_keys: exactly one must say current = true (sign = true needs a key that signs); 0 of 0",
        ),
        ({"bank_keys": []}, "bank_keys: require_signature = true needs at least one"),
        ({"sign": False, "encrypt": False}, "pgp.sign: sign and encrypt are both false"),
        ({"warn_days": []}, "pgp.warn_days: must be a list of whole days"),
        ({"warn_days": [30, True]}, "pgp.warn_days: must be a list of whole days"),
    ],
)
def test_what_is_wrong_is_told_with_its_key(content, told):
    _, problems = read(**content)
    assert any(told in problem for problem in problems), problems


def test_days_are_told_from_the_first_warning_to_the_last():
    assert read(warn_days=[7, 90, 30, 7])[0].warn_days == (90, 30, 7)


def test_a_profile_that_only_encrypts_needs_no_key_of_ours():
    found, problems = read(our_keys=[], sign=False, require_signature=False)
    assert problems == []
    assert found.signing is None
