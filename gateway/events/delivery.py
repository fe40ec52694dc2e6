"""Delivering events to one webhook: in order, at least once, again until heard or until the hub gives up.

A call reads a page of events, sends one after the other over one connection, and writes what became of them (cursor and
log) in one short transaction every ``CHECKPOINT`` events. A crash in between sends those again, under the same ids.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

from gateway.domain.errors import HubError
from gateway.events import feed, schedule, signing, targets
from gateway.events.cloudevents import text_of
from gateway.persistence.webhooks import Delivery, Webhook, Webhooks, WebhookState
from gateway.wiring import Hub

EVENTS_PER_CALL = 2_000
"""Events one call sends at most, so that webhooks take turns."""
CALL_MS_MAX = 20_000
"""Machine time after which a call stops although there is more to send."""
CHECKPOINT = 250
TIMEOUT_S = 15.0
BODY_BYTES_MAX = 20_000
"""Standard Webhooks asks for bodies below 20 kB; ours are about 1 kB."""
ANSWER_BYTES_MAX = 16_384
ANSWER_MS_MAX = 15_000
"""How much of an answer is read, and for how long: the status is what counts."""
DETAIL_LENGTH_MAX = 200
_HEADERS = {"Content-Type": "application/cloudevents+json; charset=utf-8", "User-Agent": "payhub-webhooks/1"}
ACTOR = "notify"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one try. ``outcome``: delivered, failed or gone."""

    outcome: str
    status: int | None
    detail: str | None = None


@dataclass(slots=True)
class _Run:
    """One call for one webhook: what is to be written at the next checkpoint."""

    webhook: Webhook
    cursor: int
    log: list[Delivery] = field(default_factory=list)


def deliver(hub: Hub, webhook_id: str) -> int | None:
    """Sends what the webhook has not heard yet.

    Gives the machine time in milliseconds at which to call again, or None when there is nothing to do until new
    events come (or a person wakes the webhook). Raises :class:`NotFound` for a webhook that was removed.
    """
    started_ms = hub.machine_ms()
    with hub.reading() as connection:
        webhook = Webhooks(connection).get(webhook_id)
        page = feed.read(
            connection, after=webhook.cursor, limit=feed.EVENTS_PER_PAGE, client_id=webhook.client_id,
            types=webhook.types,
        )  # fmt: skip
    if webhook.state is not WebhookState.ACTIVE:
        return None
    if webhook.next_at > started_ms:
        return webhook.next_at
    run, sent = _Run(webhook, webhook.cursor), 0
    with _open_line() as line:
        courier = Courier(hub, line, webhook)
        while True:
            for event in page.events:
                outcome = courier.send(event)
                sent += 1
                _remember(hub, run, int(event["sequence"]), outcome)
                if outcome.outcome != "delivered":
                    return _stop(hub, run, outcome)
                run.cursor = int(event["sequence"])
                if len(run.log) >= CHECKPOINT and not _checkpoint(hub, run):
                    return hub.machine_ms()
                if sent >= EVENTS_PER_CALL or hub.machine_ms() - started_ms > CALL_MS_MAX:
                    _checkpoint(hub, run)
                    return hub.machine_ms()
            run.cursor = max(run.cursor, page.cursor)
            if run.cursor == run.webhook.cursor and not page.events:
                return None
            if not _checkpoint(hub, run):
                return hub.machine_ms()
            with hub.reading() as connection:
                page = feed.read(
                    connection, after=run.cursor, limit=feed.EVENTS_PER_PAGE, client_id=webhook.client_id,
                    types=webhook.types,
                )  # fmt: skip


class Courier:
    """Sends single events to one webhook over one kept-alive connection."""

    def __init__(self, hub: Hub, line: httpx.HTTPTransport, webhook: Webhook) -> None:
        self._hub = hub
        self._line = line
        self._url = webhook.url
        self._secrets = signing.unseal(hub.ring, webhook.id, webhook.secrets)
        self._target: targets.Target | None = None
        self._place = httpx.URL()

    def send(self, event: dict[str, object]) -> Outcome:
        """One try. Never raises for anything the other side does."""
        body = text_of(event).encode()
        if len(body) >= BODY_BYTES_MAX:
            body = text_of(event | {"data": {"too_large": True, "see": event["subject"]}}).encode()
        try:
            answer = self._line.handle_request(self._request(self._checked(), str(event["id"]), body))
            try:
                said = self._beginning(answer)
            finally:
                answer.close()
        except HubError as err:
            return Outcome("failed", None, err.message[:DETAIL_LENGTH_MAX])
        except (httpx.HTTPError, OSError) as err:
            self._target = None
            return Outcome("failed", None, f"{type(err).__name__}: {err}"[:DETAIL_LENGTH_MAX])
        return _judge(answer, said)

    def _checked(self) -> targets.Target:
        """The target, looked up and checked once for each connection."""
        if self._target is None:
            self._target = targets.check(self._url, allow_private=self._hub.settings.webhooks_allow_private)
            self._place = httpx.URL(self._target.url)
        return self._target

    def _beginning(self, answer: httpx.Response) -> bytes:
        """The first bytes of what the other side says; who talks too much or too slowly is cut off."""
        said, until_ms = b"", self._hub.machine_ms() + ANSWER_MS_MAX
        for part in answer.iter_raw():
            said += part
            if len(said) > ANSWER_BYTES_MAX or self._hub.machine_ms() > until_ms:
                break
        return said

    def _request(self, target: targets.Target, message_id: str, body: bytes) -> httpx.Request:
        signed = signing.headers(self._secrets, message_id=message_id, now_ms=self._hub.machine_ms(), body=body)
        headers = signed | _HEADERS | {"Host": target.authority}
        return httpx.Request(
            "POST", self._place, headers=headers, content=body,
            extensions={"sni_hostname": target.host, "timeout": httpx.Timeout(TIMEOUT_S).as_dict()},
        )  # fmt: skip


