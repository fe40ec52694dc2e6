"""Trials of a bank API: its certificate, our token, and the two lists, none of which moves anything."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

from banks.connectors.https_line import Line
from banks.errors import ChannelError
from banks.secrets import SecretMissing, Secrets
from banks.security import mtls
from banks.settings import HttpsSettings
from banks.trial import Trial

DAYS_LEFT_WARN = 21
NO_SUCH_REFERENCE = "PAYHUB-CHECK"


def https(
    bank: str, settings: HttpsSettings, secrets: Secrets, *, at: datetime, ids: Callable[[], str]
) -> Iterator[Trial]:
    """The certificate, the token, the list of orders under a reference nobody has, the list of documents."""
    certificate = _certificate(settings, secrets, at)
    yield certificate
    if certificate.ok is False:
        return
    line = Line(bank=bank, settings=settings, secrets=secrets, ids=ids)
    try:
        try:
            line.token()
        except ChannelError as err:
            advice = "Check token_url, client id and secret with the bank; was the secret rotated?"
            yield Trial(what="token", ok=False, found=_told(err), advice=advice)
            return
        yield Trial(what="token", ok=True, found="the bank gives us one" if settings.oauth else "a fixed one is set")
        for what, path, params in (
            ("orders", "/v1/files", {"reference": NO_SUCH_REFERENCE}),
            ("documents", "/v1/documents", {}),
        ):
            try:
                line.ask("GET", path, params=params)
            except ChannelError as err:
                advice = "Ask the bank whether our client may use this call, and check base_url."
                yield Trial(what=what, ok=False, found=_told(err), advice=advice)
            else:
                yield Trial(what=what, ok=True, found=f"{path} answers")
    finally:
        line.close()


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
        return Trial(what="certificate", ok=False, found=f"not trusted: {err.verify_message}", advice=advice)
    except (OSError, ValueError, SecretMissing) as err:
        advice = "Check ca_file, certificate and certificate_key; does the bank know our certificate?"
        return Trial(what="certificate", ok=False, found=f"no TLS connection: {err}", advice=advice)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), at.tzinfo)
    days = (ends - at).days
    advice = "The bank should renew it soon: ask whether its CA will change." if days < DAYS_LEFT_WARN else ""
    return Trial(what="certificate", ok=True, found=f"trusted, {days} days left", advice=advice)
