"""Which keys and certificates of a profile end, and when: ours and the bank's, of OpenPGP and of TLS."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from banks.errors import Refused
from banks.secrets import SecretMissing, Secrets
from banks.security import pgp_keys
from banks.settings import BankProfile, HttpsSettings
from banks.settings_pgp import WARN_DAYS

OURS, THEIRS = "ours", "the bank's"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """One key that ends. ``warn_days`` are how many days before that people want to be told."""

    kind: str
    owner: str
    fingerprint: str
    title: str
    current: bool
    ends_at: datetime
    warn_days: tuple[int, ...]


def endings(profile: BankProfile, secrets: Secrets) -> Iterator[Ending | Refused]:
    """Every key and certificate that has an end, ours and the bank's; one that cannot be read comes as ``Refused``."""
    yield from _of_pgp(profile, secrets)
    channel = profile.channel
    if isinstance(channel, HttpsSettings) and channel.certificate is not None:
        yield _of_tls(profile.name, channel.certificate, secrets)


def _of_pgp(profile: BankProfile, secrets: Secrets) -> Iterator[Ending | Refused]:
    settings = profile.pgp
    if settings is None:
        return
    for ours in settings.our_keys:
        try:
            key = pgp_keys.own(profile.name, ours, secrets).key
        except Refused as err:
            yield err
        else:
            yield from _ending(key, OURS, ours.current, settings.warn_days)
    for theirs in settings.bank_keys:
        try:
            key = pgp_keys.theirs(profile.name, theirs, secrets).key
        except Refused as err:
            yield err
        else:
            yield from _ending(key, THEIRS, theirs.current, settings.warn_days)


def _ending(key: pgp_keys.Key, owner: str, current: bool, warn_days: tuple[int, ...]) -> Iterator[Ending]:
    last = key.last_day()
    if last is not None:
        yield Ending(
            kind="OpenPGP key", owner=owner, fingerprint=key.fingerprint, title=key.title, current=current,
            ends_at=last, warn_days=warn_days,
        )  # fmt: skip


def _of_tls(bank: str, reference: str, secrets: Secrets) -> Ending | Refused:
    try:
        found = x509.load_pem_x509_certificate(secrets(reference).encode())
    except (SecretMissing, ValueError) as err:
        return Refused(f"{reference} is no certificate that can be read.", bank=bank, detail=str(err))
    return Ending(
        kind="TLS certificate", owner=OURS, fingerprint=found.fingerprint(SHA256()).hex(),
        title=found.subject.rfc4514_string(), current=True, ends_at=found.not_valid_after_utc, warn_days=WARN_DAYS,
    )  # fmt: skip
