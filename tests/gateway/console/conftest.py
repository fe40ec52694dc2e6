import json
import re
from types import SimpleNamespace

import httpx
import pytest

from gateway.app import create_app
from tests.gateway.hubs import PASSWORD, add_client, add_person, document, open_hub
from tests.gateway.serving import serving


class Browser:
    """What a browser does with forms and cookies, without its script."""

    def __init__(self, address):
        self.http = httpx.Client(base_url=address, timeout=60)

    def get(self, path, **more):
        return self.http.get(f"/console{path}", **more)

    def post(self, path, fields, **more):
        return self.http.post(f"/console{path}", data=fields, **more)

    def csrf(self, path):
        return re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)[1]

    def sign_in(self, name, password=PASSWORD, **fields):
        return self.post("/sign-in", {"csrf": self.csrf("/sign-in"), "name": name, "password": password, **fields})

    def decide(self, path, **fields):
        """Opens a page with a form and sends it with what was typed."""
        shown = self.get(path).text.split('<main id="main"', 1)[1]
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))
        return self.post(path, hidden | fields)


@pytest.fixture
def hub(tmp_path):
    hub = open_hub(tmp_path)
    yield hub
    hub.close()


@pytest.fixture
def site(hub):
    """The console behind a socket, with an ERP and two people; ``browser()`` opens another window."""
    _, key = add_client(hub, "erp", entities=("MUSTER", "BEISPIEL"))
    anna, token = add_person(hub, "anna")
    ben, _ = add_person(hub, "ben")
    with serving(create_app(hub)) as address:
        opened = []

        def browser(name=None):
            opened.append(Browser(address))
            if name is not None:
                assert opened[-1].sign_in(name).status_code == 303
            return opened[-1]

        def submit(body=None, key_text="K-1"):
            headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": key_text}
            answer = httpx.post(
                f"{address}/v1/batches",
                content=json.dumps(body or document()),
                headers=headers | {"Content-Type": "application/json"},
            )
            assert answer.status_code == 201, answer.text
            return answer.json()["id"]

        yield SimpleNamespace(
            hub=hub, browser=browser, submit=submit, anna=anna, ben=ben, key=key, token=token, address=address
        )
        for one in opened:
            one.http.close()
