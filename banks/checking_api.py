"""Trials of a bank API: certificates, token, keys, and the calls that only ask; none of them moves anything."""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from cryptography import x509

from banks import mapping
from banks.api_settings import Api, Callback, Signing
from banks.connectors.https_line import Line
from banks.errors import ChannelError
from banks.profile_mapping import payhub
from banks.secrets import SecretMissing, Secrets
from banks.security import callbacks, mtls
from banks.security.jws import BadKey
from banks.settings import HttpsSettings
from banks.trial import Trial

DAYS_LEFT = ((7, "within the week"), (30, "within the month"), (60, "in good time"))
"""From how many days on people are told to renew a certificate, and how soon."""
EXPIRED = 10
"""OpenSSL's number for a certificate that is past its end (X509_V_ERR_CERT_HAS_EXPIRED)."""
NO_SUCH_REFERENCE = "PAYHUB-CHECK"
TRIAL_BODY = b"payhub"


def https(
    bank: str, settings: HttpsSettings, secrets: Secrets, *, at: datetime, ids: Callable[[], str]
) -> Iterator[Trial]:
    """The certificates, our signing key, the token, the question about a reference nobody has, the documents."""
    certificate = _certificate(settings, secrets, at)
    yield certificate
    if settings.certificate is not None:
        yield _our_certificate(settings.certificate, secrets, at)
    line = Line(bank=bank, settings=settings, secrets=secrets, ids=ids)
    if settings.signing is not None:
        yield _signing(line, settings.signing, at)
    if certificate.ok is False:
        return
    try:
        try:
            line.token()
        except ChannelError as err:
            advice = "Check token_url, client id and secret or key with the bank; was one of them rotated?"
            yield Trial(what="token", ok=False, found=_told(err), advice=advice)
            return
        yield Trial(what="token", ok=True, found="the bank gives us one" if settings.oauth else "a fixed one is set")
        yield from _questions(line, settings.api or payhub())
    finally:
        line.close()


def callback(agreed: Callback, secrets: Secrets) -> Trial:
    """The key by which callbacks of the bank are told from forgeries."""
    try:
        found = callbacks.load(agreed, secrets)
    except (SecretMissing, BadKey) as err:
        advice = "Get the key of the bank's callbacks again: until then every callback is turned away."
        return Trial(what="callback key", ok=False, found=str(err), advice=advice)
    return Trial(what="callback key", ok=True, found=found)


def _questions(line: Line, api: Api) -> Iterator[Trial]:
    if api.find is None:
        advice = "A doubt about a file ends only with the bank's answer, or by two people."
        yield Trial(what="orders", ok=None, found="this bank cannot be asked by our reference", advice=advice)
    elif any(call.take for call in api.prepare):
        yield Trial(what="orders", ok=None, found="asking would begin a file at the bank")
    else:
        path = mapping.path(api.find.call.path, dict.fromkeys(mapping.names(api.find.call.path), NO_SUCH_REFERENCE))
        yield _asked(line, "orders", path, dict(api.find.call.headers), absent=api.find.items is None)
    if api.documents is not None:
        yield _asked(line, "documents", api.documents.path, {}, absent=False)


def _asked(line: Line, what: str, path: str, headers: Mapping[str, str], *, absent: bool) -> Trial:
    try:
        answer = line.exchange("GET", path, headers=headers)
        if not (absent and answer.status == HTTPStatus.NOT_FOUND):
            line.accepted(answer)
    except ChannelError as err:
        advice = "Ask the bank whether our client may use this call, and check base_url."
        return Trial(what=what, ok=False, found=_told(err), advice=advice)
    return Trial(what=what, ok=True, found=f"{answer.path} answers")


def _signing(line: Line, signing: Signing, at: datetime) -> Trial:
    try:
        made = line.signer(signing).headers("POST", "/", {"X-Request-ID": "check"}, TRIAL_BODY, at)
    except ChannelError as err:
        advice = "Check key, algorithm and answers_key of [channel.signing]."
        return Trial(what="signing key", ok=False, found=_told(err), advice=advice)
    return Trial(what="signing key", ok=True, found=f"signs with {signing.key.algorithm} ({', '.join(made)})")


def _our_certificate(reference: str, secrets: Secrets, at: datetime) -> Trial:
    try:
        shown = x509.load_pem_x509_certificate(secrets(reference).encode())
    except (ValueError, SecretMissing) as err:
        advice = "Put the certificate the bank knows us by (PEM) where the profile says."
        return Trial(what="our certificate", ok=False, found=f"cannot be read: {err}", advice=advice)
    return _days_left("our certificate", shown.not_valid_after_utc, at, "Have it renewed and registered at the bank")


def _days_left(what: str, ends: datetime, at: datetime, act: str) -> Trial:
    days = (ends - at).days
    if ends <= at:
        return Trial(what=what, ok=False, found=f"ended on {ends.date()}", advice=f"{act} now.")
    soon = next((words for limit, words in DAYS_LEFT if days < limit), None)
    return Trial(what=what, ok=True, found=f"good, {days} days left", advice=f"{act} {soon}." if soon else "")


def _told(error: ChannelError) -> str:
    return f"{error.message} ({error.detail})" if error.detail else error.message


def _certificate(settings: HttpsSettings, secrets: Secrets, at: datetime) -> Trial:
    parts = urlsplit(settings.base_url)
    if parts.scheme != "https":
        return Trial(what="certificate", ok=None, found="none: plain HTTP, for this machine only")
    host = parts.hostname or ""
    try:
        trust = mtls.context(settings, secrets)
        with (
            socket.create_connection((host, parts.port or 443), timeout=settings.connect_timeout_s) as line,
            trust.wrap_socket(line, server_hostname=host) as secured,
        ):
            shown = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as err:
        advice = "Get the bank's new CA certificate over another way than this line, and name it in ca_file."
        if err.verify_code == EXPIRED:
            advice = "Ask the bank to renew it; until then nothing can be sent there, and nothing is lost."
        return Trial(what="certificate", ok=False, found=f"not trusted: {err.verify_message}", advice=advice)
    except (OSError, ValueError, SecretMissing) as err:
        advice = "Check ca_file, certificate and certificate_key; does the bank know our certificate?"
        return Trial(what="certificate", ok=False, found=f"no TLS connection: {err}", advice=advice)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), at.tzinfo)
    trial = _days_left("certificate", ends, at, "Ask the bank whether it renews it, and whether its CA will change,")
    return replace(trial, found=f"trusted, {trial.found.removeprefix('good, ')}")
