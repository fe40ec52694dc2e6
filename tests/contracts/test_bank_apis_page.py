"""The examples of docs/bank-apis.md, loaded as they stand there and run against banks that speak so."""

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from banks import checking_api, status_json
from banks.api_settings import CallbackScheme
from banks.channel import Outstanding, Presence
from banks.connectors.https import HttpsChannel
from banks.errors import OutcomeUnknown, Refused, Unreachable
from banks.security import jws
from tests import obie_bank
from tests.banks import api_pages, channels
from tests.banks.simulator import bench

MB = 1_000_000
SECRET = {"env:BANK_SECRET": "simulated-secret"}
NAMES = ("A", "B", "C", "D", "E")


def message(*names, message_id="MSG-1"):
    return bench.pain001(bench.block(*(bench.payment(name, "10.00") for name in names)), message_id=message_id)


def file(content=None, *, key="KEY-1", token="1", since=None):
    made = channels.outbound(content or message(*NAMES), name="file-1.xml", token=token)
    return replace(made, reference="MSG-1", key=key, since=since)


def opened_at(bank, secrets=None, **settings):
    settings = replace(bank.channel, connect_timeout_s=10, io_timeout_s=10, **settings)
    return HttpsChannel(bank=bank.name, settings=settings, secrets=(SECRET | (secrets or {})).__getitem__)


def at(opened, name, **changes):
    return opened_at(api_pages.shown(name, f"http://127.0.0.1:{opened.address.http_port}"), **changes)


def ago(hours):
    return datetime.now(UTC) - timedelta(hours=hours)


def paid(opened):
    """What the bank really has: every payment it took, by its reference."""
    return sorted(
        row["end_to_end_id"]
        for row in opened.bank.store.rows("SELECT end_to_end_id FROM payments WHERE state <> 'rejected'")
    )


def key_pair():
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def test_every_profile_of_the_page_can_be_read():
    assert len(api_pages.blocks()) == 5
    for name in api_pages.blocks():
        api_pages.shown(name)
    assert api_pages.shown("calls-back").callback.scheme is CallbackScheme.JWS


# a client that signs its way in


@pytest.fixture
def guarded(tmp_path):
    """A bank that wants a certificate, a signed assertion and signed uploads, and a way in."""
    private, public = key_pair()
    http = {"mutual_tls": True, "client_key": public, "signed": True}
    with bench.bank(tmp_path, doors="http", http=http) as opened:
        authority = opened.http.authority
        (tmp_path / "ca.pem").write_bytes(authority.certificate)
        client = authority.issue("payhub")
        secrets = {
            "file:/run/secrets/payhub.key": private,
            "file:/run/secrets/bank-client.pem": client.certificate.decode(),
            "file:/run/secrets/bank-client.key": client.key.decode(),
        }
        url = f"https://localhost:{opened.address.http_port}"
        bank = api_pages.shown("signed-in", url, **{"/etc/payhub/bank-ca.pem": str(tmp_path / "ca.pem")})
        yield opened, bank, secrets


def test_certificate_assertion_and_signature_together_open_the_banks_door(guarded):
    opened, bank, secrets = guarded
    with opened_at(bank, secrets) as channel:
        channel.stage(file())
        assert not channel.publish(file()).already
        assert channel.look(file()).presence is Presence.DELIVERED
    assert [one.outcome for one in opened.bank.arrivals()] == ["accepted"]
    assert opened.http.tokens.issued == 1


def test_a_file_without_the_agreed_signature_is_not_taken(guarded):
    opened, bank, secrets = guarded
    with opened_at(bank, secrets, signing=None) as channel, pytest.raises(Refused, match="400"):
        channel.publish(file())
    stranger = opened_at(bank, secrets | {"file:/run/secrets/payhub.key": key_pair()[0]})
    with stranger as channel, pytest.raises(Refused, match="no token"):
        channel.publish(file())
    assert opened.bank.arrivals() == []


def test_a_token_is_worth_nothing_over_another_certificate(guarded):
    opened, bank, secrets = guarded
    other = opened.http.authority.issue("somebody else")
    theirs = secrets | {
        "file:/run/secrets/bank-client.pem": other.certificate.decode(),
        "file:/run/secrets/bank-client.key": other.key.decode(),
    }
    with opened_at(bank, secrets) as ours:
        stolen = ours._line.token()
    bearer = {"oauth": None, "bearer": "env:STOLEN"}
    with opened_at(bank, theirs | {"env:STOLEN": stolen}, **bearer) as thief, pytest.raises(Refused, match="401"):
        thief.publish(file())
    with opened_at(bank, secrets | {"env:STOLEN": stolen}, **bearer) as owner:
        owner.publish(file())
    assert len(opened.bank.arrivals()) == 1


