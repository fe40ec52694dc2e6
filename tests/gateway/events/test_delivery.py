import pytest
from sqlalchemy import select

from gateway.events import delivery, schedule, signing, targets
from gateway.events.delivery import deliver
from gateway.persistence.tables import audit
from gateway.persistence.webhooks import Webhooks, WebhookState
from tests import dumps
from tests.gateway.events.listener import genuine


def webhook_now(hub, webhook):
    with hub.reading() as connection:
        return Webhooks(connection).get(webhook.id)


def log(hub, webhook):
    with hub.reading() as connection:
        return Webhooks(connection).deliveries(webhook.id, before=None, limit=500)[::-1]


def test_events_arrive_in_order_and_signed(hub, hook, happen, listener):
    webhook, secret = hook()
    happen(300)
    assert deliver(hub, webhook.id) is None
    assert listener.sequences == list(range(1, 301))
    assert all(genuine(secret, headers, body) for headers, body in listener.requests)
    assert webhook_now(hub, webhook).cursor == 300
    assert [row["sequence"] for row in log(hub, webhook)] == list(range(1, 301))


def test_many_pages_and_checkpoints_arrive_in_one_call(hub, hook, happen, listener, monkeypatch):
    monkeypatch.setattr(delivery, "CHECKPOINT", 2)
    monkeypatch.setattr(delivery.feed, "EVENTS_PER_PAGE", 4)
    webhook, _ = hook()
    happen(11)
    assert deliver(hub, webhook.id) is None
    assert listener.sequences == list(range(1, 12))


def test_a_call_ends_after_its_share_and_asks_to_be_called_again(hub, hook, happen, listener, monkeypatch):
    monkeypatch.setattr(delivery, "EVENTS_PER_CALL", 4)
    webhook, _ = hook()
    happen(6)
    assert deliver(hub, webhook.id) == hub.machine_ms()
    assert deliver(hub, webhook.id) is None
    assert listener.sequences == [1, 2, 3, 4, 5, 6]


def test_a_changed_body_is_not_genuine(hub, hook, happen, listener):
    webhook, secret = hook()
    happen(1)
    deliver(hub, webhook.id)
    headers, body = listener.requests[0]
    assert not genuine(secret, headers, body.replace(b"nordbank", b"Nordbank"))
    assert not genuine(signing.new_secret(hub.ids).text, headers, body)


def test_the_webhook_id_is_the_id_of_the_event(hub, hook, happen, listener):
    webhook, _ = hook()
    happen(2)
    deliver(hub, webhook.id)
    assert [headers["webhook-id"] for headers, _ in listener.requests] == [one["id"] for one in listener.events]
    assert len({one["id"] for one in listener.events}) == 2


def test_a_failure_is_tried_again_from_the_same_event(hub, hook, happen, listener):
    webhook, _ = hook()
    happen(3)
    listener.answers = [204, 500]
    due = deliver(hub, webhook.id)
    assert due > hub.machine_ms()
    assert deliver(hub, webhook.id) == due, "not before it is due"
    hub.machine_ms.ms = due
    assert deliver(hub, webhook.id) is None
    assert listener.sequences == [1, 2, 2, 3]
    ids = [headers["webhook-id"] for headers, _ in listener.requests]
    assert ids[1] == ids[2], "a repetition has the same id"
    assert [(row["sequence"], row["attempt"], row["outcome"]) for row in log(hub, webhook)] == [
        (1, 1, "delivered"), (2, 1, "failed"), (2, 2, "delivered"), (3, 1, "delivered"),
    ]  # fmt: skip


def test_a_redirect_is_a_failure(hub, hook, happen, listener):
    webhook, _ = hook()
    happen(1)
    listener.answers = [302]
    assert deliver(hub, webhook.id) is not None
    assert len(listener.requests) == 1


def test_410_puts_the_webhook_to_rest(hub, hook, happen, listener):
    webhook, _ = hook()
    happen(3)
    listener.answers = [204, 410]
    assert deliver(hub, webhook.id) is None
    assert webhook_now(hub, webhook).state is WebhookState.DISABLED
    assert webhook_now(hub, webhook).cursor == 1
    assert deliver(hub, webhook.id) is None
    assert len(listener.requests) == 2


def test_a_receiver_that_never_answers_well_is_given_up_after_ten_tries_in_three_days(hub, hook, happen, listener):
    webhook, _ = hook()
    happen(1)
    listener.answers = [503] * 20
    begun = hub.machine_ms()
    while (due := deliver(hub, webhook.id)) is not None:
        hub.machine_ms.ms = due
    assert len(listener.requests) == 10
    assert 75 <= (hub.machine_ms() - begun) / schedule.HOUR_MS <= 75 * 1.25
    assert webhook_now(hub, webhook).state is WebhookState.GIVEN_UP
    assert webhook_now(hub, webhook).cursor == 0, "nothing is skipped"


def test_a_receiver_that_repeats_what_it_was_told_leaves_none_of_it_in_the_database(hub, hook, happen, listener):
    webhook, _ = hook()
    happen(1)
    listener.says = b"no such payee: Erika Mustermann"
    listener.answers = [503] * 20
    while (due := deliver(hub, webhook.id)) is not None:
        hub.machine_ms.ms = due
    assert "Erika Mustermann" in log(hub, webhook)[0]["detail"]
    with hub.reading() as connection:
        last = connection.execute(select(audit.c.data).where(audit.c.action == "webhook.given_up")).scalar_one()
    assert last == {"outcome": "failed", "status": 503}
    assert dumps.places_of(hub.engine, ["Erika"]) == []


