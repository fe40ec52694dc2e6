"""Certificates of a simulated bank: its own authority, its server's certificate, and one for its client."""

import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS = 90
"""How long certificates are good, unless told."""
MOMENT = timedelta(seconds=1)
PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """A certificate authority that lives as long as its process."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(f"{name} authority")
        self._certificate = self._signed(self._name, self._key.public_key(), days=DAYS, authority=True)
        self.certificate: bytes = self._certificate.public_bytes(PEM)

    def issue(self, name: str, *, server: bool = False, days: int = DAYS) -> Pair:
        """A certificate for ``name`` (for 127.0.0.1 and localhost where it is a server's) with a key of its own.

        It is good for ``days`` more days; with 0 it has expired.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._signed(_named(name), key.public_key(), days=days, server=server)
        private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return Pair(certificate=made.public_bytes(PEM), key=private)

    def context(self, shown: Pair, *, client_needed: bool) -> ssl.SSLContext:
        """A server's context that shows ``shown``, and wants a certificate of this authority where told."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory(prefix="payhub-tls-") as folder:
            path = Path(folder) / "pair.pem"
            path.touch(mode=0o600)
            path.write_bytes(shown.certificate + shown.key)
            made.load_cert_chain(path)
        if client_needed:
            made.load_verify_locations(cadata=self.certificate.decode())
            made.verify_mode = ssl.CERT_REQUIRED
        return made

    def _signed(
        self, name: x509.Name, public: ec.EllipticCurvePublicKey, *, days: int, authority: bool = False,
        server: bool = False,
    ) -> x509.Certificate:  # fmt: skip
        now = datetime.now(UTC)
        usage = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        issuer = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=days) - MOMENT)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
        )
        if authority:
            builder = builder.add_extension(_authority_usage(), critical=True)
        else:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if server:
            names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _authority_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
