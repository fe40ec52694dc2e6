"""Signed-in browsers: the session cookie, the token in every form, and who is looking.

Sessions live by the machine's clock: business time may be moved, and nobody is signed out by that. A cookie holds 256
random bits of which the table knows the digest; signing in always makes a new one.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import parse_qsl, quote

from fastapi import Depends, Request
from fastapi.responses import Response

from gateway.api.auth import TheHub, scope_of
from gateway.api.credentials import digest
from gateway.domain.errors import Forbidden, TooLarge
from gateway.domain.roles import EVERY, Grant, Verb, check, may
from gateway.persistence.grants import Grants
from gateway.persistence.people import People, Person, Session
from gateway.persistence.queries import Scope
from gateway.wiring import Hub

COOKIE = "payhub_session"
VISIT_COOKIE = "payhub_visit"
"""Ties the sign-in form to the browser it was shown in."""
JOURNEY_COOKIE = "payhub_journey"
"""What a browser keeps while it is away at a sign-in service."""
SESSION_FOR = timedelta(hours=10)
"""How long a session lasts at most, in use or not."""
IDLE_FOR = timedelta(minutes=60)
"""How long a session lasts without a page being asked for."""
SEEN_EVERY = timedelta(minutes=1)
"""How often a session in use is written down as seen."""
SECRET_BYTES = 32
FORM_BYTES_MAX = 64 << 10
FIELDS_MAX = 100
PATH = "/console"
SAME_SITE = ("same-origin", "none")


class SignInFirst(Exception):
    """Nobody is signed in; ``then`` is where to go afterwards."""

    def __init__(self, then: str) -> None:
        super().__init__(then)
        self.then = then


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A signed-in person and the token their forms carry. ``issuer`` names the sign-in service they came from."""

    person: Person
    csrf: str
    session: str
    since: datetime
    issuer: str | None
    grants: tuple[Grant, ...]
    scope: Scope

    def check(self, verb: Verb, entity: str | None) -> None:
        """Raises :class:`Forbidden` unless the visitor may do that for that entity; None asks whether for any."""
        check(self.grants, verb, entity)

    def may(self, verb: Verb, entity: str = EVERY) -> bool:
        """Whether the visitor may do that for that entity."""
        return may(self.grants, verb, entity)


Form = Mapping[str, str]


def machine_time(hub: Hub) -> datetime:
    """The machine's own moment, which sessions live by."""
    return datetime.fromtimestamp(hub.machine_ms() / 1000, UTC)


def open_session(
    hub: Hub, person: Person, response: Response, *, replaces: str | None, issuer: str | None = None
) -> None:  # fmt: skip
    """Signs a person in: a fresh id, and the end of whatever session the browser had."""
    cookie = hub.ids.secret(SECRET_BYTES).hex()
    now = machine_time(hub)
    session = Session(
        sha256=digest(cookie), person_id=person.id, csrf=hub.ids.secret(SECRET_BYTES).hex(), created_at=now,
        seen_at=now, expires_at=now + SESSION_FOR, issuer=issuer,
    )  # fmt: skip
    with hub.unit_of_work(actor=person.id) as work:
        people = People(work.connection)
        if replaces:
            people.end_session(digest(replaces))
        people.add_session(session)
        work.commit()
    keep(hub, response, COOKIE, cookie, seconds=int(SESSION_FOR.total_seconds()))
    response.delete_cookie(VISIT_COOKIE, path=PATH)


def close_session(hub: Hub, visitor: Visitor, response: Response) -> None:
    """Signs out here; other browsers of the same person stay."""
    with hub.unit_of_work(actor=visitor.person.id) as work:
        People(work.connection).end_session(visitor.session)
        work.note(action="person.signed_out", subject=visitor.person.id, data={})
        work.commit()
    response.delete_cookie(COOKIE, path=PATH)


