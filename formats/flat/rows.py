"""Rows of a payment list into the parts of a message: a block begins wherever a column of the block changes.

Everything that is wrong is told with row and column and reading goes on, so that one upload shows every mistake.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from formats.errors import InvalidValue
from formats.findings import Finding, Severity
from formats.flat.columns import COLUMNS, REQUIRED, Kind
from formats.flat.events import NOT_A_NUMBER, Event
from formats.initiation import (
    Account,
    Address,
    Agent,
    CreditTransfer,
    Initiation,
    Party,
    PaymentInformation,
    PaymentType,
    StructuredRemittance,
)
from formats.values import Money, iban_problem

FINDINGS_MAX = 1000
"""How many findings about one list are told; the rest is counted."""
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[.,'\u2019 \u00a0]\d{3})*[.,]?\d*")
_QR_REFERENCE = re.compile(r"\d{27}", re.ASCII)
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
Row = tuple[int, Mapping[str, str]]
"""The number of a row in its file, from 1, and its texts by column; empty cells are left out."""


@dataclass(slots=True)
class Rows:
    """One list on its way past."""

    message_id: str
    number: int = 1
    payments: int = 0
    count: int = 0
    found: list[Finding] = field(default_factory=list)
    key: tuple[object, ...] | None = None
    ids: set[str] = field(default_factory=set)
    blocks: int = 0

    def header(self, names: Iterable[str]) -> list[str]:
        """The columns as they stand in the first row; unknown, repeated and missing ones are told."""
        given = [name.strip().lower().replace(" ", "_") for name in names]
        for place, name in enumerate(given):
            if name and name not in COLUMNS:
                self.tell("FLAT-COLUMN", name, f"The column '{name}' is not known.", _known(name))
            elif name in given[:place]:
                self.tell("FLAT-COLUMN", name, f"The column '{name}' is there twice.")
        for name in REQUIRED:
            if name not in given:
                self.tell("FLAT-COLUMN", name, f"The column '{name}' is missing.", COLUMNS[name].meaning)
        return given

    def events(self, rows: Iterable[Row]) -> Iterator[Event]:
        """The header with the first row, then blocks and payments; findings after what they are about."""
        headed = False
        for number, row in rows:
            self.number = number
            if not headed:
                headed = True
                yield self._message(row)
            yield from self._block(row)
            yield self._payment(row)
            yield from self.drain()
        if not headed:
            yield self._message({})
            self.tell("FLAT-EMPTY", None, "There is no payment in it.")
        yield from self.drain()
        if self.count > FINDINGS_MAX:
            more = self.count - FINDINGS_MAX
            yield Finding(rule="FLAT-MORE", severity=Severity.BLOCK, message=f"{more:,} more problems are not listed.")

    def drain(self) -> Iterator[Finding]:
        """What was found since the last time."""
        yield from self.found
        self.found.clear()

    def tell(self, rule: str, column: str | None, message: str, advice: str = "") -> None:
        """Notes one problem in the current row."""
        self.count += 1
        if self.count <= FINDINGS_MAX:
            path = f"row {self.number}, {column}" if column else f"row {self.number}"
            payment = self.payments if self.payments or self.number > 1 else None
            self.found.append(
                Finding(
                    rule=rule,
                    severity=Severity.BLOCK,
                    message=message,
                    advice=advice,
                    path=path,
                    line=self.number,
                    payment=payment,
                )
            )

    def _message(self, row: Mapping[str, str]) -> Initiation:
        return Initiation(
            message_id=row.get("message_id", self.message_id),
            created_at=None,
            initiating_party=Party(name=row.get("debtor_name")),
        )

    def _block(self, row: Mapping[str, str]) -> Iterator[PaymentInformation]:
        key = (row.get("currency"), *(row.get(name) for name, column in COLUMNS.items() if column.of_block))
        if key == self.key:
            return
        self.key = key
        self.blocks += 1
        own = row.get("batch_id")
        if own is not None and own in self.ids:
            self.tell(
                "FLAT-BATCH",
                "batch_id",
                f"The batch '{own}' was there before, with another date, account, currency or kind of payment.",
                "Sort the rows by batch, and give each date, account, currency and kind of payment a batch of its own.",
            )
        if own is not None:
            self.ids.add(own)
        bank = row.get("debtor_bic")
        kind = PaymentType(
            priority=row.get("priority"),
            service_level=row.get("service_level"),
            local_instrument=row.get("local_instrument"),
            category_purpose=row.get("category_purpose"),
        )
        yield PaymentInformation(
            id=own or f"B{self.blocks}",
            execution_date=self._date(row, "execution_date"),
            debtor=Party(name=row.get("debtor_name")),
            debtor_account=self._account(row, "debtor_account"),
            debtor_agent=Agent(bic=bank) if bank is not None else None,
            batch_booking=self._flag(row, "batch_booking"),
            payment_type=kind if kind != PaymentType() else None,
            charge_bearer=row.get("charge_bearer"),
            line=self.number,
        )

    def _payment(self, row: Mapping[str, str]) -> CreditTransfer:
        for name in REQUIRED:
            if name not in row:
                self.tell("FLAT-MISSING", name, f"'{name}' is empty.", COLUMNS[name].meaning)
        payment = CreditTransfer(
            end_to_end_id=row.get("end_to_end_id"),
            instruction_id=row.get("instruction_id"),
            uetr=row.get("uetr"),
            amount=self._amount(row),
            creditor=Party(name=row.get("creditor_name"), lei=row.get("creditor_lei"), address=_address(row)),
            creditor_account=self._account(row, "creditor_account"),
            creditor_agent=_agent(row),
            ultimate_debtor=_named(row, "ultimate_debtor_name"),
            ultimate_creditor=_named(row, "ultimate_creditor_name"),
            purpose=row.get("purpose"),
            remittance=(row["remittance"],) if "remittance" in row else (),
            structured_remittance=_reference(row),
            instruction_for_debtor_agent=row.get("instruction_for_debtor_agent"),
            line=self.number,
        )
        self.payments += 1
        return payment

    def _amount(self, row: Mapping[str, str]) -> Money:
        text, currency = row.get("amount"), row.get("currency")
        if text is None:
            return Money(NOT_A_NUMBER, currency, "?")
        try:
            return Money.parse(text, currency)
        except InvalidValue:
            advice = "Write digits with a decimal point and nothing else: 1234.56."
            if _GROUPED.fullmatch(text) is not None:
                advice = f"It is not guessed whether a mark in it groups thousands or begins the cents. {advice}"
            self.tell("FLAT-AMOUNT", "amount", f"'{text}' is not an amount.", advice)
            return Money(NOT_A_NUMBER, currency, text)

    def _date(self, row: Mapping[str, str], name: str) -> date | None:
        text = row.get(name)
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.tell("FLAT-DATE", name, f"'{text}' is not a date.", "Write year-month-day: 2026-11-25.")
            return None

    def _flag(self, row: Mapping[str, str], name: str) -> bool | None:
        text = row.get(name)
        if text is None:
            return None
        if text.lower() not in _FLAGS:
            self.tell("FLAT-FLAG", name, f"'{text}' is neither true nor false.")
        return _FLAGS.get(text.lower())

    def _account(self, row: Mapping[str, str], name: str) -> Account | None:
        text = row.get(name)
        if text is None:
            return None
        compact = text.replace(" ", "").upper()
        if iban_problem(compact) is None:
            return Account(iban=compact)
        if re.match(r"[A-Z]{2}\d{2}", compact):
            self.tell("FLAT-IBAN", name, f"'{text}' looks like an IBAN: {iban_problem(compact)}")
            return Account(iban=compact)
        return Account(other=text)


def _known(name: str) -> str:
    near = [column for column in COLUMNS if name in column or column in name]
    return f"Did you mean {' or '.join(near)}?" if near else f"Columns are: {', '.join(COLUMNS)}."


def _named(row: Mapping[str, str], name: str) -> Party | None:
    return Party(name=row[name]) if name in row else None


def _address(row: Mapping[str, str]) -> Address | None:
    value = Address(
        street=row.get("creditor_street"),
        building_number=row.get("creditor_building_number"),
        post_code=row.get("creditor_post_code"),
        town=row.get("creditor_town"),
        country_subdivision=row.get("creditor_country_subdivision"),
        country=row.get("creditor_country"),
        lines=tuple(row[f"creditor_address_line_{n}"] for n in (1, 2) if f"creditor_address_line_{n}" in row),
    )
    return value if value != Address() else None


def _agent(row: Mapping[str, str]) -> Agent | None:
    value = Agent(
        bic=row.get("creditor_bic"),
        clearing_system=row.get("creditor_clearing_system"),
        member_id=row.get("creditor_member_id"),
        name=row.get("creditor_bank_name"),
    )
    return value if value != Agent() else None


def _reference(row: Mapping[str, str]) -> tuple[StructuredRemittance, ...]:
    """A creditor reference by its look: 27 digits are a Swiss QR reference, everything else is ISO 11649's kind."""
    text = row.get("creditor_reference")
    if text is None:
        return ()
    compact = text.replace(" ", "")
    if _QR_REFERENCE.fullmatch(compact):
        return (StructuredRemittance(reference=compact, reference_type_proprietary="QRR"),)
    return (StructuredRemittance(reference=compact.upper(), reference_type="SCOR"),)


def is_identifier(name: str) -> bool:
    """Whether a column holds what must never be changed (a number there would have lost its leading zeros)."""
    column = COLUMNS.get(name)
    return column is not None and column.kind in (Kind.IDENTIFIER, Kind.ACCOUNT)