def test_the_token_server_sees_our_certificate_too(guarded):
    _, bank, secrets = guarded
    hidden = opened_at(bank, secrets, certificate=None, certificate_key=None)
    with hidden as channel, pytest.raises((Unreachable, Refused)):
        channel.stage(file())


@pytest.fixture
def ending(tmp_path):
    """A function: a bank whose certificate is good for so many more days, and settings that trust who made it."""
    with ExitStack() as opened_banks:

        def opened(days):
            http = {"tls": True, "certificate_days": days}
            bank = opened_banks.enter_context(bench.bank(tmp_path, doors="http", http=http))
            (tmp_path / "ca.pem").write_bytes(bank.http.authority.certificate)
            url = f"https://localhost:{bank.address.http_port}"
            settings = replace(channels.https_settings(url), ca_file=str(tmp_path / "ca.pem"))
            return bank, settings

        yield opened


@pytest.mark.parametrize(
    ("days", "ok", "found", "advice"),
    [
        (0, False, "not trusted: certificate has expired", "Ask the bank to renew it"),
        (5, True, "trusted, 4 days left", "Ask the bank whether it renews it"),
        (80, True, "trusted, 79 days left", ""),
    ],
)
def test_a_certificate_that_ends_is_told_with_its_days(ending, days, ok, found, advice):
    _, settings = ending(days)
    trials = checking_api.https("bank", settings, channels.https_secrets, at=datetime.now(UTC), ids=lambda: "7")
    told = next(trials)
    trials.close()
    assert (told.ok, told.found) == (ok, found)
    assert told.advice.startswith(advice)
    assert bool(told.advice) is bool(advice)


def test_nothing_is_sent_to_a_bank_whose_certificate_expired_and_a_person_is_told(ending):
    bank, settings = ending(0)
    with (
        HttpsChannel(bank="bank", settings=settings, secrets=channels.https_secrets) as channel,
        pytest.raises(Refused, match="certificate has expired"),
    ):
        channel.publish(file())
    assert bank.bank.arrivals() == []


# Berlin Group


def test_bulk_payments_are_taken_and_their_status_is_told_in_our_shape(tmp_path):
    with bench.bank(tmp_path, doors="http") as opened, at(opened, "berlin") as channel:
        channel.stage(file())
        receipt = channel.publish(file())
        opened.bank.run()
        waiting = Outstanding(reference="MSG-1", bank_reference=receipt.bank_reference)
        (status,) = channel.inbox([waiting])
        told = channel.fetch(status, size_max=MB)
        assert channel.fetch(status, size_max=MB) == told
        report = status_json.read(told)
        assert (report.original_message_id, report.group_status) == ("MSG-1", "ACSP")
        assert json.loads(told)["answer"] == {"transactionStatus": "ACSP"}
        assert list(channel.inbox([Outstanding(reference="MSG-1")])) == []


def test_a_doubt_at_a_bank_that_cannot_be_asked_stays_one_and_sends_nothing_again(tmp_path):
    rules = [{"behaviour": "accept_without_answer", "times": 1}]
    with bench.bank(tmp_path, doors="http", rules=rules) as opened, at(opened, "berlin") as channel:
        channel.stage(file())
        with pytest.raises(OutcomeUnknown):
            channel.publish(file())
        assert channel.look(file()).presence is Presence.UNCLEAR
        for _ in range(2):
            with pytest.raises(OutcomeUnknown, match="Ask the bank"):
                channel.publish(file())
        assert len(opened.bank.arrivals()) == 1


def test_a_busy_answer_is_not_believed_where_no_key_protects_the_repetition(tmp_path):
    rules = [{"behaviour": "http_error", "status": 503, "committed": True, "times": 1}]
    with bench.bank(tmp_path, doors="http", rules=rules) as opened, at(opened, "berlin") as channel:
        channel.stage(file())
        with pytest.raises(OutcomeUnknown):
            channel.publish(file())
        assert len(opened.bank.arrivals()) == 1


# OBIE


@pytest.fixture
def consenting():
    with obie_bank.running() as bank:
        yield bank


def consented(bank, **changes):
    return opened_at(api_pages.shown("obie", bank.url), **changes)


def totalled(**facts):
    block = bench.block(bench.payment("A", "10.10"), bench.payment("B", "20.20"))
    return file(bench.pain001(block, total="30.30"), **facts)


