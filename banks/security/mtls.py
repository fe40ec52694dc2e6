"""The TLS side of a bank API: whom we trust, and the certificate we show."""

import os
import ssl
import tempfile
from pathlib import Path

from banks.secrets import Secrets
from banks.settings import HttpsSettings


def context(settings: HttpsSettings, secrets: Secrets) -> ssl.SSLContext:
    """A client context of TLS 1.2 or later that trusts the system's roots, or only ``ca_file`` where one is named.

    Raises ``OSError`` or ``ssl.SSLError`` when a file or key cannot be used, ``SecretMissing`` when there is none.
    """
    made = ssl.create_default_context(cafile=settings.ca_file)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.certificate is not None and settings.certificate_key is not None:
        _show(made, secrets(settings.certificate), secrets(settings.certificate_key))
    return made


def _show(made: ssl.SSLContext, certificate: str, key: str) -> None:
    """OpenSSL reads a key from a file only: it lies there, for us alone, just as long as that takes."""
    descriptor, name = tempfile.mkstemp(prefix="payhub-", suffix=".pem")
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(f"{certificate.rstrip()}\n{key.rstrip()}\n")
        made.load_cert_chain(path)
    finally:
        path.unlink(missing_ok=True)
