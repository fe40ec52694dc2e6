"""Our client at an OAuth2 server nobody here wrote."""

import importlib.util
import json
from datetime import UTC, datetime

import pytest
from authlib.oauth2.rfc6749 import ClientCredentialsGrant
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

from banks.api_settings import Authentication, OAuthSettings, SigningKey
from banks.connectors.https_line import Line
from banks.errors import Refused
from banks.settings import HttpsSettings

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("pytest_iam") is None, reason="pytest-iam is not installed"),
]
KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
STRANGER = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)


@pytest.fixture(autouse=True)
def methods_the_server_takes(monkeypatch):
    """Its client credentials take a Basic secret only unless they are told to take what it can verify as well."""
    taken = ["client_secret_basic", "client_secret_post", "client_assertion_jwt"]
    monkeypatch.setattr(ClientCredentialsGrant, "TOKEN_ENDPOINT_AUTH_METHODS", taken)


def client_of(server, method):
    """A client the server knows, with a secret and with our public key."""
    public = RSAKey.import_key(PEM, {"kid": "payhub-1", "use": "sig"}).as_dict(private=False)
    client = server.models.Client(
        client_id=f"payhub-{method}", client_secret="open-sesame", client_name="payhub",
        client_id_issued_at=datetime.now(UTC), client_secret_expires_at=None,
        grant_types=["client_credentials"], response_types=[], scope=["openid"],
        token_endpoint_auth_method=method, redirect_uris=["https://payhub.example/none"],
        jwks=json.dumps({"keys": [public]}),
        contacts=["nobody@payhub.example"],
    )  # fmt: skip
    server.backend.save(client)
    return client.client_id


def line(server, method, *, secret="open-sesame", key=PEM):
    url = f"{server.url}oauth/token"
    oauth = OAuthSettings(
        token_url=url, client_id=client_of(server, method), client_secret="env:SECRET", scope="openid",
        authentication=Authentication(method),
        assertion=SigningKey(key="env:KEY", key_id="payhub-1", algorithm="RS256"),
    )  # fmt: skip
    numbers = iter(range(1_000))
    return Line(
        bank="bank", settings=HttpsSettings(base_url=server.url.rstrip("/"), oauth=oauth),
        secrets={"env:SECRET": secret, "env:KEY": key}.__getitem__, ids=lambda: f"{method}-{next(numbers)}",
    )  # fmt: skip


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic", "private_key_jwt"])
def test_a_server_nobody_here_wrote_gives_us_a_token(iam_server, method):
    opened = line(iam_server, method)
    token = opened.token()
    assert len(token) > 20
    assert opened.token() == token
    opened.close()


@pytest.mark.parametrize(
    ("method", "wrong"), [("client_secret_post", {"secret": "wrong"}), ("private_key_jwt", {"key": STRANGER})]
)
def test_it_gives_none_to_somebody_else(iam_server, method, wrong):
    opened = line(iam_server, method, **wrong)
    with pytest.raises(Refused, match="no token"):
        opened.token()
    opened.close()
