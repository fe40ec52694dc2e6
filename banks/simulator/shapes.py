"""Two more shapes of the bank's API: bulk payments as the Berlin Group has them, and payments one by one.

A single payment becomes a file of one payment in the bank's books, under a message id the bank makes: so two orders for
one payment are two payments here, and whoever counts sees it.
"""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from sqlite3 import Row
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from banks.simulator.answering import order_report, order_status
from banks.simulator.bank import SimulatedBank
from banks.simulator.behaviours import WirePlan
from banks.simulator.orders import KeyReused, place
from banks.simulator.receiving import message_id_of
from banks.simulator.rules import Facts
from banks.simulator.upload import Body
from banks.simulator.writing import box, document, money, tag

MESSAGE = "pain.001.001.09"
Misbehave = Callable[[Request, WirePlan], None]
Signed = Callable[[Request, bytes], None]


class OtherShapes:
    """The routes. ``misbehave`` and ``signed`` are those of the bank's own API."""

    def __init__(self, bank: SimulatedBank, misbehave: Misbehave, signed: Signed) -> None:
        self._bank = bank
        self._misbehave = misbehave
        self._signed = signed

    def routes(self) -> APIRouter:
        """Everything under /v1/bulk-payments and /v1/payments."""
        router = APIRouter()
        router.post("/v1/bulk-payments/{product}")(self.bulk)
        router.get("/v1/bulk-payments/{product}/{order_id}/status")(self.bulk_status)
        router.post("/v1/payments/{product}")(self.pay)
        router.get("/v1/payments/{product}")(self.payments)
        return router

    def bulk(self, request: Request, product: str, body: Body, x_request_id: Annotated[str, Header()] = "") -> Response:
        """Takes a whole pain.001. There is no idempotency key: what comes twice is there twice."""
        if not x_request_id:
            raise HTTPException(400, "X-Request-ID is missing.")
        self._signed(request, body)
        plan = self._bank.handed_over(Facts(channel="http", file_name=product, message_id=message_id_of(body)))
        number = ""
        if plan.commit:
            key, at = f"bulk-{uuid4()}", self._bank.clock.now()
            order = place(self._bank.store, body, sha256(body).hexdigest(), name=f"{product}.xml", key=key, at=at)
            number = order.order_id
        self._misbehave(request, plan)
        link = f"/v1/bulk-payments/{product}/{number}/status"
        told = {"transactionStatus": "RCVD", "paymentId": number, "_links": {"status": {"href": link}}}
        return JSONResponse(told, 201)

    def bulk_status(self, product: str, order_id: str, accept: Annotated[str, Header()] = "") -> Response:
        """Its status: JSON, or pain.002 where XML is preferred."""
        del product
        if accept.lower().lstrip().startswith("application/xml"):
            report = order_report(self._bank.store, order_id, self._bank.config)
            if report is None:
                raise HTTPException(404, "There is no such payment.")
            return Response(report, media_type="application/xml")
        status = order_status(self._bank.store, order_id, self._bank.config)
        if status is None:
            raise HTTPException(404, "There is no such payment.")
        return JSONResponse({"transactionStatus": status.group_status})

    def pay(
        self, request: Request, product: str, body: Body, idempotency_key: Annotated[str, Header()] = ""
    ) -> Response:
        """Takes one payment, once per idempotency key; 422 for one that the bank refuses."""
        if not idempotency_key:
            raise HTTPException(400, "Idempotency-Key is missing.")
        self._signed(request, body)
        plan = self._bank.handed_over(Facts(channel="http", file_name=product))
        number = ""
        if plan.commit:
            content = _as_file(body)
            digest = sha256(body).hexdigest()
            try:
                order = place(
                    self._bank.store, content, digest, name="payment.json", key=idempotency_key.strip('"'),
                    at=self._bank.clock.now(),
                )  # fmt: skip
            except KeyReused as err:
                raise HTTPException(409, "This idempotency key was used for another payment.") from err
            number = order.order_id
            self._bank.run()
        self._misbehave(request, plan)
        told = self._shown(self._row(number))
        return JSONResponse(told, 422 if told["transactionStatus"] == "RJCT" else 201)

    def payments(self, product: str, instruction_id: str = "", end_to_end_id: str = "") -> dict[str, Any]:
        """The payments under a reference of the client's."""
        del product
        rows = self._bank.store.rows(
            f"{_SELECT} WHERE payments.instruction_id = ? OR payments.end_to_end_id = ? ORDER BY payments.id",
            instruction_id,
            end_to_end_id,
        )
        return {"payments": [self._shown(row) for row in rows]}

    def _row(self, number: str) -> Row:
        row = self._bank.store.row(f"{_SELECT} WHERE arrivals.order_id = ?", number)
        if row is None:
            raise HTTPException(400, "This is not a payment.")
        return row

    def _shown(self, row: Row) -> dict[str, Any]:
        config = self._bank.config
        status = {"rejected": "RJCT", "accepted": config.accepted_status}.get(row["state"], "ACSC")
        told = {
            "paymentId": row["order_id"], "transactionStatus": status,
            "instructionIdentification": row["instruction_id"], "endToEndIdentification": row["end_to_end_id"],
            "reasonCode": row["reason_code"], "reasonText": row["reason_text"],
        }  # fmt: skip
        return {name: value for name, value in told.items() if value is not None}


