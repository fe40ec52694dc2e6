import base64
import json
import socket
import ssl
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from gateway import tls
from gateway.api import certificates
from gateway.api.certificates import thumbprint
from gateway.app import create_app
from gateway.domain.errors import Unacceptable
from gateway.persistence.clients import Clients
from gateway.settings_sign_in import Machines, Tls
from tests.gateway.hubs import add_client, add_person, open_hub
from tests.gateway.serving import serving

LOOPBACK = "127.0.0.1"
ISSUER, AUDIENCE = "https://tokens.example", "payhub"


class Paper:
    """A certificate of an authority, as a client has it."""

    def __init__(self, authority, folder, name):
        issued = authority.issue_cert(f"{name}.example.com", common_name=name)
        self.chain, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        issued.cert_chain_pems[0].write_to_path(self.chain)
        issued.private_key_pem.write_to_path(self.key)
        self.der = x509.load_pem_x509_certificate(self.chain.read_bytes()).public_bytes(Encoding.DER)
        self.thumbprint = thumbprint(self.der)

    @property
    def field(self):
        """As a proxy writes it into Client-Cert."""
        return f":{base64.b64encode(self.der).decode()}:"


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("papers")
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    hub = authority.issue_cert(LOOPBACK)
    hub.cert_chain_pems[0].write_to_path(folder / "hub.pem")
    hub.private_key_pem.write_to_path(folder / "hub.key")
    erp, other = Paper(authority, folder, "erp"), Paper(authority, folder, "other")
    return folder, authority, {"erp": erp, "other": other, "stranger": Paper(stranger, folder, "stranger")}


@pytest.fixture(scope="module")
def signer():
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@pytest.fixture
def hub(tmp_path, papers, signer):
    folder, _, known = papers
    (tmp_path / "jwks.json").write_text(json.dumps(KeySet([signer]).as_dict(private=False)))
    hub = open_hub(
        tmp_path,
        tls=Tls(
            certificate=folder / "hub.pem", certificate_key=folder / "hub.key",
            client_authorities=folder / "authority.pem",
        ),
        machines=Machines(
            issuer=ISSUER, audience=AUDIENCE, jwks=str(tmp_path / "jwks.json"), client_claim="sub", one_time=False
        ),
    )  # fmt: skip
    keys = {"erp": add_client(hub, "erp")[1], "free": add_client(hub, "free")[1], "anna": add_person(hub)[1]}
    with hub.unit_of_work(actor="test") as work:
        Clients(work.connection).bind("erp", known["erp"].thumbprint)
        work.commit()
    yield SimpleNamespace(of=hub, keys=keys, machine_ms=hub.machine_ms)
    hub.close()


def asked(hub, papers, secret, *, paper=None, **headers):
    """The status of a request over the hub's own TLS."""
    _, authority, known = papers
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    if paper is not None:
        trusting.load_cert_chain(known[paper].chain, known[paper].key)
    with (
        serving(create_app(hub.of), **tls.options(hub.of.settings)) as address,
        httpx.Client(base_url=address.replace("http:", "https:"), verify=trusting) as http,
    ):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return http.get("/v1/batches", headers={"Authorization": f"Bearer {secret}"} | sent).status_code


@pytest.mark.parametrize(("paper", "status"), [("erp", 200), ("other", 401), (None, 401)])
def test_a_bound_client_is_known_on_the_connection_of_its_certificate_only(hub, papers, paper, status):
    assert asked(hub, papers, hub.keys["erp"], paper=paper) == status


def test_a_certificate_of_another_authority_opens_no_connection(hub, papers):
    with pytest.raises(httpx.TransportError):
        asked(hub, papers, hub.keys["erp"], paper="stranger")


@pytest.mark.parametrize("paper", ["other", None])
def test_who_is_bound_to_none_needs_none(hub, papers, paper):
    assert asked(hub, papers, hub.keys["free"], paper=paper) == 200
    assert asked(hub, papers, hub.keys["anna"], paper=paper) == 200


def test_a_refusal_for_want_of_the_certificate_is_on_the_trail(hub, papers):
    asked(hub, papers, hub.keys["erp"])
    hub.of.tell_refusals(all_of_them=True)
    with hub.of.reading() as connection:
        rows = connection.exec_driver_sql("SELECT data FROM audit WHERE action = 'credential.refused'").all()
    assert any("certificate" in str(row.data) for row in rows)


