"""The hand behind the bank (``/_sim``): what it received, what it keeps, its clock. No bank offers this to a client."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal, InvalidOperation

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from banks.simulator.bank import SimulatedBank
from banks.simulator.behaviours import UnorderedEntry
from banks.simulator.ledger import accounts, payments
from banks.simulator.recalling import recalls


class ClockSetting(BaseModel):
    """An instant with a time zone."""

    at: datetime


class EntryOrder(BaseModel):
    """An entry to book that nobody ordered. ``amount`` is a text, ``direction`` credit or debit."""

    amount: str
    account: str = ""
    direction: str = "credit"
    kind: str = "incoming"
    name: str = "Unknown Sender"
    text: str = ""


def steering(bank: SimulatedBank) -> APIRouter:
    """The routes under /_sim."""
    router = APIRouter(prefix="/_sim")

    @router.get("/arrivals")
    def _arrivals() -> list[dict[str, object]]:
        return [asdict(arrival) for arrival in bank.arrivals()]

    @router.get("/accounts")
    def _accounts() -> list[dict[str, object]]:
        return accounts(bank.store)

    @router.get("/payments")
    def _payments() -> list[dict[str, object]]:
        return payments(bank.store)

    @router.get("/recalls")
    def _recalls() -> list[dict[str, object]]:
        return list(recalls(bank.store))

    @router.get("/clock")
    def _clock() -> dict[str, str]:
        return {"at": bank.clock.now().isoformat()}

    @router.post("/clock")
    def _set_clock(setting: ClockSetting) -> dict[str, str]:
        try:
            bank.clock.set(setting.at)
        except ValueError as err:
            raise HTTPException(422, str(err)) from err
        return {"at": bank.clock.now().isoformat()}

    @router.post("/run")
    def _run() -> dict[str, str]:
        bank.run()
        return {"at": bank.clock.now().isoformat()}

    @router.post("/entries")
    def _book(order: EntryOrder) -> dict[str, str]:
        try:
            entry = UnorderedEntry(
                account=order.account,
                amount=Decimal(order.amount),
                direction="debit" if order.direction == "debit" else "credit",
                kind="fee" if order.kind == "fee" else "incoming",
                name=order.name,
                text=order.text,
            )
            bank.book_now(entry)
        except (InvalidOperation, ValueError) as err:
            raise HTTPException(422, f"This cannot be booked: {err}") from err
        return {"booked": order.amount}

    return router
