import json
from types import SimpleNamespace

import httpx
import pytest

from gateway.app import create_app
from tests.gateway.hubs import add_client, add_person, document, open_hub
from tests.gateway.serving import serving


@pytest.fixture
def hub(tmp_path):
    hub = open_hub(tmp_path)
    yield hub
    hub.close()


@pytest.fixture
def http(hub):
    with serving(create_app(hub)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def door(hub, http):
    """The API as its callers see it: an ERP, another ERP, and two people."""
    erp, erp_key = add_client(hub, "erp")
    other, other_key = add_client(hub, "other", entities=("BEISPIEL",))
    anna, anna_token = add_person(hub, "anna")
    bert, bert_token = add_person(hub, "bert")

    def bearer(key):
        return {"Authorization": f"Bearer {key}"}

    def submit(body=None, *, key="K-1", who=erp_key, media="application/json", **headers):
        body = document() if body is None else body
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = bearer(who) | {"Content-Type": media} | headers
        if key is not None:
            sent["Idempotency-Key"] = f'"{key}"'
        return http.post("/v1/batches", content=content, headers=sent)

    return SimpleNamespace(
        hub=hub, http=http, submit=submit, bearer=bearer, erp=erp, other=other, anna=anna, bert=bert,
        as_erp=bearer(erp_key), as_other=bearer(other_key), as_anna=bearer(anna_token), as_bert=bearer(bert_token),
        erp_key=erp_key, other_key=other_key,
    )  # fmt: skip
