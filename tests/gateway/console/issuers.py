"""Sign-in services for tests: the forms of a real one (canaille), and one that lies as it is told."""

import re
import time
import uuid
from dataclasses import replace
from urllib.parse import parse_qs, urljoin, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import KeySet

from gateway.persistence.identities import Identities, Identity
from gateway.settings_sign_in import Issuer, SignIn
from tests.gateway.console.conftest import MORNING

SECRET = "a-secret-of-the-client"
PASSWORD = "a password at the service"
STEPS_MAX = 12


def a_service(issuer, client_id="payhub", **facts):
    """A service as the configuration names it."""
    given = {"name": "corp", "title": "Corp", "issuer": issuer, "client_id": client_id, "client_secret": "env:SECRET"}
    return Issuer(**(given | facts))


def comes_from(hub, address, *issuers, **facts):
    """The hub lets people in from there. Its machine time is real: so is the service's."""
    hub.machine_ms = lambda: time.time_ns() // 1_000_000
    hub.secrets = lambda _reference: SECRET
    doors = SignIn(address=address, issuers={one.name: one for one in issuers}, **facts)
    hub.configuration = replace(hub.configuration, settings=replace(hub.settings, sign_in=doors))


def linked(hub, person, issuer, subject):
    """As two administrators would have done it."""
    with hub.unit_of_work(actor="test") as work:
        Identities(work.connection).add(
            Identity(
                issuer=issuer, subject=subject, person_id=person.id, reason="a test", linked_by="one",
                linked_at=MORNING, confirmed_by="two", since=MORNING,
            )
        )  # fmt: skip
        work.commit()


def way_there(browser, then=""):
    """What our door sends the browser away with: the address and its query."""
    answer = browser.get("/sign-in/corp" + (f"?then={then}" if then else ""))
    assert answer.status_code == 303, answer.text
    asked = answer.headers["location"]
    return asked, {name: values[0] for name, values in parse_qs(urlsplit(asked).query).items()}


def walk(there, asked, home, *, login, password=PASSWORD):
    """Fills in a real server's forms until it sends the browser back; gives the address it sends it to."""
    at = asked
    answer = there.get(at)
    for _ in range(STEPS_MAX):
        if answer.is_redirect:
            at = urljoin(at, answer.headers["location"])
            if at.startswith(home):
                return at
            answer = there.get(at)
            continue
        form = re.search(r'<form[^>]*method="post".*?</form>', answer.text, re.DOTALL | re.IGNORECASE)
        assert form is not None, answer.text
        typed = {"login": login, "password": password}
        fields = {name: typed.get(name, "") for name in re.findall(r'name="([^"]+)"', form[0])}
        answer = there.post(at, data=fields)
    raise AssertionError(f"no way back from {at}")


class Liar:
    """A service of our own, whose answers a test changes."""

    def __init__(self, key):
        self.key = key
        self.published = [key]
        self.claims = {}
        self.discovery = {}
        self.token = None
        self.status = 200
        self.header = {"alg": "RS256", "kid": "one"}
        self.nonce = None
        self.asked = []
        self.address = ""

    def app(self):
        """The application to serve."""
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def discovery():
            ends = {"authorization": "authorize", "token": "token", "end_session": "leave"}
            known = {f"{name}_endpoint": f"{self.address}/{path}" for name, path in ends.items()}
            known |= {"issuer": self.address, "jwks_uri": f"{self.address}/keys"}
            return JSONResponse(known | self.discovery, self.status)

        @app.get("/keys")
        def keys():
            return KeySet(self.published).as_dict(private=False)

        @app.post("/token")
        async def token(request: Request):
            self.asked.append(((await request.body()).decode(), request.headers.get("authorization")))
            return {"access_token": "x", "token_type": "Bearer", "id_token": self.token or self.id_token()}

        return app

    def id_token(self, **facts):
        """A token as it should be, with what a test changed."""
        now = int(time.time())
        given = {
            "iss": self.address, "aud": "payhub", "sub": "s-1", "iat": now, "exp": now + 300, "nonce": self.nonce,
        } | self.claims | facts  # fmt: skip
        claims = {name: value for name, value in given.items() if value is not None}
        return jwt.encode(self.header, claims, self.key, algorithms=[self.header["alg"]])


def client_of(server, back):
    """A client of a canaille server that payhub is. A fresh one each time: the server, keeping its rows in memory,
    looks for a code by its client as well, and would take one that an earlier test left.
    """
    name = f"payhub-{uuid.uuid4().hex[:8]}"
    with server.app.app_context():
        client = server.models.Client(
            client_id=name, client_secret=SECRET, client_name="payhub", client_uri="http://localhost",
            redirect_uris=[back], grant_types=["authorization_code"], response_types=["code"],
            token_endpoint_auth_method="client_secret_basic", scope=["openid", "email"],
        )  # fmt: skip
        server.backend.save(client)
        client.audience = [client]
        server.backend.save(client)
    return name
