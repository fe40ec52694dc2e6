"""Sign-in services (OpenID Connect): what they publish, where to send a browser, and a code for a token."""

import base64
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

import httpx

from banks.secrets import SecretMissing
from gateway.remote import FETCH_TIMEOUT_S, NotFetched, decoded
from gateway.settings_sign_in import Issuer, safe_address
from gateway.wiring import Hub

DISCOVERY = "/.well-known/openid-configuration"
SCOPE = "openid"
SCOPE_WITH_EMAIL = "openid email"


class NotAgreed(Exception):
    """The service answered, and not as it must. ``reason`` is a word for the operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a service says about itself. ``names_itself``: its answers carry its name (RFC 9207)."""

    authorization: str
    token: str
    keys: str
    end_session: str | None
    names_itself: bool


def published(hub: Hub, issuer: Issuer) -> Published:
    """What the service publishes; raises :class:`NotFetched`, and :class:`NotAgreed` where it is another one's."""
    found = hub.remote.document(issuer.issuer.rstrip("/") + DISCOVERY, hub.machine_ms() // 1000)
    if found.get("issuer") != issuer.issuer:
        raise NotAgreed("discovery names another issuer")
    leaving = found.get("end_session_endpoint")
    return Published(
        authorization=_address(found, "authorization_endpoint"), token=_address(found, "token_endpoint"),
        keys=_address(found, "jwks_uri"),
        end_session=leaving if isinstance(leaving, str) and safe_address(leaving) else None,
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
    )  # fmt: skip


def back_address(hub: Hub, issuer: Issuer, console: str) -> str:
    """Where the service sends the browser back to; as it must be registered there."""
    return f"{hub.settings.sign_in.address}{console}/sign-in/{issuer.name}/back"


def asking_address(
    issuer: Issuer, to: Published, *, back: str, state: str, nonce: str, challenge: str
) -> str:  # fmt: skip
    """Where a browser asks the service who its user is."""
    asked = {
        "response_type": "code", "client_id": issuer.client_id, "redirect_uri": back, "state": state, "nonce": nonce,
        "scope": SCOPE_WITH_EMAIL if issuer.link_by_email else SCOPE, "code_challenge": challenge,
        "code_challenge_method": "S256",
    }  # fmt: skip
    if issuer.acr_values:
        asked["acr_values"] = " ".join(issuer.acr_values)
    if issuer.max_age_s is not None:
        asked["max_age"] = str(issuer.max_age_s)
    return with_query(to.authorization, asked)


def token_for(hub: Hub, issuer: Issuer, to: Published, *, code: str, verifier: str, back: str) -> str:
    """The ID token for a code; raises :class:`NotFetched` and :class:`NotAgreed`."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    headers = {"Accept": "application/json"}
    try:
        secret = hub.secrets(issuer.client_secret) if issuer.client_secret is not None else ""
    except SecretMissing as err:
        raise NotAgreed("the client_secret cannot be read") from err
    if issuer.client_proof == "basic":
        pair = f"{quote_plus(issuer.client_id)}:{quote_plus(secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        form["client_id"] = issuer.client_id
    if issuer.client_proof == "post":
        form["client_secret"] = secret
    try:
        with httpx.stream(
            "POST", to.token, data=form, headers=headers, timeout=FETCH_TIMEOUT_S, follow_redirects=False
        ) as answer:
            if answer.is_client_error:
                raise NotAgreed(f"the code was refused with status {answer.status_code}")
            found = decoded(answer)
    except httpx.HTTPError as err:
        raise NotFetched(type(err).__name__) from None  # the request in the chain would hold the secret
    token = found.get("id_token")
    if not isinstance(token, str):
        raise NotAgreed("there is no ID token")
    return token


def leaving_address(hub: Hub, name: str, back: str) -> str | None:
    """Where a browser signs out at the service it came from; None where that cannot be done now."""
    issuer = hub.settings.sign_in.issuers.get(name)
    if issuer is None:
        return None
    try:
        to = published(hub, issuer).end_session
    except (NotFetched, NotAgreed):
        return None
    return to and with_query(to, {"client_id": issuer.client_id, "post_logout_redirect_uri": back})


def with_query(address: str, more: dict[str, str]) -> str:
    """An address with more in its query."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(more)}"


def _address(found: dict[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not safe_address(value):
        raise NotAgreed(f"discovery has no usable {name}")
    return value