def test_consent_and_file_are_staged_and_only_the_submission_hands_over(consenting):
    with consented(consenting) as channel:
        sent = totalled()
        channel.stage(sent)
        channel.stage(sent)
        assert next(iter(consenting.consents.values()))["Status"] == "Authorised"
        assert len(consenting.consents) == 1
        assert consenting.payments == {}
        assert b'"NumberOfTransactions":"2","ControlSum":30.30}' in consenting.bodies[0]
        assert channel.look(sent).presence is Presence.STAGED
        receipt = channel.publish(sent)
        assert channel.look(sent).presence is Presence.DELIVERED
        (status,) = channel.inbox([Outstanding(reference="MSG-1", bank_reference=receipt.bank_reference)])
        assert status_json.read(channel.fetch(status, size_max=MB)).group_status == "ACSC"
    assert len(consenting.payments) == 1


def test_a_submission_that_was_never_answered_is_settled_by_the_consents_status(consenting):
    consenting.silent = True
    sent = totalled(since=ago(0))
    with consented(consenting) as channel:
        channel.stage(sent)
        with pytest.raises(OutcomeUnknown):
            channel.publish(sent)
    with consented(consenting) as later:
        assert later.look(sent).presence is Presence.DELIVERED
        assert later.publish(sent).bank_reference == "F1"
    assert (len(consenting.payments), len(consenting.consents)) == (1, 1)


def test_nothing_is_repeated_or_looked_for_under_a_key_the_bank_has_forgotten(consenting):
    sent = totalled(since=ago(24))
    with consented(consenting) as channel:
        assert channel.look(sent).presence is Presence.UNCLEAR
        with pytest.raises(OutcomeUnknown, match="Ask the bank"):
            channel.publish(sent)
    assert consenting.bodies == []


# payment by payment


def test_payments_go_one_by_one_and_their_statuses_come_back_as_one_document(tmp_path):
    with bench.bank(tmp_path, doors="http") as opened, at(opened, "singles") as channel:
        sent = file()
        channel.stage(sent)
        assert channel.look(sent).presence is Presence.ABSENT
        receipt = channel.publish(sent)
        assert not receipt.already
        assert paid(opened) == list(NAMES)
        assert channel.look(sent).presence is Presence.DELIVERED
        again = channel.publish(sent)
        assert again.already
        waiting = Outstanding(reference="MSG-1", content=lambda: sent.content)
        status = next(iter(channel.inbox([waiting])))
        report = status_json.read(channel.fetch(status, size_max=MB))
        assert [one.status for one in report.payments] == ["ACSP"] * 5
        assert [one.instruction_id for one in report.payments] == [f"I-{name}" for name in NAMES]
        assert report.original_message_id == "MSG-1"
        assert len(opened.bank.arrivals()) == 5


def test_a_payment_the_bank_refuses_is_rejected_alone(tmp_path):
    rules = [{"behaviour": "reject_payment", "code": "AC04", "when": {"end_to_end_id": name}} for name in ("B", "D")]
    with bench.bank(tmp_path, doors="http", rules=rules) as opened, at(opened, "singles") as channel:
        channel.stage(file())
        report = status_json.read(channel.publish(file()).report)
        assert paid(opened) == ["A", "C", "E"]
    told = {one.end_to_end_id: (one.status, [reason.code for reason in one.reasons]) for one in report.payments}
    assert told["B"] == told["D"] == ("RJCT", ["AC04"])
    assert told["A"] == ("ACSP", [])
    assert report.group_status is None


def test_a_file_of_which_every_payment_is_refused_is_refused(tmp_path):
    rules = [{"behaviour": "reject_payment", "code": "AC04"}]
    with bench.bank(tmp_path, doors="http", rules=rules) as opened, at(opened, "singles") as channel:
        channel.stage(file())
        assert status_json.read(channel.publish(file()).report).group_status == "RJCT"
        assert paid(opened) == []


@pytest.mark.parametrize("behaviour", ["accept_without_answer", "close_before_commit", "http_error"])
@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_run_that_breaks_anywhere_is_a_doubt_that_goes_on_without_loss_or_double(tmp_path, behaviour, number):
    rules = [{"behaviour": behaviour, "times": 1, "when": {"file_number": number}}]
    with bench.bank(tmp_path, doors="http", rules=rules) as opened:
        sent = file(since=ago(0))
        with at(opened, "singles") as channel:
            channel.stage(sent)
            with pytest.raises(OutcomeUnknown):
                channel.publish(sent)
            had = paid(opened)
        with at(opened, "singles") as later:
            seen = later.look(sent)
            wanted = Presence.ABSENT if not had else Presence.DELIVERED if len(had) == 5 else Presence.UNCLEAR
            assert seen.presence is wanted
            later.publish(sent)
        assert paid(opened) == list(NAMES)


def test_going_on_after_the_bank_forgot_our_keys_asks_for_each_payment_first(tmp_path):
    rules = [{"behaviour": "accept_without_answer", "times": 1, "when": {"file_number": 3}}]
    with bench.bank(tmp_path, doors="http", rules=rules) as opened:
        with at(opened, "singles") as channel:
            channel.stage(file())
            with pytest.raises(OutcomeUnknown):
                channel.publish(file())
        with opened.bank.store.transaction() as connection:
            connection.execute("DELETE FROM keys")
        with at(opened, "singles") as later:
            later.publish(file(since=ago(72)))
        assert paid(opened) == list(NAMES)