def test_an_endless_answer_is_cut_off(hub, hook, happen, listener):
    webhook, _ = hook()
    happen(1)
    listener.says = b"x" * 50_000_000
    listener.answers = [500]
    deliver(hub, webhook.id)
    assert log(hub, webhook)[0]["detail"] == "x" * 200


def test_a_receiver_that_is_not_there_is_a_failure(hub, hook, happen):
    webhook, _ = hook(url="http://127.0.0.1:9/none")
    happen(1)
    assert deliver(hub, webhook.id) > hub.machine_ms()
    assert "Connect" in log(hub, webhook)[0]["detail"]


def test_a_crash_before_the_checkpoint_sends_the_same_ids_again(hub, hook, happen, listener, monkeypatch):
    webhook, _ = hook()
    happen(5)

    class Killed(BaseException):
        pass

    def dies(*_args, **_values):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Webhooks, "advance", dies)
        with pytest.raises(Killed):
            deliver(hub, webhook.id)
    assert deliver(hub, webhook.id) is None
    ids = [headers["webhook-id"] for headers, _ in listener.requests]
    assert ids[:5] == ids[5:]
    assert listener.sequences == [1, 2, 3, 4, 5] * 2


def test_a_replay_during_a_delivery_is_not_overwritten(hub, hook, happen, listener, monkeypatch):
    webhook, _ = hook()
    happen(5)
    deliver(hub, webhook.id)
    happen(5)
    send = delivery.Courier.send

    def send_and_replay(self, event):
        if event["sequence"] == "6":
            with hub.unit_of_work(actor="test") as work:
                Webhooks(work.connection).change(webhook.id, cursor=2)
                work.commit()
        return send(self, event)

    monkeypatch.setattr(delivery.Courier, "send", send_and_replay)
    assert deliver(hub, webhook.id) is not None
    assert webhook_now(hub, webhook).cursor == 2
    assert deliver(hub, webhook.id) is None
    assert listener.sequences[-8:] == list(range(3, 11))


def test_only_the_types_that_were_asked_for_arrive(hub, hook, happen, listener):
    webhook, _ = hook(types=("payhub.file.submitted.v1",))
    happen(3)
    happen(1, kind="payhub.file.submitted.v1")
    happen(2)
    assert deliver(hub, webhook.id) is None
    assert [one["type"] for one in listener.events] == ["payhub.file.submitted.v1"]
    assert webhook_now(hub, webhook).cursor == 6


def test_nobody_hears_the_events_of_another_client(hub, hook, happen, listener):
    webhook, _ = hook()
    happen(2, client="SOMEBODY-ELSE")
    assert deliver(hub, webhook.id) is None
    assert listener.requests == []


def test_during_a_rotation_both_secrets_prove_the_call_and_later_only_the_new_one(hub, hook, happen, listener):
    webhook, old = hook()
    fresh = signing.new_secret(hub.ids)
    secrets = signing.rotated(signing.unseal(hub.ring, webhook.id, webhook.secrets), fresh, hub.machine_ms())
    with hub.unit_of_work(actor="test") as work:
        Webhooks(work.connection).change(webhook.id, secrets=signing.seal(hub.ring, hub.ids, webhook.id, secrets))
        work.commit()
    happen(1)
    deliver(hub, webhook.id)
    hub.machine_ms.ms += signing.ROTATION_MS + 1
    happen(1)
    deliver(hub, webhook.id)
    proofs = [(genuine(old, *one), genuine(fresh.text, *one)) for one in listener.requests]
    assert proofs == [(True, True), (False, True)]


def test_a_secret_is_not_in_the_database_in_clear(hub, hook):
    webhook, secret = hook()
    assert secret.encode() not in webhook.secrets
    assert secret.removeprefix("whsec_").encode() not in webhook.secrets


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0", "::1", "fe80::1", "fc00::1",
     "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "224.0.0.1"],
)  # fmt: skip
def test_a_webhook_never_points_into_a_private_network(address):
    with pytest.raises(targets.TargetRefused):
        targets.check("https://erp.example/hook", allow_private=False, look_up=lambda _host, _port: [address])


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    with pytest.raises(targets.TargetRefused):
        targets.check("https://erp.example", allow_private=False, look_up=lambda *_: ["93.184.216.34", "10.0.0.1"])


def test_the_request_goes_to_the_address_that_was_checked():
    target = targets.check("https://erp.example/a?b=1", allow_private=False, look_up=lambda *_: ["93.184.216.34"])
    assert target.url == "https://93.184.216.34:443/a?b=1"
    assert target.authority == "erp.example"


@pytest.mark.parametrize(
    "url", ["http://erp.example/", "ftp://erp.example", "https://", "https://u:p@erp.example", "https://erp.example:x/",
            "https://erp.example/a b", "https://erp.example/#x", "nonsense"],
)  # fmt: skip
def test_a_url_that_is_no_public_https_address_is_refused(url):
    with pytest.raises(targets.TargetRefused):
        targets.check(url, allow_private=False, look_up=lambda *_: ["93.184.216.34"])