_SELECT = "SELECT payments.*, arrivals.order_id FROM payments JOIN arrivals ON arrivals.id = payments.arrival"


def _as_file(body: bytes) -> bytes:
    """The pain.001 that stands for one payment in the bank's books; 400 for what is no payment."""
    try:
        told = json.loads(body)
        amount = told["instructedAmount"]
        value, currency = Decimal(amount["amount"]), str(amount["currency"])
        texts = {
            name: str(told[name])
            for name in (
                "instructionIdentification",
                "endToEndIdentification",
                "creditorName",
                "requestedExecutionDate",
            )
        }
        debtor, creditor = str(told["debtorAccount"]["iban"]), str(told["creditorAccount"]["iban"])
    except (ValueError, KeyError, TypeError, InvalidOperation) as err:
        raise HTTPException(400, "This is not a payment.") from err
    if not value.is_finite() or not isinstance(amount["amount"], str):
        raise HTTPException(400, "The amount is not a decimal text.")
    return document(
        MESSAGE,
        (
            "<CstmrCdtTrfInitn>",
            box(
                "GrpHdr", tag("MsgId", f"P{uuid4().hex}"), tag("CreDtTm", "2026-01-01T00:00:00"), tag("NbOfTxs", 1),
                box("InitgPty", tag("Nm", told.get("debtorName") or "Client")),
            ),
            box(
                "PmtInf", tag("PmtInfId", texts["instructionIdentification"]), tag("PmtMtd", "TRF"),
                tag("BtchBookg", "false"), box("ReqdExctnDt", tag("Dt", texts["requestedExecutionDate"])),
                box("Dbtr", tag("Nm", told.get("debtorName") or "Client")),
                box("DbtrAcct", box("Id", tag("IBAN", debtor))),
                box("DbtrAgt", box("FinInstnId", tag("BICFI", "SIMBDEFFXXX"))),
                box(
                    "CdtTrfTxInf",
                    box(
                        "PmtId", tag("InstrId", texts["instructionIdentification"]),
                        tag("EndToEndId", texts["endToEndIdentification"]),
                    ),
                    box("Amt", money("InstdAmt", value, currency)), box("Cdtr", tag("Nm", texts["creditorName"])),
                    box("CdtrAcct", box("Id", tag("IBAN", creditor))),
                    box("RmtInf", tag("Ustrd", told.get("remittanceInformationUnstructured"))),
                ),
            ),
            "</CstmrCdtTrfInitn>",
        ),
    )  # fmt: skip
