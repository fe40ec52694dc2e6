"""Signatures: vectors of an RFC, and joserfc's own functions on the other side of ours."""

import base64
import json
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from joserfc import jws as other_side
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from banks.api_settings import OAuthSettings, Signing, SigningKey, SigningStyle
from banks.security import assertion, jws
from banks.security.signing import Signer, digest
from banks.simulator.tls import Authority

NOW = datetime(2026, 9, 30, 8, 0, tzinfo=UTC)
BODY = "<Document>Müller</Document>".encode("iso-8859-1")
RFC_KEY = {
    "kty": "oct",
    "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
}
"""RFC 7515, appendix A.1."""
RFC_TOKEN = "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY"
"""RFC 7797, section 4.2: the payload is ``$.02``."""
ALGORITHMS = ("ES256", "PS256", "RS256")


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_pem(key):
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


ELLIPTIC, RSA = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)


def pair(algorithm):
    return ELLIPTIC if algorithm == "ES256" else RSA


def their_key(algorithm):
    kind = ECKey if algorithm == "ES256" else RSAKey
    return kind.import_key(public_pem(pair(algorithm)))


def signer(style, algorithm="ES256", **facts):
    key = SigningKey(key="env:KEY", key_id="k1", algorithm=algorithm)
    settings = Signing(style=style, header="x-jws-signature", key=key, **facts)
    return Signer.made(settings, {"env:KEY": pem(pair(algorithm)), "env:CERT": certificate()}.__getitem__)


def certificate():
    return Authority("Bank").issue("payhub").certificate.decode()


def test_the_vector_of_rfc_7797_is_made_and_read():
    key = OctKey.import_key(RFC_KEY)
    assert jws.sign({"alg": "HS256", "b64": False, "crit": ["b64"]}, b"$.02", key) == RFC_TOKEN
    keys = jws.Keys((key,), named=False)
    assert jws.verify(RFC_TOKEN, b"$.02", keys, algorithms=("HS256",))["b64"] is False
    with pytest.raises(jws.BadSignature):
        jws.verify(RFC_TOKEN, b"$.03", keys, algorithms=("HS256",))
    with pytest.raises(jws.BadSignature, match="not one we take"):
        jws.verify(RFC_TOKEN, b"$.02", keys)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("style", [SigningStyle.DETACHED, SigningStyle.ENCODED])
def test_the_other_side_reads_our_signature_over_the_bytes_of_the_body(algorithm, style):
    added = signer(style, algorithm).headers("POST", "/v1/files", {}, BODY, NOW)
    token = added["x-jws-signature"]
    found = other_side.deserialize_compact(token, their_key(algorithm), algorithms=[algorithm], payload=BODY)
    assert found.headers()["kid"] == "k1"
    assert token.split(".")[1] == ""
    with pytest.raises(Exception, match=r"bad_signature|Bad|bad"):
        other_side.deserialize_compact(token, their_key(algorithm), algorithms=[algorithm], payload=BODY + b" ")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_we_read_what_the_other_side_signs(algorithm):
    kind = ECKey if algorithm == "ES256" else RSAKey
    key = kind.import_key(pem(pair(algorithm)))
    whole = other_side.serialize_compact({"alg": algorithm}, b"text", key, algorithms=[algorithm])
    token = other_side.detach_content(whole)
    assert jws.verify(token, b"text", jws.public_keys(public_pem(pair(algorithm))))["alg"] == algorithm


def test_claims_stand_in_the_protected_header_and_critical_ones_under_crit():
    claims = {"http://bank.example/iat": "{now}", "http://bank.example/iss": "payhub"}
    made = signer(SigningStyle.DETACHED, claims=claims, critical=("http://bank.example/iat",))
    token = made.headers("POST", "/", {}, BODY, NOW)["x-jws-signature"]
    protected = jws.verify(token, BODY, jws.public_keys(public_pem(ELLIPTIC)), critical=made.settings.critical)
    assert protected["http://bank.example/iat"] == int(NOW.timestamp())
    assert protected["crit"] == ["b64", "http://bank.example/iat"]
    with pytest.raises(jws.BadSignature, match="do not understand"):
        jws.verify(token, BODY, jws.public_keys(public_pem(ELLIPTIC)))


SIGNED = ("(request-target)", "digest", "date", "x-request-id")


def test_chosen_headers_are_signed_line_by_line_as_a_jws():
    made = signer(SigningStyle.HEADERS, signed=SIGNED)
    added = made.headers("POST", "/v1/files?a=b", {"X-Request-ID": "R1"}, BODY, NOW)
    lines = f"(request-target): post /v1/files?a=b\ndigest: {digest(BODY)}\ndate: {format_datetime(NOW, True)}"
    found = jws.verify(
        added["x-jws-signature"], f"{lines}\nx-request-id: R1".encode(), jws.public_keys(public_pem(ELLIPTIC))
    )
    assert found["hdr"] == list(SIGNED)
    assert added["Digest"] == digest(BODY)


