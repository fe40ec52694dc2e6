"""What a profile says about a bank's API: who we are there, how requests are signed, and what its calls look like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Authentication(StrEnum):
    """How our client proves to the token server who it is."""

    SECRET_IN_FORM = "client_secret_post"  # noqa: S105 - the name of a method
    SECRET_IN_HEADER = "client_secret_basic"  # noqa: S105 - the name of a method
    SIGNED_ASSERTION = "private_key_jwt"
    CERTIFICATE = "tls_client_auth"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key of ours (PEM, a reference), the name the bank knows it by, and the JOSE algorithm it signs with."""

    key: str
    key_id: str | None
    algorithm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthSettings:
    """OAuth2 client credentials: where tokens are had, as whom. ``audience`` is what an assertion is made out to,
    the token address where nothing is said.
    """

    token_url: str
    client_id: str
    client_secret: str | None = None
    scope: str | None = None
    authentication: Authentication = Authentication.SECRET_IN_FORM
    assertion: SigningKey | None = None
    audience: str | None = None


class SigningStyle(StrEnum):
    """What a request's signature looks like."""

    DETACHED = "detached"
    """A JWS over the very bytes of the body (RFC 7797), which are left out of it."""
    ENCODED = "encoded"
    """The same with the body in Base64 while it is signed, as RFC 7515 has it."""
    HEADERS = "headers"
    """A JWS over chosen headers, one a line, the digest of the body among them."""
    HTTP_SIGNATURE = "http-signature"
    """The same headers in a ``Signature`` header with its own parameters (keyId, algorithm, headers, signature)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How requests are signed, and answers checked where ``answers_key`` (PEM or JWKS, a reference) is named.

    ``signed`` are header names, ``(request-target)`` among them; ``claims`` go into the protected header, those that
    ``critical`` names under ``crit``; ``certificate`` (PEM, a reference) is shown in the header of its name.
    """

    style: SigningStyle
    header: str
    key: SigningKey
    signed: tuple[str, ...] = ()
    claims: Mapping[str, str] = field(default_factory=dict)
    critical: tuple[str, ...] = ()
    certificate: str | None = None
    certificate_header: str = "TPP-Signature-Certificate"
    answers_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. ``path``, ``headers`` and ``body`` hold placeholders; without ``body`` a POST carries the file.

    ``take`` are JSON pointers (RFC 6901) into the answer by the name under which later calls may use what they find.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    take: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where an order's facts stand in an answer: JSON pointers; None where the bank does not say."""

    id: str | None = None
    reference: str | None = None
    sha256: str | None = None
    status: str | None = None
    code: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """The call that hands over, and what its answer says. ``refusals`` are the HTTP statuses that are a definite no to
    one payment; every other one is about the whole run.
    """

    call: Call
    shown: Shown
    refusals: frozenset[int] = frozenset({400, 422})


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """The call that asks whether the bank has an order of ours. ``items`` points to a list of orders; without it the
    answer is the order. ``delivered`` and ``staged`` say what its status means; where both are empty, being there is
    being delivered.
    """

    call: Call
    shown: Shown
    items: str | None = None
    delivered: frozenset[str] = frozenset()
    staged: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The call that asks what became of an order. Without ``shown.status`` the answer is stored as it is: it then is a
    pain.002, or JSON as :mod:`banks.status_json` reads it.
    """

    call: Call
    shown: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How the bank lists its documents: page after page by a ``cursor`` parameter, each fetched under ``fetch``;
    ``receipt`` behind that path says that it is stored. The others are pointers into an item of ``items``.
    """

    path: str
    cursor: str
    items: str
    following: str | None
    id: str
    name: str | None
    media_type: str | None
    size: str | None
    sha256: str | None
    created_at: str | None
    fetch: str
    receipt: str | None


class Shape(StrEnum):
    """What one order is at the bank."""

    FILE = "file"
    PAYMENTS = "payments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A bank's API as data. ``idempotency_header`` is None where the bank knows no such thing: then nothing whose
    fate is unknown is ever sent again. Keys are forgotten by the bank after ``idempotency_key_lifetime_h``.
    """

    shape: Shape
    prepare: tuple[Call, ...]
    send: Send
    find: Find | None
    status: Status | None
    documents: Listing | None
    idempotency_header: str | None
    replayed_header: str | None
    idempotency_key_lifetime_h: int


class CallbackScheme(StrEnum):
    """How a bank proves that a callback is its own."""

    JWS = "jws"
    """A detached JWS over the body, with the time and an id in its protected header."""
    HMAC = "hmac"
    """HMAC-SHA256 over ``id.timestamp.body``, as Standard Webhooks 1.0 has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """How a bank calls back. ``key`` is a reference: PEM or JWKS for ``jws``, the shared secret for ``hmac``.

    ``identifier`` and ``timestamp`` are headers of the request for ``hmac``, names in the protected header for ``jws``.
    """

    scheme: CallbackScheme
    key: str
    header: str
    identifier: str
    timestamp: str
    critical: tuple[str, ...]
    tolerance_s: int
    size_max: int
    reference: str = "/reference"
    group: str = "/group_status"
