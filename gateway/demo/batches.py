"""What the demonstration's ERP hands over: four batches in three formats, with everything that happens in real life."""

import io
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from formats import pain001
from formats.initiation import (
    Account,
    Agent,
    CreditTransfer,
    Initiation,
    Party,
    PaymentInformation,
    PaymentType,
)
from formats.values import Money, mod97

DAY = date(2026, 9, 30)
"""A Wednesday; the story ends on Friday."""
WRITTEN_AT = datetime(2026, 9, 30, 5, 30, tzinfo=UTC)
ALPENBANK_ACCOUNT = "AT891200050000123456"
NORDBANK_ACCOUNT = "NO9160001234567"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One payment of the story. ``ends`` is where it must stand at the end; ``held`` says it must wait for a person."""

    reference: str
    payee: str
    iban: str
    amount: str
    text: str
    ends: str = "reconciled"
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One request of the ERP."""

    name: str
    media_type: str
    file_name: str
    body: bytes
    bank: str
    lines: tuple[Line, ...]


def german(number: int) -> str:
    """An IBAN that is right and belongs to nobody."""
    bban = f"50070010{number:010d}"
    return f"DE{98 - mod97(bban + 'DE00'):02d}{bban}"


def _with_wrong_digit(iban: str) -> str:
    last = str((int(iban[-1]) + 1) % 10)
    return iban[:-1] + last


SUPPLIERS = (
    Line(reference="SUP-1001", payee="Bergbau Huber GmbH", iban=german(1001), amount="1250.00", text="Invoice 4711"),
    Line(reference="SUP-1002", payee="Druckerei Steiner", iban=german(1002), amount="89.90", text="Invoice 4712"),
    Line(reference="SUP-1003", payee="Elektro Wimmer KG", iban=german(1003), amount="15420.35", text="Invoice 4713"),
    Line(reference="SUP-1004", payee="Fuhrpark Nord", iban=german(1004), amount="730.00", text="Invoice 4714"),
    Line(reference="SUP-1005", payee="Glas Brenner", iban=german(1005), amount="2199.99", text="Invoice 4715"),
    Line(
        reference="SUP-CLOSED-1006", payee="Holz Maier", iban=german(1006), amount="410.00", text="Invoice 4716",
        ends="rejected",
    ),
)  # fmt: skip
NORDIC = (
    Line(reference="NOR-2001", payee="Fjord Logistikk AS", iban=german(2001), amount="8100.00", text="Faktura 881"),
    Line(reference="NOR-2002", payee="Havn Service", iban=german(2002), amount="640.50", text="Faktura 882"),
    Line(reference="NOR-2003", payee="Isbre Data", iban=german(2003), amount="12000.00", text="Faktura 883"),
    Line(
        reference="NOR-BREAK-2004", payee="Kran Utleie", iban=german(2004), amount="3300.00", text="Faktura 884",
        ends="acknowledged",
    ),
    Line(
        reference="NOR-RETURN-2005", payee="Lager Vest", iban=german(2005), amount="975.25", text="Faktura 885",
        ends="returned",
    ),
)  # fmt: skip
EXPENSES = (
    Line(reference="EXP-3001", payee="Anna Gruber", iban=german(3001), amount="184.20", text="Travel September"),
    Line(reference="EXP-3002", payee="Paul Leitner", iban=german(3002), amount="62.00", text="Travel September"),
    Line(
        reference="EXP-3003", payee="Maria Hofer", iban=_with_wrong_digit(german(3003)), amount="99.00",
        text="Travel September", ends="invalid",
    ),
    Line(
        reference="EXP-3004", payee="Bergbau Huber GmbH", iban=german(1001), amount="1250.00", text="Invoice 4711",
        ends="validated", held=True,
    ),
)  # fmt: skip
RENT = (
    Line(reference="RNT-4001", payee="Immo Ring GmbH", iban=german(4001), amount="7400.00", text="Rent October"),
    Line(reference="RNT-4002", payee="Parkhaus Sued", iban=german(4002), amount="880.00", text="Rent October"),
    Line(reference="RNT-4003", payee="Lager Ost", iban=german(4003), amount="2150.00", text="Rent October"),
)


def handovers() -> tuple[Handover, ...]:
    """The four requests, in the order they are made."""
    return (
        Handover(
            name="supplier run", media_type="application/xml", file_name="F110-20260930-SUPP1.xml",
            body=_pain001("SUPPLIERS-0930", "pain.001.001.03", ALPENBANK_ACCOUNT, SUPPLIERS), bank="alpenbank",
            lines=SUPPLIERS,
        ),
        Handover(
            name="nordic run", media_type="application/json", file_name="nordic.json",
            body=_json("NORDIC-0930", NORDBANK_ACCOUNT, NORDIC), bank="nordbank", lines=NORDIC,
        ),
        Handover(
            name="expenses", media_type="text/csv", file_name="expenses.csv",
            body=_csv("EXPENSES-0930", ALPENBANK_ACCOUNT, EXPENSES), bank="alpenbank", lines=EXPENSES,
        ),
        Handover(
            name="rent", media_type="application/xml", file_name="F110-20260930-RENT.xml",
            body=_pain001("RENT-0930", "pain.001.001.09", ALPENBANK_ACCOUNT, RENT), bank="alpenbank", lines=RENT,
        ),
    )  # fmt: skip


def _pain001(message_id: str, version: str, account: str, lines: tuple[Line, ...]) -> bytes:
    transfers = tuple(
        CreditTransfer(
            end_to_end_id=line.reference, amount=Money(Decimal(line.amount), "EUR"), creditor=Party(name=line.payee),
            creditor_account=Account(iban=line.iban), remittance=(line.text,),
        )
        for line in lines
    )  # fmt: skip
    block = PaymentInformation(
        id=f"{message_id}-1", execution_date=DAY, debtor=Party(name="ACME Austria GmbH"),
        debtor_account=Account(iban=account), debtor_agent=Agent(bic="ALPNATWWXXX"), payments=transfers,
        payment_type=PaymentType(service_level="SEPA"),
    )  # fmt: skip
    message = Initiation(
        message_id=message_id, created_at=WRITTEN_AT, initiating_party=Party(name="ACME Austria GmbH"), batches=(block,)
    )
    out = io.BytesIO()
    pain001.write(message, version, out, at=WRITTEN_AT)
    return out.getvalue()


def _json(message_id: str, account: str, lines: tuple[Line, ...]) -> bytes:
    payments = [
        {
            "end_to_end_id": line.reference, "amount": line.amount, "currency": "EUR", "creditor": line.payee,
            "creditor_account": line.iban, "remittance": line.text,
        }
        for line in lines
    ]  # fmt: skip
    batch = {
        "id": f"{message_id}-1", "execution_date": DAY.isoformat(), "debtor": {"name": "ACME Norge AS"},
        "debtor_account": account, "payment_type": {"service_level": "SEPA"}, "payments": payments,
    }  # fmt: skip
    return json.dumps({"message_id": message_id, "initiating_party": "ACME Norge AS", "batches": [batch]}).encode()


def _csv(message_id: str, account: str, lines: tuple[Line, ...]) -> bytes:
    header = (
        "message_id,batch_id,execution_date,debtor_name,debtor_account,service_level,end_to_end_id,amount,currency,"
        "creditor_name,creditor_account,remittance"
    )
    rows = [
        f"{message_id},{message_id}-1,{DAY.isoformat()},ACME Austria GmbH,{account},SEPA,{line.reference},"
        f"{line.amount},EUR,{line.payee},{line.iban},{line.text}"
        for line in lines
    ]
    return "\n".join([header, *rows, ""]).encode()
