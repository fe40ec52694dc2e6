"""One statement while its entries pass: what its head said, and the sums its foot has to prove."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from formats.findings import Finding, Severity
from formats.gathered import Findings
from formats.initiation import Account, Agent, Party
from formats.mt94x.balances import Total
from formats.statement import Balance, Entry, Statement


@dataclass(slots=True)
class Ledger:
    """Counts entries and sums; never holds them."""

    reference: str | None
    line: int
    related: str | None = None
    account: Account | None = None
    servicer: Agent | None = None
    owner: str | None = None
    number: str | None = None
    page: str | None = None
    created_at: datetime | None = None
    currency: str | None = None
    opening: Balance | None = None
    closing: Balance | None = None
    balances: list[Balance] = field(default_factory=list)
    information: list[str] = field(default_factory=list)
    debits: Total | None = None
    credits: Total | None = None
    opened: bool = False
    unreadable: int = 0
    debit_count: int = 0
    credit_count: int = 0
    debit_sum: Decimal = Decimal(0)
    credit_sum: Decimal = Decimal(0)

    @property
    def booked(self) -> Decimal:
        """The sum of the entries so far, signed."""
        return self.credit_sum - self.debit_sum

    def add_balance(self, balance: Balance) -> None:
        """The first opening and the last closing count; the others are kept beside them."""
        self.balances.append(balance)
        if balance.code == "OPBD" and self.opening is None:
            self.opening = balance
            self.currency = balance.amount.currency or self.currency
        elif balance.code == "CLBD":
            self.closing = balance
            self.currency = self.currency or balance.amount.currency

    def count(self, entry: Entry) -> None:
        """Adds an entry to the sums, unless it is only expected."""
        if entry.status is not None:
            return
        if entry.direction == "debit":
            self.debit_count += 1
            self.debit_sum += entry.amount.value
        else:
            self.credit_count += 1
            self.credit_sum += entry.amount.value

    def statement(self) -> Statement:
        """The statement as far as it is known, without entries."""
        return Statement(
            id=self.reference,
            account=self.account if self.account is not None else Account(),
            currency=self.currency or (self.account.currency if self.account is not None else None),
            owner=Party(name=self.owner) if self.owner is not None else None,
            servicer=self.servicer,
            balances=tuple(self.balances),
            opening=self.opening,
            closing=self.closing,
            balanced=self._balanced(),
            legal_sequence=self.number,
            page_number=self.page,
            created_at=self.created_at,
            related_reference=self.related,
            additional_information="\n".join(self.information) or None,
        )

    def _balanced(self) -> bool | None:
        if self.opening is None or self.closing is None:
            return None
        return not self.unreadable and self.opening.amount.value + self.booked == self.closing.amount.value

    def prove(self, statement: Statement, previous: Statement | None, found: Findings, *, interim: bool) -> None:
        """What does not add up, as findings: balances (BAL-03), pages (BAL-04), totals (MT-17), what is missing."""
        if self.account is None:
            self._tell(found, "MT-02", Severity.WARN, "The statement names no account.", ":25:")
        if statement.balanced is False and self.opening is not None and self.closing is not None:
            difference = self.closing.amount.value - self.opening.amount.value - self.booked
            message = f"Statement {self.reference} does not add up (difference {difference:f}). Do not post it."
            self._tell(found, "BAL-03", Severity.HALT, message, ":62F:")
        elif statement.balanced is None and not interim:
            missing = "opening" if self.opening is None else "closing"
            message = f"Statement {self.reference} has no {missing} balance that can be read: it proves nothing."
            self._tell(found, "BAL-03", Severity.WARN, message, ":62F:")
        if self._broken_chain(statement, previous):
            message = f"Page {self.page} does not begin with the balance the page before it ended with."
            self._tell(found, "BAL-04", Severity.HALT, message, ":60M:")
        for name, total, number, value in (
            ("debit", self.debits, self.debit_count, self.debit_sum),
            ("credit", self.credits, self.credit_count, self.credit_sum),
        ):
            if total is not None and (total.number, total.amount.value) != (number, value):
                message = (
                    f"The bank counts {total.number} {name} entries of {total.amount.value:f}, "
                    f"the report holds {number} of {value:f}."
                )
                self._tell(found, "MT-17", Severity.HALT, message, ":90D:" if name == "debit" else ":90C:")

    @staticmethod
    def _broken_chain(statement: Statement, previous: Statement | None) -> bool:
        """Whether two pages of one statement follow each other and do not fit (MT-04)."""
        if previous is None or previous.closing is None or statement.opening is None:
            return False
        if previous.account != statement.account or previous.legal_sequence != statement.legal_sequence:
            return False
        if previous.closing.sub_type is None or statement.opening.sub_type is None:
            return False
        return previous.closing.amount != statement.opening.amount

    def _tell(self, found: Findings, rule: str, severity: Severity, message: str, path: str) -> None:
        found.add(
            Finding(
                rule=rule,
                severity=severity,
                message=message,
                advice="Ask the bank to deliver the statement again.",
                path=path,
                line=self.line,
            )
        )