def test_an_http_signature_names_its_key_and_headers_and_can_be_checked_with_nothing_but_rsa():
    made = signer(SigningStyle.HTTP_SIGNATURE, "RS256", signed=("digest", "x-request-id"), certificate="env:CERT")
    added = made.headers("POST", "/v1", {"X-Request-ID": "R1"}, BODY, NOW)
    parts = dict(part.split("=", 1) for part in added["x-jws-signature"].split(","))
    assert parts["keyId"] == '"k1"'
    assert parts["headers"] == '"digest x-request-id"'
    assert parts["algorithm"] == '"rsa-sha256"'
    lines = f"digest: {digest(BODY)}\nx-request-id: R1".encode()
    RSA.public_key().verify(base64.b64decode(parts["signature"]), lines, padding.PKCS1v15(), hashes.SHA256())
    shown = base64.b64decode(added["TPP-Signature-Certificate"])
    assert x509.load_der_x509_certificate(shown).subject.rfc4514_string() == "CN=payhub"


def test_the_digest_is_over_the_bytes_and_an_empty_body_has_nothing_to_sign():
    assert digest(b"") == "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert signer(SigningStyle.DETACHED).headers("GET", "/", {}, b"", NOW) == {}


def token(protected, payload=b"x"):
    return jws.sign(protected, payload, ECKey.import_key(pem(ELLIPTIC)))


@pytest.mark.parametrize(
    "wrong",
    [
        "", "..", "a.b.c", "not a token", f"{RFC_TOKEN}x",
        token({"alg": "ES256", "b64": False}),
        token({"alg": "ES256", "crit": []}),
        token({"alg": "ES256", "crit": ["exp"]}),
        token({"alg": "ES256", "crit": ["exp"], "exp": 1}),
        token({"alg": "ES256", "crit": "b64", "b64": False}),
        token({"alg": "ES256"}, b"y"),
        token({"alg": "ES256", "kid": "another"}),
        "x" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_good_signature_is_none(wrong):
    key = ECKey.import_key(public_pem(ELLIPTIC))
    keys = jws.public_keys(json.dumps({"keys": [{**key.as_dict(), "kid": "k1"}]}))
    with pytest.raises(jws.BadSignature):
        jws.verify(wrong, b"x", keys)
    assert jws.verify(token({"alg": "ES256", "kid": "k1"}), b"x", keys)["kid"] == "k1"


def test_a_key_of_another_kind_is_never_tried_with_an_algorithm():
    forged = other_side.serialize_compact(
        {"alg": "HS256"}, b"x", OctKey.import_key("the public key is no secret, and no shared one")
    )
    with pytest.raises(jws.BadSignature, match="not one we take"):
        jws.verify(other_side.detach_content(forged), b"x", jws.public_keys(public_pem(RSA)))
    with pytest.raises(jws.BadSignature, match="no key"):
        jws.verify(token({"alg": "ES256"}), b"x", jws.public_keys(public_pem(RSA)))


@pytest.mark.parametrize("text", ["", "nonsense", "{}", '{"keys": 7}', "-----BEGIN PUBLIC KEY-----\nAAAA\n"])
def test_what_is_no_key_is_told(text):
    with pytest.raises(jws.BadKey):
        jws.public_keys(text)
    with pytest.raises(jws.BadKey):
        jws.private_key(text, "ES256")


def test_a_private_key_must_fit_its_algorithm_and_a_public_one_is_none():
    with pytest.raises(jws.BadKey):
        jws.private_key(pem(RSA), "ES256")
    with pytest.raises(jws.BadKey, match="not a private key"):
        jws.private_key(public_pem(ELLIPTIC), "ES256")
    assert jws.public_keys(certificate()).keys


def test_an_assertion_says_who_we_are_to_one_token_server_for_a_moment():
    oauth = OAuthSettings(token_url="https://bank.example/token", client_id="payhub")
    made = assertion.assertion(
        oauth, SigningKey(key="", key_id="k1", algorithm="PS256"), jws.private_key(pem(RSA), "PS256"),
        now_s=1_000, identifier="J1",
    )  # fmt: skip
    found = jwt.decode(made, their_key("PS256"), algorithms=["PS256"])
    assert found.header == {"alg": "PS256", "typ": "JWT", "kid": "k1"}
    assert found.claims == {
        "iss": "payhub", "sub": "payhub", "aud": "https://bank.example/token", "jti": "J1", "iat": 1_000, "exp": 1_120,
    }  # fmt: skip
