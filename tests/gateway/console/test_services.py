"""Signing in at a real OpenID Connect server (canaille, by pytest-iam), as a browser does it, form by form."""

import re
import time
import uuid
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest
from sqlalchemy import select

from gateway.app import create_app
from gateway.persistence.identities import Identities, Identity
from gateway.persistence.tables import audit, sessions
from gateway.settings_sign_in import Issuer, SignIn
from tests.gateway.console.conftest import MORNING
from tests.gateway.hubs import add_person
from tests.gateway.serving import serving

PASSWORD = "a password at the service"
SECRET = "a secret with %+ and blanks"


@pytest.fixture(scope="session")
def service(iam_server):
    """The server, with one client that payhub is."""
    with iam_server.app.app_context():
        client = iam_server.models.Client(
            client_id=str(uuid.uuid4()), client_secret=SECRET, client_name="payhub", client_uri="http://127.0.0.1",
            redirect_uris=["http://127.0.0.1/console/sign-in/corp/back"], grant_types=["authorization_code"],
            response_types=["code"], token_endpoint_auth_method="client_secret_basic", scope=["openid", "email"],
        )  # fmt: skip
        iam_server.backend.save(client)
        client.audience = [client]
        iam_server.backend.save(client)
    return SimpleNamespace(server=iam_server, client=client, url=iam_server.url.rstrip("/"))


def test_try(service, hub):
    found = httpx.get(service.url + "/.well-known/openid-configuration").json()
    print(found)
    user = service.server.random_user(user_name="u" + uuid.uuid4().hex[:8], password=PASSWORD)
    print(user.user_name, user.emails)
    issuer = Issuer(name="corp", title="Corp", issuer=found["issuer"], client_id=service.client.client_id, client_secret="env:S")
    hub.machine_ms = lambda: time.time_ns() // 1_000_000
    hub.secrets = lambda _: SECRET
    with serving(create_app(hub)) as address:
        back = f"{address}/console/sign-in/corp/back"
        with service.server.app.app_context():
            service.client.redirect_uris = [back]
            service.server.backend.save(service.client)
        hub.configuration = replace(hub.configuration, settings=replace(hub.settings, sign_in=SignIn(address=address, issuers={"corp": issuer})))
        here = httpx.Client(base_url=address)
        there = httpx.Client(timeout=30)
        r = here.get("/console/sign-in/corp?then=/console/batches")
        print(r.status_code, r.headers.get("location"), r.text[:500])
        loc = r.headers["location"]
        for _ in range(10):
            r = there.get(loc)
            print(r.status_code, loc, r.headers.get("location"))
            if r.status_code in (302, 303):
                loc = urljoin(loc, r.headers["location"])
                if loc.startswith(address):
                    break
                continue
            form = re.search(r"<form.*?</form>", r.text, re.S)
            print(form[0][:3000] if form else r.text[:2000])
            fields = {n: "" for n in re.findall(r'name="([^"]+)"', form[0])}
            if "login" in fields: fields["login"] = user.user_name
            if "password" in fields: fields["password"] = PASSWORD
            r = there.post(loc, data=fields)
            print("POST", r.status_code, r.headers.get("location"))
            loc = urljoin(loc, r.headers["location"])
            if loc.startswith(address): break
        r = here.get(loc)
        print(r.status_code, r.headers, r.text[:2500])
    assert 0