def test_a_header_from_anybody_but_a_proxy_says_nothing(hub, papers):
    said = papers[2]["erp"].field
    assert asked(hub, papers, hub.keys["erp"], paper="other", Client_Cert=said) == 401
    assert asked(hub, papers, hub.keys["erp"], Client_Cert=said, X_Forwarded_For="10.9.8.7") == 401


def test_a_proxy_says_which_certificate_its_caller_had(tmp_path, papers):
    hub = open_hub(tmp_path, proxies=frozenset({LOOPBACK}))
    known = papers[2]
    _, key = add_client(hub, "erp")
    with hub.unit_of_work(actor="test") as work:
        Clients(work.connection).bind("erp", known["erp"].thumbprint)
        work.commit()
    with serving(create_app(hub), **tls.options(hub.settings)) as address, httpx.Client(base_url=address) as http:

        def status(*fields):
            sent = [("Authorization", f"Bearer {key}"), ("X-Forwarded-For", "10.9.8.7")]
            return http.get("/v1/batches", headers=sent + [("Client-Cert", one) for one in fields]).status_code

        right, wrong = known["erp"].field, known["other"].field
        assert status(right) == 200
        for fields in (
            (),
            (wrong,),
            (right, right),
            (right, wrong),
            ("::",),
            (right[:-1],),
            (":?:",),
            (":é:".encode(),),
            (right[1:],),
        ):
            assert status(*fields) == 401, fields
    hub.close()


def test_what_hides_in_a_body_of_two_lengths_is_no_request(papers):
    seen = []

    async def app(scope, _receive, send):
        seen.append(scope["path"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    hidden = f"GET /hidden HTTP/1.1\r\nHost: hub\r\nClient-Cert: {papers[2]['erp'].field}\r\n\r\n"
    body = f"0\r\n\r\n{hidden}"
    begun = f"POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(body)}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(app, http=tls.Showing) as address:
        place = urlsplit(address)
        with socket.create_connection((place.hostname, place.port), timeout=60) as line:
            line.sendall((begun + body).encode())
            said = b"".join(iter(lambda: line.recv(65_536), b""))
    assert (said.split(b"\r\n")[0], said.count(b"HTTP/1.1"), seen) == (b"HTTP/1.1 400 Bad Request", 1, [])


def token(hub, signer, **facts):
    now = hub.machine_ms() // 1000
    claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300} | facts
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, signer, algorithms=["RS256"])


def test_a_token_speaks_for_a_bound_client_with_its_certificate_only(hub, papers, signer):
    text = token(hub, signer, sub="erp")
    assert [asked(hub, papers, text, paper=paper) for paper in ("erp", "other", None)] == [200, 401, 401]


def test_a_token_that_is_bound_to_a_certificate_holds_on_its_connection_only(hub, papers, signer):
    mine = base64.urlsafe_b64encode(bytes.fromhex(papers[2]["erp"].thumbprint)).rstrip(b"=").decode()
    text = token(hub, signer, sub="free", cnf={"x5t#S256": mine})
    assert [asked(hub, papers, text, paper=paper) for paper in ("erp", "other", None)] == [200, 401, 401]


@pytest.mark.parametrize("cnf", [{"jkt": "x"}, {}, "x5t#S256", {"x5t#S256": 7}, None])
def test_a_binding_that_cannot_be_checked_is_not_met(hub, papers, signer, cnf):
    assert asked(hub, papers, token(hub, signer, sub="free", cnf=cnf), paper="erp") == 401


def test_a_file_that_is_no_certificate_is_refused_by_name(tmp_path, papers):
    assert certificates.of_file(papers[2]["erp"].chain) == papers[2]["erp"].thumbprint
    (tmp_path / "der").write_bytes(papers[2]["erp"].der)
    assert certificates.of_file(tmp_path / "der") == papers[2]["erp"].thumbprint
    (tmp_path / "key.pem").write_bytes(papers[2]["erp"].key.read_bytes())
    for name in ("key.pem", "missing.pem"):
        with pytest.raises(Unacceptable, match=name):
            certificates.of_file(tmp_path / name)
