"""How a bank's API is reached: the table of a profile whose connector is ``https``, read strictly."""

import urllib.parse

from banks import profile_mapping, settings
from banks.api_settings import (
    Authentication,
    Callback,
    CallbackScheme,
    OAuthSettings,
    Signing,
    SigningKey,
    SigningStyle,
)
from banks.mapping import check_pointer, check_template
from banks.settings import DAY_S, TIMEOUT_S_MAX
from banks.strict import Table, chosen

LOOPBACK = ("127.0.0.1", "::1", "localhost")
ALGORITHMS = ("ES256", "PS256", "RS256")
"""What we sign with: the ones banks take."""
SIGNED_USUALLY = ("(request-target)", "digest", "date", "x-request-id")
CLAIMS = frozenset({"now", "request_id"})
"""What a claim of a signature's protected header may be filled with."""
SECRET = frozenset({Authentication.SECRET_IN_FORM, Authentication.SECRET_IN_HEADER})
TOLERANCE_S_MAX = 3_600
CALLBACK_BYTES = settings.MIB


def https(table: Table) -> settings.HttpsSettings:
    """A bank API; what could not be read has a stand-in value and a line in ``table.problems``."""
    oauth = _oauth(table.table("oauth")) if "oauth" in table.content else None
    read_ = settings.HttpsSettings(
        base_url=_url(table, "base_url"),
        bearer=table.secret("bearer"),
        oauth=oauth,
        ca_file=table.optional("ca_file"),
        certificate=table.secret("certificate"),
        certificate_key=table.secret("certificate_key"),
        signing=_signing(table.table("signing")) if "signing" in table.content else None,
        api=profile_mapping.api(table.table("api")) if "api" in table.content else None,
        pickup=_pickup_of_api(table),
        connect_timeout_s=table.number("connect_timeout_s", 20, least=1, most=TIMEOUT_S_MAX),
        io_timeout_s=table.number("io_timeout_s", 60, least=1, most=TIMEOUT_S_MAX),
        act_timeout_s=table.number("act_timeout_s", 900, least=1, most=DAY_S),
    )
    table.taken |= {"oauth", "signing", "api"}
    if ("bearer" in table.content) == (oauth is not None):
        table.complain("bearer", "either bearer or a table [channel.oauth] is needed, and not both")
    if ("certificate" in table.content) != ("certificate_key" in table.content):
        table.complain("certificate_key", "certificate and certificate_key belong together")
    if oauth is not None and oauth.authentication is Authentication.CERTIFICATE and read_.certificate is None:
        table.complain("certificate", "is missing: tls_client_auth shows our certificate instead of a secret")
    return read_


def callback(table: Table) -> Callback:
    """How a bank calls us back, and how that is told from a forgery."""
    scheme = CallbackScheme(chosen(table, "scheme", CallbackScheme, CallbackScheme.JWS))
    by_jws = scheme is CallbackScheme.JWS
    read_ = Callback(
        scheme=scheme,
        key=table.secret("key", required=True) or "",
        header=table.text("header", "x-jws-signature" if by_jws else "webhook-signature"),
        identifier=table.text("identifier", "jti" if by_jws else "webhook-id"),
        timestamp=table.text("timestamp", "iat" if by_jws else "webhook-timestamp"),
        critical=table.texts("critical", ()),
        tolerance_s=table.number("tolerance_s", 300, least=1, most=TOLERANCE_S_MAX),
        size_max=table.number("size_max", CALLBACK_BYTES, least=1, most=64 * settings.MIB),
        reference=check_pointer(table, "reference") or "/reference",
        group=check_pointer(table, "group") or "/group_status",
    )
    table.close()
    return read_


def _pickup_of_api(table: Table) -> settings.Pickup:
    usual = settings.Pickup()
    return settings.Pickup(
        stable_wait_s=0,
        size_max=table.number("size_max", usual.size_max, least=1, most=4 * 1024 * settings.MIB),
    )


def _oauth(table: Table) -> OAuthSettings:
    chosen_ = Authentication(chosen(table, "authentication", Authentication, Authentication.SECRET_IN_FORM))
    by_assertion = chosen_ is Authentication.SIGNED_ASSERTION
    read_ = OAuthSettings(
        token_url=_url(table, "token_url"),
        client_id=table.text("client_id"),
        client_secret=table.secret("client_secret", required=chosen_ in SECRET),
        scope=table.optional("scope"),
        authentication=chosen_,
        assertion=_signing_key(table) if by_assertion else None,
        audience=table.optional("audience"),
    )
    if chosen_ not in SECRET and read_.client_secret is not None:
        table.complain("client_secret", f"is of no use with {chosen_}")
    table.close()
    return read_


def _signing_key(table: Table) -> SigningKey:
    return SigningKey(
        key=table.secret("key", required=True) or "",
        key_id=table.optional("key_id"),
        algorithm=table.text("algorithm", "ES256", among=ALGORITHMS),
    )


def _signing(table: Table) -> Signing:
    style = SigningStyle(chosen(table, "style", SigningStyle, SigningStyle.DETACHED))
    by_headers = style in (SigningStyle.HEADERS, SigningStyle.HTTP_SIGNATURE)
    claims = dict(table.table("claims").content)
    read_ = Signing(
        style=style,
        header=table.text("header", "Signature" if style is SigningStyle.HTTP_SIGNATURE else "x-jws-signature"),
        key=_signing_key(table),
        signed=table.texts("signed", SIGNED_USUALLY) if by_headers else (),
        claims=claims,
        critical=table.texts("critical", ()),
        certificate=table.secret("certificate"),
        certificate_header=table.text("certificate_header", "TPP-Signature-Certificate"),
        answers_key=table.secret("answers_key"),
    )
    check_template(table, "claims", claims, CLAIMS)
    if set(read_.critical) - claims.keys():
        table.complain("critical", "names a claim that is not in claims")
    if by_headers and "digest" not in read_.signed:
        table.complain("signed", "must hold digest, or the body could be exchanged under a good signature")
    table.close()
    return read_


def _url(table: Table, key: str) -> str:
    text = table.text(key).rstrip("/")
    if text:
        parts = urllib.parse.urlsplit(text)
        plain_at_home = parts.scheme == "http" and parts.hostname in LOOPBACK
        if not parts.hostname or not (parts.scheme == "https" or plain_at_home):
            table.complain(key, f"{text!r} must be an https:// address (http:// is for this machine only)")
        if parts.username or parts.password or parts.query or parts.fragment:
            table.complain(key, "must not carry a user, a query or a fragment")
    return text
