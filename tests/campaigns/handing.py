"""An ERP and two people as short calls of the API, for campaigns that choose the moment of every act themselves."""

import json
import time
from dataclasses import dataclass
from decimal import Decimal

import httpx

from gateway.demo.batches import german
from tests.campaigns.world import ALPENBANK, NAMES, NORDBANK, Stuck

DEBTORS = {ALPENBANK: "ACME Austria GmbH", NORDBANK: "ACME Norge AS"}
TIMEOUT_S = 60
PATIENCE_S = 120
ROUNDS_MAX = 3
"""How often people begin anew because the content changed while they looked."""
RETRY_S = 0.1


@dataclass(frozen=True, slots=True)
class Order:
    """What an ERP wants paid: ``payments`` are end-to-end reference → amount, all in one batch."""

    number: int
    account: str
    payments: dict[str, Decimal]

    def body(self, day):
        rows = [
            {
                "end_to_end_id": reference, "amount": str(amount), "currency": "EUR", "creditor": f"Payee {reference}",
                "creditor_account": german(self.number * 100 + place), "remittance": f"Invoice {reference}",
            }
            for place, (reference, amount) in enumerate(self.payments.items())
        ]  # fmt: skip
        block = {
            "id": f"ORDER-{self.number:06d}-1", "execution_date": day.isoformat(),
            "debtor": {"name": DEBTORS[self.account]}, "debtor_account": self.account,
            "payment_type": {"service_level": "SEPA"}, "payments": rows,
        }  # fmt: skip
        message = {
            "message_id": f"ORDER-{self.number:06d}", "initiating_party": DEBTORS[self.account], "batches": [block],
        }  # fmt: skip
        return json.dumps(message).encode()


def order(number, account, size):
    """A batch of ``size`` payments, none of which looks like another of the campaign."""
    payments = {f"P{number:06d}-{place:03d}": Decimal(number * 100 + place) / 100 + 1 for place in range(size)}
    return Order(number, account, payments)


class Hands:
    """One caller with a connection of its own: use it in one thread, and close it."""

    def __init__(self, world):
        self._world = world
        self._line = httpx.Client(base_url=world.api, timeout=TIMEOUT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._line.close()

    def hand_over(self, given, day):
        """The batch's id, once the API said 2xx."""
        headers = {
            "Authorization": f"Bearer {self._world.access.erp_key}", "Content-Type": "application/json",
            "Idempotency-Key": f'"order-{given.number:06d}"',
        }  # fmt: skip
        answer = self._line.post("/v1/batches", content=given.body(day), headers=headers)
        answer.raise_for_status()
        return answer.json()["id"]

    def approve(self, batch):
        """Both people agree, again where payments were withdrawn while they looked, until nothing waits for them. False
        where nothing waited: it was cancelled meanwhile.
        """
        agreed = False
        for name in NAMES * ROUNDS_MAX:
            headers = {"Authorization": f"Bearer {self._world.access.tokens[name]}"}
            digest = self._digest(batch, headers)
            if digest is None:
                break
            body = {"digest": digest, "decision": "approve", "reason": "checked"}
            answer = self._line.post(f"/v1/batches/{batch}/approvals", headers=headers, json=body)
            if answer.status_code == httpx.codes.CONFLICT:
                continue
            answer.raise_for_status()
            agreed = True
        return agreed

    def cancel(self, batch, reason, *, payment_ids=None):
        """How many payments the API says it withdrew (of the batch, or of those named); 0 where it is too late."""
        headers = {"Authorization": f"Bearer {self._world.access.erp_key}"}
        asked = {"reason": reason} | ({} if payment_ids is None else {"payment_ids": payment_ids})
        answer = self._line.post(f"/v1/batches/{batch}/cancellation", headers=headers, json=asked)
        if answer.status_code == httpx.codes.CONFLICT:
            return 0
        answer.raise_for_status()
        return answer.json()["cancelled"]

    def _digest(self, batch, headers):
        """What waits for approval; None where nothing does and nothing will."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            answer = self._line.get(f"/v1/batches/{batch}/approvals", headers=headers)
            answer.raise_for_status()
            digest = answer.json()["digest"]
            if digest is not None:
                return digest
            shown = self._line.get(f"/v1/batches/{batch}", headers=headers)
            shown.raise_for_status()
            if self._is_over(shown.json()):
                return None
            time.sleep(RETRY_S)
        raise Stuck(f"The batch {batch} did not come to its people within {PATIENCE_S} s.")

    @staticmethod
    def _is_over(shown):
        return not any(one["state"] in ("received", "validated") for one in shown["states"])
