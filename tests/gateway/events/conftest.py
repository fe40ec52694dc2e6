import pytest

from gateway.events import signing
from gateway.persistence.webhooks import Webhook, Webhooks, WebhookState
from tests.gateway.events.listener import listening
from tests.gateway.hubs import NOON, add_client, open_hub


@pytest.fixture
def hub(tmp_path):
    hub = open_hub(tmp_path)
    yield hub
    hub.close()


@pytest.fixture
def erp(hub):
    return add_client(hub)[0]


@pytest.fixture
def listener():
    with listening() as heard:
        yield heard


@pytest.fixture
def happen(hub, erp):
    """Writes events about one file and numbers them."""

    def happen(count, *, kind="payhub.file.generated.v1", client=erp.id, subject="FILE"):
        with hub.unit_of_work(actor="test") as work:
            for number in range(count):
                work.outbox.add(
                    kind, subject_kind="file", subject=subject, number=number, act=work.new_id(), client_id=client,
                    data={"bank": "nordbank"},
                )  # fmt: skip
            work.commit()
        with hub.unit_of_work(actor="test") as work:
            work.outbox.publish()
            work.commit()

    return happen


@pytest.fixture
def hook(hub, erp, listener):
    """A webhook that points at the listener, and its secret."""

    def hook(url=None, types=(), state=WebhookState.ACTIVE):
        secret = signing.new_secret(hub.ids)
        webhook_id = hub.ids.new(NOON)
        webhook = Webhook(
            id=webhook_id, client_id=erp.id, url=url or listener.url, types=types, state=state, cursor=0, failures=0,
            secrets=signing.seal(hub.ring, hub.ids, webhook_id, (secret,)), next_at=0, created_at=NOON,
        )  # fmt: skip
        with hub.unit_of_work(actor="test") as work:
            Webhooks(work.connection).add(webhook)
            work.commit()
        return webhook, secret.text

    return hook