def _open_line() -> httpx.HTTPTransport:
    # the bare transport: the target was checked, so neither redirects nor proxies of the environment may lead elsewhere
    return httpx.HTTPTransport(trust_env=False, limits=httpx.Limits(max_connections=1))


def ping(hub: Hub, webhook: Webhook) -> Outcome:
    """Sends one test event that is not part of the feed."""
    at = hub.clock.now()
    event: dict[str, object] = {
        "specversion": "1.0", "id": f"ping-{hub.ids.new(at)}", "source": "/payhub", "type": "payhub.webhook.ping.v1",
        "subject": f"webhooks/{webhook.id}", "time": at.isoformat(), "datacontenttype": "application/json",
        "data": {"webhook_id": webhook.id},
    }  # fmt: skip
    with _open_line() as line:
        return Courier(hub, line, webhook).send(event)


def _judge(answer: httpx.Response, said: bytes) -> Outcome:
    if answer.is_success:
        return Outcome("delivered", answer.status_code)
    if answer.status_code == HTTPStatus.GONE:
        return Outcome("gone", answer.status_code, "the receiver wants no more events (410)")
    text = said.decode("utf-8", "replace").replace("\x00", "")
    detail = "a redirect is not followed" if answer.has_redirect_location else text[:DETAIL_LENGTH_MAX]
    return Outcome("failed", answer.status_code, detail)


def _remember(hub: Hub, run: _Run, sequence: int, outcome: Outcome) -> None:
    first = not run.log and run.cursor == run.webhook.cursor
    attempt = run.webhook.failures + 1 if first else 1
    run.log.append(
        Delivery(
            webhook_id=run.webhook.id, sequence=sequence, attempt=attempt, at=hub.clock.now(), status=outcome.status,
            outcome=outcome.outcome, detail=outcome.detail,
        )
    )  # fmt: skip


def _checkpoint(hub: Hub, run: _Run, **changes: object) -> bool:
    """Writes cursor and log; False when somebody else moved the webhook meanwhile, and then nothing is written."""
    moved = run.cursor != run.webhook.cursor
    if not moved and not run.log:
        return True
    values = {"cursor": run.cursor} | ({"failures": 0, "next_at": 0} if moved else {}) | changes
    with hub.unit_of_work(actor=ACTOR) as work:
        webhooks = Webhooks(work.connection)
        if not webhooks.advance(run.webhook, **values):
            return False
        webhooks.log(run.log)
        if "state" in changes:
            last = run.log[-1]  # a receiver's words may repeat what it was told, and the chain keeps nothing of that
            work.note(
                action=f"webhook.{changes['state']}", subject=run.webhook.id,
                data={"outcome": last.outcome, "status": last.status},
            )  # fmt: skip
        run.webhook = webhooks.get(run.webhook.id)
        work.commit()
    run.log.clear()
    return True


def _stop(hub: Hub, run: _Run, outcome: Outcome) -> int | None:
    """Writes the failure down and says when the next try is due."""
    moved = run.cursor != run.webhook.cursor
    failures = 1 if moved else run.webhook.failures + 1
    if outcome.outcome == "gone":
        _checkpoint(hub, run, failures=failures, state=WebhookState.DISABLED)
        return None
    now_ms = hub.machine_ms()
    due = schedule.next_try_ms(failures, now_ms=now_ms, chance=int.from_bytes(hub.ids.secret(8), "big"))
    if due is None:
        _checkpoint(hub, run, failures=failures, state=WebhookState.GIVEN_UP)
        return None
    return due if _checkpoint(hub, run, failures=failures, next_at=due) else now_ms
