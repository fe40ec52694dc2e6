"""What a profile may say about a bank's API, and what is told when it says something else."""

import tomllib

import pytest

from banks import mapping
from banks.api_settings import Authentication, Shape, SigningStyle
from banks.profile_mapping import payhub
from banks.strict import Table
from tests.banks import api_pages


def keys(text):
    _, problems = api_pages.read(text)
    return [problem.split(": ")[1] for problem in problems]


def changed(name, old, new):
    text = api_pages.blocks()[name]
    assert old in text, old
    return text.replace(old, new)


def test_a_profile_that_says_nothing_speaks_the_payhub_bank_api():
    bank, problems = api_pages.read("")
    assert (bank.channel.api, problems) == (None, [])
    assert payhub().shape is Shape.FILE
    assert payhub().idempotency_header == "Idempotency-Key"


def test_the_page_says_who_we_are_and_how_we_sign():
    channel = api_pages.shown("signed-in").channel
    assert channel.oauth.authentication is Authentication.SIGNED_ASSERTION
    assert channel.signing.style is SigningStyle.DETACHED
    assert channel.oauth.assertion == channel.signing.key


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        ("signed-in", 'algorithm = "ES256"', 'algorithm = "none"', "channel.oauth.algorithm"),
        ("signed-in", 'key = "file:/run/secrets/payhub.key"', 'key = "-----BEGIN"', "channel.oauth.key"),
        ("signed-in", 'style = "detached"', 'style = "headers"\nsigned = ["date"]', "channel.signing.signed"),
        ("signed-in", 'style = "detached"', 'critical = ["iat"]', "channel.signing.critical"),
        ("signed-in", "private_key_jwt", "client_secret_post", "channel.oauth.client_secret"),
        ("berlin", 'client_secret = "env:BANK_SECRET"', 'authentication = "tls_client_auth"', "channel.certificate"),
        ("berlin", 'id = "/paymentId"', 'id = "paymentId"', "channel.api.send.id"),
        ("berlin", 'id = "/paymentId"\n', "", "channel.api.send.id"),
        ("berlin", 'shape = "file"', 'shape = "batch"', "channel.api.shape"),
        ("berlin", "{id}/status", "{number}/status", "channel.api.status.path"),
        ("berlin", 'path = "/v1', 'path = "v1', "channel.api.send.path"),
        ("berlin", 'status = "/transactionStatus"', 'status = "/a~2"', "channel.api.send.status"),
        ("berlin", 'status = "/transactionStatus"', 'state = "/x"', "channel.api.send.state"),
        ("obie", 'idempotency_header = "x-idempotency-key"\n', "", "channel.api.idempotency_header"),
        ("obie", '"{consent}"', '"{agreement}"', "channel.api.send.body.Data.ConsentId"),
        ("obie", "{count}", "{count", "channel.api.prepare[0].body.Data.Initiation.NumberOfTransactions"),
        ("obie", '"{control_sum:number}"', "12.5", "channel.api.prepare[0].body.Data.Initiation.ControlSum"),
        ("singles", "{amount}", "1.00", "channel.api.send.body"),
        ("singles", '"{instruction_id}"', '"{end_to_end_id}"', "channel.api.send.body"),
        ("singles", '"{creditor_iban}"', '"{debtor_iban}"', "channel.api.send.body"),
        ("singles", "refusals = [400, 422]", "refusals = [409]", "channel.api.send.refusals"),
        ("singles", "refusals = [400, 422]", "refusals = [500]", "channel.api.send.refusals"),
        ("singles", "?instruction_id={instruction_id}", "?all=1", "channel.api.find.path"),
        ("calls-back", 'scheme = "jws"', 'scheme = "none"', "callback.scheme"),
        ("calls-back", "tolerance_s = 300", "tolerance_s = 0", "callback.tolerance_s"),
        ("calls-back", "file:/run/secrets/bank.jwks", "the key itself", "callback.key"),
    ],
)
def test_what_is_wrong_with_an_api_is_told_by_its_key(name, old, new, key):
    assert key in keys(changed(name, old, new))


def test_a_pointer_is_rfc_6901():
    document = {"a/b": {"~": [10, {"c": "x"}]}, "": "empty", "n": None}
    for pointer, found in (
        ("", document), ("/a~1b/~0/0", 10), ("/a~1b/~0/1/c", "x"), ("/", "empty"), ("/n", None), ("/a~1b/~0/2", None),
        ("/a~1b/~0/01", None), ("/a~1b/~0/-1", None), ("/nothing/at/all", None),
    ):  # fmt: skip
        assert mapping.at(document, pointer) == found, pointer


def test_a_template_keeps_digits_leaves_out_what_is_not_there_and_escapes_the_rest():
    template = {
        "sum": "{sum:number}",
        "name": "{name}",
        "none": {"inner": "{none}"},
        "list": ["{none}", 7],
        "yes": True,
    }
    made = mapping.body(template, {"sum": "0.10", "name": 'a "quoted" {sum}', "none": None})
    assert made == b'{"sum":0.10,"name":"a \\"quoted\\" {sum}","list":[7],"yes":true}'
    with pytest.raises(mapping.Unfillable):
        mapping.body({"sum": "{sum:number}"}, {"sum": "1e3"})
    with pytest.raises(mapping.Unfillable):
        mapping.filled("Bearer {none}", {"none": None})
    assert mapping.path("/x/{id}?r={ref}", {"id": "../a b", "ref": "1&admin=1"}) == "/x/..%2Fa%20b?r=1%26admin%3D1"


def test_a_template_deeper_than_anyone_needs_is_refused():
    deep = "x"
    for _ in range(30):
        deep = {"a": deep}
    problems = []
    mapping.check_template(Table(content={}, file="f", problems=problems), "body", deep, frozenset())
    assert problems
    assert tomllib.loads("a = 1")
