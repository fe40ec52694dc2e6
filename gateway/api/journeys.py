"""Signing in at a sign-in service: the way there, the way back, and who it is that came back.

What has to survive the way (state, nonce, the PKCE verifier) lies sealed in a cookie of the browser that began: nobody
fills a table by knocking, and a way that began elsewhere cannot end here. Whatever is wrong is one :class:`NotLetIn`
with a reason for the trail and a sentence for the person.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from gateway.api import sign_in_services as services
from gateway.api.credentials import digest
from gateway.api.signed_tokens import LEEWAY_S, NotBelieved, believed, key_set
from gateway.domain.errors import Conflict
from gateway.domain.roles import BY_TWO
from gateway.persistence import identity_desk
from gateway.persistence.clients import Clients
from gateway.persistence.grants import Grants
from gateway.persistence.identities import SUBJECT_LENGTH_MAX, Identities
from gateway.persistence.key_ring import NONCE_BYTES, Tampered
from gateway.persistence.people import People, Person
from gateway.remote import NotFetched
from gateway.settings_sign_in import Issuer
from gateway.wiring import Hub

JOURNEY_FOR_S = 600
"""How long a person may take to sign in at the service."""
SECRET_BYTES = 32
ANSWER_LENGTH_MAX = 4_000
LABEL = "sign-in journey"
SAID = {
    "access_denied", "login_required", "consent_required", "interaction_required", "account_selection_required",
    "temporarily_unavailable", "server_error", "invalid_request", "invalid_scope", "unauthorized_client",
    "unmet_authentication_requirements",
}  # fmt: skip
"""What services may say instead of yes; anything else is not repeated."""
BEGIN_AGAIN = "This sign-in was begun in another browser or window, or too long ago. Begin it again."
NOT_PROVEN = "What {title} sent does not prove who you are. Begin again; if it happens again, tell an administrator."


class NotLetIn(Exception):
    """Somebody who came back and is not signed in. ``later``: the fault is the service's, and trying later may help."""

    def __init__(self, reason: str, message: str, *, later: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = message
        self.later = later


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One way to a service and back."""

    issuer: str
    state: str
    nonce: str
    verifier: str
    then: str
    began_s: int


def begin(hub: Hub, issuer: Issuer, *, back: str, then: str) -> tuple[str, str]:
    """Where to send the browser, and what it has to keep; raises :class:`NotLetIn`."""
    to = _published(hub, issuer)
    journey = Journey(
        issuer=issuer.name, state=_secret(hub), nonce=_secret(hub), verifier=_secret(hub), then=then,
        began_s=hub.machine_ms() // 1000,
    )  # fmt: skip
    challenge = _text(hashlib.sha256(journey.verifier.encode()).digest())
    address = services.asking_address(
        issuer, to, back=back, state=journey.state, nonce=journey.nonce, challenge=challenge
    )
    sealed = hub.ring.seal(json.dumps(asdict(journey)).encode(), LABEL, hub.ids.secret(NONCE_BYTES))
    return address, _text(sealed)


def finish(hub: Hub, issuer: Issuer, *, back: str, kept: str, answer: Mapping[str, str]) -> tuple[Person, str]:
    """The person who came back, and the page they wanted; raises :class:`NotLetIn`."""
    journey = _journey(hub, issuer, kept, answer)
    to = _published(hub, issuer)
    code = _code(issuer, to, answer)
    try:
        token = services.token_for(hub, issuer, to, code=code, verifier=journey.verifier, back=back)
        now_s = hub.machine_ms() // 1000
        keys = key_set(hub.remote.document(to.keys, now_s, fresh=True))
        claims = believed(
            token, keys, issuer=issuer.issuer, audience=issuer.client_id, now_s=now_s, needed=("iat", "nonce")
        )
        check_claims(claims, issuer, nonce=journey.nonce, began_s=journey.began_s, now_s=now_s)
    except NotFetched as err:
        raise _away(issuer, err) from None
    except services.NotAgreed as err:
        raise NotLetIn(err.reason, NOT_PROVEN.format(title=issuer.title)) from None
    except NotBelieved as err:
        raise NotLetIn(f"token: {err.reason}", NOT_PROVEN.format(title=issuer.title)) from None
    return _let_in(hub, issuer, claims, journey), journey.then


def check_claims(claims: Mapping[str, Any], issuer: Issuer, *, nonce: str, began_s: int, now_s: int) -> None:
    """What OpenID Connect asks beyond a token's own rules, and what we configured; raises :class:`NotBelieved`."""
    if not _same(claims["nonce"], nonce):
        raise NotBelieved("nonce")
    parties = claims.get("azp", issuer.client_id if _alone(claims["aud"]) else None)
    if parties != issuer.client_id:
        raise NotBelieved("authorized party")
    if claims["iat"] < began_s - LEEWAY_S:
        raise NotBelieved("issued before it was asked for")
    subject = claims["sub"]
    if not (0 < len(subject) <= SUBJECT_LENGTH_MAX and subject.isascii() and subject.isprintable()):
        raise NotBelieved("subject")
    if issuer.acr_values and claims.get("acr") not in issuer.acr_values:
        raise NotBelieved("level (acr)")
    used = claims.get("amr")
    if issuer.amr and not (isinstance(used, list) and set(issuer.amr) <= {one for one in used if isinstance(one, str)}):
        raise NotBelieved("methods (amr)")
    if issuer.max_age_s is not None:
        at = _seconds(claims.get("auth_time"))
        if at is None or not -LEEWAY_S <= now_s - at <= issuer.max_age_s + LEEWAY_S:
            raise NotBelieved("age (auth_time)")


def _journey(hub: Hub, issuer: Issuer, kept: str, answer: Mapping[str, str]) -> Journey:
    try:
        journey = Journey(**json.loads(hub.ring.open(base64.urlsafe_b64decode(kept + "=="), LABEL)))
    except (Tampered, ValueError, TypeError):
        raise NotLetIn("no journey", BEGIN_AGAIN) from None
    age_s = hub.machine_ms() // 1000 - journey.began_s
    if journey.issuer != issuer.name or not 0 <= age_s <= JOURNEY_FOR_S:
        raise NotLetIn("no journey", BEGIN_AGAIN)
    if not _same(answer.get("state"), journey.state):
        raise NotLetIn("state", BEGIN_AGAIN)
    return journey


def _code(issuer: Issuer, to: services.Published, answer: Mapping[str, str]) -> str:
    named = answer.get("iss")
    if named != issuer.issuer and (named is not None or to.names_itself):
        raise NotLetIn("answer of another issuer", NOT_PROVEN.format(title=issuer.title))
    if "error" in answer:
        said = answer["error"] if answer["error"] in SAID else "no known reason"
        raise NotLetIn(f"said no: {said}", f"{issuer.title} did not sign you in ({said}).")
    code = answer.get("code", "")
    if not 0 < len(code) <= ANSWER_LENGTH_MAX:
        raise NotLetIn("no code", NOT_PROVEN.format(title=issuer.title))
    return code


def _let_in(hub: Hub, issuer: Issuer, claims: Mapping[str, Any], journey: Journey) -> Person:
    """The account behind the claims. A journey ends once: the database refuses its state a second time."""
    subject, at = str(claims["sub"]), hub.clock.now()
    with hub.reading() as connection:
        found = Identities(connection).person(issuer.issuer, subject, at)
        person = People(connection).get(found) if found is not None else _by_email(connection, issuer, claims, at)
    if person is None:
        raise NotLetIn(
            "not linked", f"{issuer.title} knows you as {subject}, but nobody here is linked with that. "
            "An administrator can do it: payhub people link.",
        )  # fmt: skip
    if person.disabled_at is not None:
        raise NotLetIn("disabled", "Your access to this hub has ended.")
    ends_at = datetime.fromtimestamp(journey.began_s + JOURNEY_FOR_S + 1, UTC)
    now = datetime.fromtimestamp(hub.machine_ms() / 1000, UTC)
    try:
        with hub.unit_of_work(actor=person.id) as work:
            Clients(work.connection).use_token(
                issuer.issuer, f"state:{digest(journey.state)}", expires_at=ends_at, now=now
            )
            if found is None:
                identity_desk.link_by_email(work, person, issuer=issuer.issuer, subject=subject)
            work.note(action="person.signed_in", subject=person.id, data={"issuer": issuer.name})
            work.commit()
    except IntegrityError:
        raise NotLetIn("replayed", BEGIN_AGAIN) from None
    except Conflict as err:
        raise NotLetIn("linked otherwise", err.message) from None
    return person


def _by_email(connection: Connection, issuer: Issuer, claims: Mapping[str, Any], at: datetime) -> Person | None:
    """Whoever signs in under the verified address, where the configuration says so; never somebody two must appoint."""
    email = claims.get("email")
    if not issuer.link_by_email or claims.get("email_verified") is not True:
        return None
    if not isinstance(email, str) or not email.isprintable():
        return None
    person = People(connection).with_name(email)
    return None if person is None or Grants(connection).of_person(person, at) & BY_TWO else person


def _published(hub: Hub, issuer: Issuer) -> services.Published:
    try:
        return services.published(hub, issuer)
    except NotFetched as err:
        raise _away(issuer, err) from None
    except services.NotAgreed as err:
        raise NotLetIn(
            err.reason, f"{issuer.title} is not set up as this hub expects. Tell an administrator."
        ) from None


def _away(issuer: Issuer, error: NotFetched) -> NotLetIn:
    return NotLetIn(
        f"unreachable: {error}", f"{issuer.title} cannot be reached now. Try again in a few minutes.", later=True
    )


def _seconds(value: Any) -> int | None:
    """A moment as tokens give it, with a fraction or without."""
    try:
        return None if isinstance(value, bool | str) else int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _alone(audience: object) -> bool:
    return isinstance(audience, str) or (isinstance(audience, list) and len(audience) == 1)


def _same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def _secret(hub: Hub) -> str:
    return _text(hub.ids.secret(SECRET_BYTES))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