def begin_visit(hub: Hub, request: Request, response: Response) -> str:
    """The token of a sign-in form, tied to this browser by a cookie."""
    token = request.cookies.get(VISIT_COOKIE) or hub.ids.secret(SECRET_BYTES).hex()
    keep(hub, response, VISIT_COOKIE, token, seconds=3600)
    return digest(token)


def check_visit(request: Request, form: Form) -> None:
    """Raises :class:`Forbidden` unless the sign-in form was shown in this browser."""
    expected = digest(request.cookies.get(VISIT_COOKIE, ""))
    if VISIT_COOKIE not in request.cookies or not hmac.compare_digest(form.get("csrf", "").encode(), expected.encode()):
        raise _not_ours()


def keep(hub: Hub, response: Response, name: str, value: str, *, seconds: int) -> None:
    """Has the browser keep something that only we read, and only it sends."""
    response.set_cookie(
        name, value, max_age=seconds, path=PATH, httponly=True, samesite="lax", secure=hub.settings.secure_cookies
    )


def visitor_of(request: Request, hub: TheHub) -> Visitor:
    """Who is looking; raises :class:`SignInFirst`."""
    cookie = request.cookies.get(COOKIE)
    found: tuple[Session, Person] | None = None
    grants: tuple[Grant, ...] = ()
    if cookie:
        with hub.reading() as connection:
            found = People(connection).session(digest(cookie), machine_time(hub), idle=IDLE_FOR)
            grants = Grants(connection).held(found[1].id, hub.clock.now()) if found is not None else ()
    if found is None:
        raise SignInFirst(_back(request))
    session, person = found
    _note_seen(hub, session, request)
    return Visitor(
        person=person, csrf=session.csrf, session=session.sha256, since=session.created_at, issuer=session.issuer,
        grants=grants, scope=scope_of(hub, grants),
    )  # fmt: skip


def _note_seen(hub: Hub, session: Session, request: Request) -> None:
    """A page that somebody asked for keeps the session awake; the live line, which asks by itself, does not."""
    now = machine_time(hub)
    if now - session.seen_at < SEEN_EVERY or request.url.path.startswith(f"{PATH}/live"):
        return
    with hub.unit_of_work(actor=session.person_id) as work:
        People(work.connection).seen(session.sha256, now)
        work.commit()


def _back(request: Request) -> str:
    if request.method != "GET":
        return ""
    query = f"?{request.url.query}" if request.url.query else ""
    return request.url.path + query


def safe_target(then: str) -> str:
    """A path of the console to go to after signing in; anything else leads home."""
    inside = (
        then.startswith(f"{PATH}/") and "\\" not in then and ".." not in then and not then.startswith(f"{PATH}/live")
    )
    return quote(then, safe="/?=&%-._~:") if inside else f"{PATH}/"


async def form_of(request: Request) -> Form:
    """The fields of a posted form; raises :class:`TooLarge`, and :class:`Forbidden` when another site posted it."""
    if request.headers.get("sec-fetch-site", "same-origin") not in SAME_SITE:
        raise _not_ours()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES_MAX:
            raise TooLarge("This form holds more than the console takes.", code="form.too_large")
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError as err:
        raise _not_ours() from err


def checked_form(visitor: Annotated[Visitor, Depends(visitor_of)], form: Annotated[Form, Depends(form_of)]) -> Form:
    """The fields of a form that this session was shown; raises :class:`Forbidden` otherwise."""
    if not hmac.compare_digest(form.get("csrf", "").encode(), visitor.csrf.encode()):
        raise _not_ours()
    return form


def _not_ours() -> Forbidden:
    return Forbidden(
        "This form does not come from a page of this session. Go back, load the page again, and send it once more.",
        code="form.not_ours",
    )


TheVisitor = Annotated[Visitor, Depends(visitor_of)]
CheckedForm = Annotated[Form, Depends(checked_form)]
PostedForm = Annotated[Form, Depends(form_of)]