def test_without_lookup_or_remembered_keys_a_payment_is_never_sent_again(tmp_path):
    with bench.bank(tmp_path, doors="http") as opened:
        bank = api_pages.shown("singles", f"http://127.0.0.1:{opened.address.http_port}")
        blind = replace(bank.channel.api, find=None)
        with opened_at(bank, api=blind) as channel:
            with pytest.raises(OutcomeUnknown, match="no longer knows our keys"):
                channel.publish(file(since=ago(72)))
            assert channel.look(file()).presence is Presence.UNCLEAR
            assert paid(opened) == []
            channel.publish(file(since=ago(1)))
        assert paid(opened) == list(NAMES)


def test_tokens_that_die_in_the_middle_of_a_run_are_renewed_and_the_run_goes_on(tmp_path):
    rules = [{"behaviour": "expire_tokens", "when": {"file_number": number}} for number in (2, 5)]
    with bench.bank(tmp_path, doors="http", rules=rules) as opened, at(opened, "singles") as channel:
        channel.stage(file())
        channel.publish(file())
        assert paid(opened) == list(NAMES)
        assert opened.http.tokens.issued == 3


def test_a_pause_the_bank_asks_for_is_made_inside_the_act(tmp_path):
    rules = [{"behaviour": "too_many_requests", "retry_after_s": 7, "when": {"file_number": 3}}]
    with bench.bank(tmp_path, doors="http", rules=rules) as opened, at(opened, "singles") as channel:
        slept = []
        channel._line.sleep = slept.append
        channel.stage(file())
        channel.publish(file())
        assert slept == [7]
        assert paid(opened) == list(NAMES)


@pytest.mark.parametrize(("number", "meaning"), [(1, Unreachable), (3, OutcomeUnknown)])
def test_a_pause_that_is_too_long_stops_the_run_where_it_stands(tmp_path, number, meaning):
    rules = [{"behaviour": "too_many_requests", "retry_after_s": 3600, "when": {"file_number": number}}]
    with bench.bank(tmp_path, doors="http", rules=rules) as opened, at(opened, "singles") as channel:
        channel.stage(file())
        with pytest.raises(meaning) as found:
            channel.publish(file())
        assert type(found.value) is meaning
        assert len(paid(opened)) == number - 1
        channel.publish(file(since=ago(0)))
        assert paid(opened) == list(NAMES)


def test_what_the_template_does_not_carry_stops_the_file_before_anything_is_sent(tmp_path):
    with bench.bank(tmp_path, doors="http") as opened:
        bank = api_pages.shown(
            "singles", f"http://127.0.0.1:{opened.address.http_port}",
            **{'remittanceInformationUnstructured = "{remittance}"\n': ""},
        )  # fmt: skip
        with opened_at(bank) as channel, pytest.raises(Refused, match="does not carry: remittance"):
            channel.stage(file())
        assert opened.bank.arrivals() == []


def test_an_answer_that_names_another_payment_is_a_doubt(tmp_path):
    with bench.bank(tmp_path, doors="http") as opened:
        bank = api_pages.shown("singles", f"http://127.0.0.1:{opened.address.http_port}")
        send = bank.channel.api.send
        other = replace(send, shown=replace(send.shown, reference="/paymentId"))
        with opened_at(bank, api=replace(bank.channel.api, send=other)) as channel:
            channel.stage(file())
            with pytest.raises(OutcomeUnknown, match="another reference"):
                channel.publish(file())


def test_an_answer_the_bank_did_not_sign_is_a_doubt_after_a_hand_over(tmp_path):
    private, public = key_pair()
    with bench.bank(tmp_path, doors="http") as opened:
        bank = api_pages.shown("signed-in", f"http://127.0.0.1:{opened.address.http_port}")
        signing = replace(bank.channel.signing, answers_key="env:BANK_KEY")
        plain = api_pages.shown("berlin", f"http://127.0.0.1:{opened.address.http_port}").channel.oauth
        facts = {"oauth": plain, "certificate": None, "certificate_key": None, "ca_file": None, "signing": signing}
        secrets = {"file:/run/secrets/payhub.key": private, "env:BANK_KEY": public}
        with opened_at(bank, secrets, **facts) as channel:
            with pytest.raises(OutcomeUnknown, match="not signed by the bank"):
                channel.publish(file())
            with pytest.raises(Refused, match="not signed by the bank"):
                channel.look(file())
    assert jws.public_keys(public).keys
