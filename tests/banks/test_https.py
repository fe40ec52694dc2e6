import base64
import hashlib
import json
import ssl

import pytest
import trustme

from banks.channel import Outstanding, Presence
from banks.connectors.https import HttpsChannel
from banks.errors import OutcomeUnknown, Refused, Unreachable
from tests import bank_api
from tests.banks import channels

FILE = channels.outbound()
MB = 1_000_000


@pytest.fixture
def bank():
    with bank_api.running() as api:
        yield api


@pytest.fixture
def channel(bank):
    settings = channels.https_settings(bank.url)
    numbers = iter(range(1, 1000))
    ids = lambda: f"request-{next(numbers)}"  # noqa: E731
    with HttpsChannel(bank="nordbank", settings=settings, secrets=channels.https_secrets, ids=ids) as opened:
        yield opened


def test_a_file_goes_with_its_key_digest_name_and_reference(bank, channel):
    channel.publish(FILE)
    headers = bank.requests[-1][2]
    assert headers["idempotency-key"] == FILE.key
    assert headers["digest"] == "SHA-256=" + base64.b64encode(hashlib.sha256(FILE.content).digest()).decode()
    assert headers["x-file-name"] == FILE.name
    assert headers["x-file-reference"] == FILE.reference
    assert headers["content-type"] == "application/xml"
    assert headers["x-request-id"].startswith("request-")


def test_every_request_has_an_id_of_its_own(bank, channel):
    channel.publish(FILE)
    channel.look(FILE)
    ids = [headers["x-request-id"] for _, path, headers in bank.requests if path != "/oauth/token"]
    assert len(set(ids)) == len(ids) == 2


def test_a_token_is_had_once_and_kept(bank, channel):
    channel.stage(FILE)
    channel.publish(FILE)
    channel.look(FILE)
    assert bank.tokens_given == 1


def test_a_token_that_expired_is_renewed_once_and_the_file_arrives_once(bank, channel):
    channel.stage(FILE)
    bank.tokens.clear()
    assert not channel.publish(FILE).already
    assert bank.tokens_given == 2
    assert len(bank.orders) == 1


def test_a_bank_that_accepts_no_token_is_not_asked_for_ever(bank, channel):
    bank.answers.extend([(401, {}, b"")] * 3)
    with pytest.raises(Refused, match="401"):
        channel.publish(FILE)
    assert len(bank.answers) == 1


def test_a_wrong_client_secret_is_refused(bank):
    with (
        HttpsChannel(bank="n", settings=channels.https_settings(bank.url), secrets=lambda _: "wrong") as opened,
        pytest.raises(Refused, match="no token"),
    ):
        opened.stage(FILE)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, Refused),
        (403, Refused),
        (413, Refused),
        (422, Refused),
        (302, Refused),
        (408, OutcomeUnknown),
        (409, OutcomeUnknown),
        (429, Unreachable),
        (500, OutcomeUnknown),
        (502, OutcomeUnknown),
        (503, Unreachable),
        (504, OutcomeUnknown),
    ],
)
def test_each_answer_to_a_post_has_one_meaning(bank, channel, status, meaning):
    bank.answers.append((status, {}, b"{}"))
    with pytest.raises(meaning) as found:
        channel.publish(FILE)
    assert type(found.value) is meaning
    assert bank.orders == []


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_question_that_fails_is_merely_unreachable(bank, channel, status):
    bank.answers.append((status, {}, b""))
    with pytest.raises(Unreachable):
        channel.look(FILE)


@pytest.mark.parametrize(
    ("header", "pause"),
    [("120", 120.0), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), (None, None)],
)
def test_a_bank_that_is_busy_says_when_to_come_back(bank, channel, header, pause):
    bank.answers.append((429, {} if header is None else {"Retry-After": header}, b""))
    with pytest.raises(Unreachable) as found:
        channel.publish(FILE)
    assert found.value.retry_after_s == pause


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"<html/>", b'{"order_id": 7}', b'{"order_id": "O1", "reference": "MSG-other"}']
)
def test_a_yes_that_names_no_order_or_another_file_is_a_doubt(bank, channel, body):
    bank.answers.append((202, {}, body))
    with pytest.raises(OutcomeUnknown):
        channel.publish(FILE)


def orders(*listed: dict) -> tuple[int, dict, bytes]:
    return 200, {}, json.dumps({"orders": list(listed)}).encode()


@pytest.mark.parametrize(
    ("listed", "presence"),
    [
        ([], Presence.ABSENT),
        ([{"order_id": "O1", "reference": FILE.reference, "sha256": FILE.sha256}], Presence.DELIVERED),
        ([{"order_id": "O1", "reference": FILE.reference}], Presence.DELIVERED),
        ([{"order_id": "O1", "reference": FILE.reference, "sha256": "0" * 64}], Presence.UNCLEAR),
        ([{"order_id": "O1", "reference": FILE.reference}, {"order_id": "O2"}], Presence.UNCLEAR),
        ([{"order_id": "O1", "reference": "MSG-other", "sha256": "0" * 64}], Presence.ABSENT),
    ],
)
def test_a_look_believes_the_digest_and_nothing_vaguer(bank, channel, listed, presence):
    bank.answers.append(orders(*listed))
    assert channel.look(FILE).presence is presence


