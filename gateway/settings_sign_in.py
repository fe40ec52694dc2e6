"""How people and machines prove who they are: ``[sign_in]`` and ``[machines]`` of payhub.toml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from banks.strict import Table

LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_AGE_S_MAX = 7 * 24 * 3600
CLIENT_PROOFS = ("basic", "post", "none")
"""How a client proves itself at the token endpoint: its secret in a header, in the form, or PKCE alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """Whose tokens API clients may bring. ``jwks`` is a file or an https address; ``client_claim`` names the client."""

    issuer: str
    audience: str
    jwks: str
    client_claim: str
    one_time: bool


def machines(table: Table) -> Machines | None:
    """The rules for tokens, or None where there is no ``[machines]``."""
    if not table.content:
        return None
    found = Machines(
        issuer=table.text("issuer"), audience=table.text("audience"), jwks=table.text("jwks"),
        client_claim=table.text("client_claim", "sub"), one_time=table.flag("one_time", default=False),
    )  # fmt: skip
    if found.jwks.startswith("http://"):
        table.complain("jwks", "keys come by https or from a file, or anybody on the line could sign")
    table.close()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files (PEM) of the API's own TLS. Certificates of clients are checked against ``client_authorities``."""

    certificate: Path
    certificate_key: Path
    client_authorities: Path | None = None


def tls(table: Table) -> Tls | None:
    """``certificate``, ``certificate_key`` and ``client_authorities`` of ``[api]``; None where a proxy ends TLS."""
    certificate, key = table.optional("certificate"), table.optional("certificate_key")
    authorities = table.optional("client_authorities")
    if (certificate is None) != (key is None):
        table.complain("certificate", "stands together with certificate_key, or neither is there")
    if authorities is not None and certificate is None:
        table.complain("client_authorities", "only the hub's own TLS can check certificates: name a certificate too")
    if certificate is None or key is None:
        return None
    for name, path in (("certificate", certificate), ("certificate_key", key), ("client_authorities", authorities)):
        if path is not None and not Path(path).is_file():
            table.complain(name, f"there is no file {path}")
    chosen = Path(authorities) if authorities is not None else None
    return Tls(certificate=Path(certificate), certificate_key=Path(key), client_authorities=chosen)


def proxies(table: Table) -> frozenset[str]:
    """``proxies`` of ``[api]``: the addresses from which ``Client-Cert`` is believed."""
    found = set()
    for text in table.texts("proxies", ()):
        try:
            found.add(str(ip_address(text)))
        except ValueError:
            table.complain("proxies", f"{text!r} is not an IP address")
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """A sign-in service (OpenID Connect) that people of this hub may come from.

    ``client_secret`` is a reference. ``acr_values`` are the levels of which one must be reached, ``amr`` the methods
    which must all have been used, ``max_age_s`` the age a sign-in there may have.
    """

    name: str
    title: str
    issuer: str
    client_id: str
    client_secret: str | None = None
    client_proof: str = "basic"
    acr_values: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()
    max_age_s: int | None = None
    link_by_email: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The doors of the console. ``address`` is where browsers reach the hub; ``passwords`` whether local ones count."""

    passwords: bool = True
    address: str = ""
    issuers: Mapping[str, Issuer] = field(default_factory=dict)


def sign_in(table: Table) -> SignIn:
    """Passwords and sign-in services of ``[sign_in]``."""
    issuers: dict[str, Issuer] = {}
    for row in table.tables("issuers"):
        one = _issuer(row)
        if one.name in issuers:
            row.complain("name", "this name is there twice")
        if any(one.issuer == other.issuer for other in issuers.values()):
            row.complain("issuer", "this issuer is there twice")
        issuers[one.name] = one
    address = table.text("address", "").rstrip("/")
    passwords = table.flag("passwords", default=True)
    if issuers and not safe_address(address):
        table.complain(
            "address", "where browsers reach this hub, as https://…; a sign-in service sends them back there"
        )
    if not passwords and not issuers:
        table.complain("passwords", "may be switched off only where [[sign_in.issuers]] names a sign-in service")
    return SignIn(passwords=passwords, address=address, issuers=issuers)


def safe_address(address: str) -> bool:
    """Whether nobody on the line can change what comes from there: https, or http on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    plain = parts.scheme == "http" and host in LOOPBACK
    return bool(host) and (parts.scheme == "https" or plain) and "@" not in parts.netloc and not parts.fragment


def _issuer(row: Table) -> Issuer:
    name = row.text("name", shape=r"[a-z0-9-]{1,32}")
    secret = row.secret("client_secret")
    usual = "basic" if "client_secret" in row.content else "none"
    number = row.number("max_age_s", 0, most=MAX_AGE_S_MAX)
    one = Issuer(
        name=name, title=row.text("title", name), issuer=row.text("issuer"), client_id=row.text("client_id"),
        client_secret=secret, client_proof=row.text("client_proof", usual, among=CLIENT_PROOFS),
        acr_values=row.texts("acr_values", ()), amr=row.texts("amr", ()), max_age_s=number or None,
        link_by_email=row.flag("link_by_email", default=False),
    )  # fmt: skip
    if not safe_address(one.issuer) or "?" in one.issuer:
        row.complain("issuer", "is its https:// address without a query, exactly as it names itself")
    if (one.client_proof == "none") == ("client_secret" in row.content):
        row.complain("client_proof", "basic and post need a client_secret, none has no use for one")
    row.close()
    return one
