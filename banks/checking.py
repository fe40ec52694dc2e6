"""Tries a channel from the name to the rename, without sending money, and says what to do about what fails."""

import socket
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from banks import checking_api, checking_files, checking_pgp
from banks.secrets import SecretMissing, Secrets
from banks.settings import BankProfile, FolderSettings, HttpsSettings, SftpSettings, trusting
from banks.trial import Trial

Offline = Callable[[BankProfile, Secrets, datetime], Iterator[Trial]]
OFFLINE: tuple[Offline, ...] = (checking_pgp.of_profile,)
"""What is tried before anything connects (keys and their days left), one function each. A failure there does not keep
the rest from being tried. What needs the connection belongs to its connector's own trials.
"""

__all__ = ["Trial", "check", "passed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    host: str
    port: int
    timeout_s: int


def check(
    profile: BankProfile, secrets: Secrets, *, at: datetime, ids: Callable[[], str], confirmed: Collection[str] = ()
) -> Iterator[Trial]:  # fmt: skip
    """Each trial as soon as it is done. Stops where going on makes no sense (no connection, no login).

    ``at`` is now (for days left on certificates), ``ids`` names probe files. A probe file is written only where the
    profile says ``probe = true``. ``confirmed`` are host keys that administrators confirmed beside the profile's.
    """
    if profile.callback is not None:
        yield checking_api.callback(profile.callback, secrets)
    for trial in _secrets(profile, secrets):
        yield trial
        if trial.ok is False:
            return
    for look in OFFLINE:
        yield from look(profile, secrets, at)
    place = _place(profile)
    if place is not None:
        for trial in _reached(place):
            yield trial
            if trial.ok is False:
                return
    channel = profile.channel
    if isinstance(channel, SftpSettings):
        yield from checking_files.sftp(trusting(profile, confirmed), secrets, ids, confirmed=confirmed)
    elif isinstance(channel, HttpsSettings):
        yield from checking_api.https(profile.name, channel, secrets, at=at, ids=ids)
    else:
        yield from checking_files.folder(channel, checking_files.places(profile))


def passed(trials: list[Trial]) -> bool:
    """Whether nothing failed (a trial that was not made has not failed)."""
    return all(trial.ok is not False for trial in trials)


def _secrets(profile: BankProfile, secrets: Secrets) -> Iterator[Trial]:
    for reference in _references(profile):
        try:
            secrets(reference)
        except SecretMissing as err:
            advice = "Set the variable or put the file in place for the user that runs payhub."
            yield Trial(what="secret", ok=False, found=str(err), advice=advice)
        else:
            yield Trial(what="secret", ok=True, found=f"{reference} is there")


def _references(profile: BankProfile) -> list[str]:
    channel = profile.channel
    named: list[str | None] = []
    if isinstance(channel, SftpSettings):
        named = [channel.private_key, channel.passphrase, channel.password]
    elif isinstance(channel, HttpsSettings):
        oauth, signing = channel.oauth, channel.signing
        named = [channel.bearer, channel.certificate, channel.certificate_key]
        if oauth is not None:
            named += [oauth.client_secret, oauth.assertion.key if oauth.assertion is not None else None]
        if signing is not None:
            named += [signing.key.key, signing.certificate, signing.answers_key]
    if profile.pgp is not None:
        named += [reference for key in profile.pgp.our_keys for reference in (key.secret, key.passphrase)]
        named += [key.public for key in profile.pgp.bank_keys]
    return list(dict.fromkeys(reference for reference in named if reference is not None))


def _place(profile: BankProfile) -> _Place | None:
    channel = profile.channel
    if isinstance(channel, FolderSettings):
        return None
    if isinstance(channel, SftpSettings):
        return _Place(host=channel.host, port=channel.port, timeout_s=channel.connect_timeout_s)
    parts = urlsplit(channel.base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return _Place(host=parts.hostname or "", port=port, timeout_s=channel.connect_timeout_s)


def _reached(place: _Place) -> Iterator[Trial]:
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except OSError as err:
        advice = "Check the host in the profile, and the name servers of this machine."
        yield Trial(what="DNS", ok=False, found=f"{place.host} has no address ({err})", advice=advice)
        return
    addresses = ", ".join(sorted({str(entry[4][0]) for entry in found}))
    yield Trial(what="DNS", ok=True, found=f"{place.host} is {addresses}")
    try:
        socket.create_connection((place.host, place.port), timeout=place.timeout_s).close()
    except OSError as err:
        advice = "Check the port, our firewall, and whether the bank has allowed our outgoing address."
        yield Trial(what="TCP", ok=False, found=f"no connection to port {place.port} ({err})", advice=advice)
        return
    yield Trial(what="TCP", ok=True, found=f"port {place.port} answers")
