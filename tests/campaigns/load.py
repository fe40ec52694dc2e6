"""The load: an ERP that hands over batches without pause and never gives up, and two people who approve them."""

import json
import threading
import time
from decimal import Decimal

import httpx

from gateway.demo.batches import german
from tests.campaigns.world import ALPENBANK, NAMES, NORDBANK, Stuck

PAYMENTS_MAX = 20
OPEN_MAX = 12
"""Batches that may be under way: a campaign hurts a busy hub, not a drowned one."""
PAUSE_S = (0.2, 1.0)
RETRY_S = 0.2
GIVE_UP_S = 120
TIMEOUT_S = 20
AGAIN = frozenset({httpx.codes.CONFLICT, httpx.codes.TOO_MANY_REQUESTS})


class Load:
    """Two threads. ``accepted`` is what the API said 2xx to: batch id → the references of its payments."""

    def __init__(self, world, watch):
        self._world = world
        self._watch = watch
        self.accepted = {}
        self.day = None
        self.posting = threading.Event()
        self.approving = threading.Event()
        self.retries = 0
        self.failure = None
        self._number = 0
        self._waiting = []
        self._open = threading.Event()
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._safely, args=(act,)) for act in (self._hand_over, self._approve)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._open.set()
        for thread in self._threads:
            thread.join()

    def open(self, day):
        self.day = day
        self._open.set()

    def close(self):
        """No new batches; returns when those handed over are approved."""
        self._open.clear()
        self._world.until(
            "everything handed over is approved",
            lambda: self.failure is not None or not (self.posting.is_set() or self._waiting),
            within_s=GIVE_UP_S,
        )
        self.check()

    def check(self):
        if self.failure is not None:
            raise self.failure

    def _safely(self, act):
        try:
            act()
        except (Stuck, httpx.HTTPError, KeyError, ValueError) as err:
            self.failure = err  # raised again where the campaign asks

    def _hand_over(self):
        with httpx.Client(base_url=self._world.api, timeout=TIMEOUT_S) as line:
            while self._open.wait() and not self._ending.is_set():
                if len(self._waiting) >= OPEN_MAX or self._watch.open_batches() >= OPEN_MAX:
                    time.sleep(RETRY_S)
                    continue
                self._number += 1
                self.posting.set()
                try:
                    self._post(line, self._number)
                finally:
                    self.posting.clear()
                time.sleep(self._world.chance.uniform(*PAUSE_S))

    def _post(self, line, number):
        body, references = _batch(number, self.day, self._world.chance)
        headers = {
            "Authorization": f"Bearer {self._world.access.erp_key}", "Content-Type": "application/json",
            "Idempotency-Key": f'"crash-{number:06d}"',
        }  # fmt: skip
        answer = self._insist(lambda: line.post("/v1/batches", content=body, headers=headers))
        batch = answer.json()["id"]
        self._waiting.append(batch)
        self.accepted[batch] = references

    def _approve(self):
        with httpx.Client(base_url=self._world.api, timeout=TIMEOUT_S) as line:
            while not self._ending.is_set():
                for batch in tuple(self._waiting):
                    if self._approved(line, batch):
                        self._waiting.remove(batch)
                time.sleep(RETRY_S / 2)

    def _approved(self, line, batch):
        """Asks what is missing and gives it; what is not clear is asked again in the next round."""
        url = f"/v1/batches/{batch}/approvals"
        try:
            for name in NAMES:
                headers = {"Authorization": f"Bearer {self._world.access.tokens[name]}"}
                shown = line.get(url, headers=headers)
                shown.raise_for_status()
                standing = shown.json()
                given = {one["person_name"] for one in standing["approvals"]}
                if name in given:
                    continue
                if standing["digest"] is None:
                    return False
                body = {"digest": standing["digest"], "decision": "approve", "reason": "checked"}
                self.approving.set()
                line.post(url, headers=headers, json=body).raise_for_status()
        except httpx.HTTPError as err:
            if isinstance(err, httpx.HTTPStatusError) and not _passes(err.response):
                raise Stuck(f"An approval was refused: {err.response.text}") from err
            self.retries += 1
            return False
        finally:
            self.approving.clear()
        return True

    def _insist(self, ask):
        """The same request under the same key until the API says yes, as an ERP does."""
        deadline = time.monotonic() + GIVE_UP_S
        while time.monotonic() < deadline and not self._ending.is_set():
            try:
                answer = ask()
            except httpx.HTTPError:
                self.retries += 1
                time.sleep(RETRY_S)
                continue
            if answer.is_success:
                return answer
            if not _passes(answer):
                raise Stuck(f"The hub refused a good batch: {answer.text}")
            self.retries += 1
            time.sleep(RETRY_S)
        raise Stuck(f"The API took no batch for {GIVE_UP_S} s.")


def _passes(answer):
    """Whether a refusal is one that goes away by itself: a process that just died, or another request under way."""
    return answer.is_server_error or answer.status_code in AGAIN


def _batch(number, day, chance):
    """A batch in canonical JSON: no payment looks like another of the campaign."""
    account, debtor = ((ALPENBANK, "ACME Austria GmbH"), (NORDBANK, "ACME Norge AS"))[number % 2]
    references = [f"C{number:06d}-{place:03d}" for place in range(chance.randint(1, PAYMENTS_MAX))]
    payments = [
        {
            "end_to_end_id": reference, "amount": str(Decimal(number * 100 + place) / 100 + 1), "currency": "EUR",
            "creditor": f"Payee {reference}", "creditor_account": german(number * 100 + place),
            "remittance": f"Invoice {reference}",
        }
        for place, reference in enumerate(references)
    ]  # fmt: skip
    block = {
        "id": f"CRASH-{number:06d}-1", "execution_date": day.isoformat(), "debtor": {"name": debtor},
        "debtor_account": account, "payment_type": {"service_level": "SEPA"}, "payments": payments,
    }  # fmt: skip
    message = {"message_id": f"CRASH-{number:06d}", "initiating_party": debtor, "batches": [block]}
    return json.dumps(message).encode(), tuple(references)