@pytest.mark.parametrize("body", [b"", b"{}", b'{"orders": null}', b'{"orders": [1]}'])
def test_a_list_that_cannot_be_read_proves_nothing(bank, channel, body):
    bank.answers.append((200, {}, body))
    with pytest.raises(Refused):
        channel.look(FILE)


def test_a_document_with_other_bytes_than_listed_is_fetched_again_later(bank, channel):
    bank.offer("statement.xml", b"<Statement/>")
    (document,) = channel.inbox([])
    bank.answers.append((200, {}, b"<Statement"))
    with pytest.raises(Unreachable):
        channel.fetch(document, size_max=MB)
    assert channel.fetch(document, size_max=MB) == b"<Statement/>"


def test_a_document_that_is_gone_was_acknowledged_before(bank, channel):
    bank.offer("statement.xml", b"<Statement/>")
    (document,) = channel.inbox([])
    for status in (404, 410):
        bank.answers.append((status, {}, b""))
        channel.archive(document)
    bank.answers.append((403, {}, b""))
    with pytest.raises(Refused):
        channel.archive(document)


def test_an_api_that_drips_is_given_up_like_one_that_fell_silent(bank, channel):
    now = [0.0]

    def slowly() -> float:
        now[0] += 500.0
        return now[0]

    channel.stage(FILE)
    channel._line.ticks = slowly
    bank.answers.append((200, {}, b"x" * 1_000_000))
    with pytest.raises(Unreachable, match="not answered"):
        channel.look(FILE)


def test_a_page_that_leads_to_itself_ends_the_list(bank, channel):
    page = {"documents": [{"id": "D1", "name": "a"}], "next": "D1"}
    bank.answers.extend([(200, {}, json.dumps(page).encode())] * 3)
    assert len(list(channel.inbox([]))) == 2
    assert len(bank.answers) == 1


def test_each_order_that_is_not_answered_is_asked_about_by_its_number_or_its_reference(bank, channel):
    receipt = channel.publish(FILE)
    by_number = list(channel.inbox([Outstanding(reference=FILE.reference, bank_reference=receipt.bank_reference)]))
    assert [document.name for document in by_number] == ["status-O1.json"]
    assert list(channel.inbox([Outstanding(reference=FILE.reference)])) == by_number
    assert list(channel.inbox([Outstanding(reference="MSG-unknown")])) == []
    assert b"group_status" in channel.fetch(by_number[0], size_max=MB)
    channel.archive(by_number[0])
    assert bank.acknowledged == set()


def test_names_and_ids_of_a_hostile_bank_stay_inside_their_place(bank, channel):
    page = {"documents": [{"id": "../../admin?x=1", "name": "../../etc/passwd"}, {"id": 7}, "nonsense"]}
    bank.answers.append((200, {}, json.dumps(page).encode()))
    (document,) = channel.inbox([])
    assert document.name == "passwd"
    assert document.locator == "/v1/documents/..%2F..%2Fadmin%3Fx%3D1"


def test_a_certificate_nobody_vouches_for_is_refused_not_retried(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with bank_api.running(context) as api:
        settings = channels.https_settings(f"https://localhost:{api.port}")
        with HttpsChannel(bank="n", settings=settings, secrets=channels.https_secrets) as opened:
            with pytest.raises(Refused, match="not trusted"):
                opened.stage(FILE)
            with pytest.raises(Refused, match="not trusted"):
                opened.publish(FILE)


def test_a_bank_that_asks_who_we_are_sees_our_certificate(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    ours = authority.issue_cert("payhub.example")
    secrets = {
        "env:SECRET": bank_api.SECRET,
        "env:CERT": ours.cert_chain_pems[0].bytes().decode(),
        "env:KEY": ours.private_key_pem.bytes().decode(),
    }
    with bank_api.running(context) as api:
        url, ca = f"https://localhost:{api.port}", str(tmp_path / "ca.pem")
        shown = channels.https_settings(url, ca_file=ca, certificate="env:CERT", certificate_key="env:KEY")
        with HttpsChannel(bank="n", settings=shown, secrets=secrets.__getitem__) as opened:
            assert opened.publish(FILE).bank_reference == "O1"
        hidden = channels.https_settings(url, ca_file=ca)
        stranger = HttpsChannel(bank="n", settings=hidden, secrets=secrets.__getitem__)
        with stranger as opened, pytest.raises((Unreachable, Refused)):
            opened.stage(FILE)
        assert len(api.orders) == 1


def test_a_certificate_that_cannot_be_used_is_refused(bank):
    settings = channels.https_settings(bank.url, certificate="env:CERT", certificate_key="env:KEY")
    useless = HttpsChannel(bank="n", settings=settings, secrets=lambda _: "nonsense")
    with useless as opened, pytest.raises(Refused, match="certificates of the profile"):
        opened.stage(FILE)
