"""Messages as tables a treasurer can read: opening, entries, closing, proof, findings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from formats import render
from formats.findings import Finding, Severity
from formats.initiation import Initiation
from formats.recall_answer import RecallAnswer
from formats.registry import Message
from formats.statement import Balance, Entry, Statement, StatementMessage
from formats.statement_events import Closed, Event, Opened
from formats.status_report import StatusReport
from formats.values import Money

STYLES = {
    Severity.HALT: "bold red",
    Severity.BLOCK: "red",
    Severity.WARN: "yellow",
    Severity.FIX: "cyan",
    Severity.INFO: "dim",
}
PROOFS = {
    True: "[green]opening and booked entries make the closing balance[/green]",
    False: "[bold red]does not add up: do not post it[/bold red]",
    None: "[dim]cannot be proven: a balance is missing[/dim]",
}
KINDS = {"statement": "Statement", "report": "Intraday report", "notification": "Notification"}


@dataclass(slots=True)
class Turnover:
    """What all entries of a statement came to, shown or not."""

    entries: int = 0
    booked: dict[str, list[Decimal]] = field(default_factory=dict)
    """Credits and debits by currency."""

    def count(self, entry: Entry) -> None:
        """Adds one entry."""
        self.entries += 1
        if entry.booked:
            sums = self.booked.setdefault(entry.amount.currency or "", [Decimal(0), Decimal(0)])
            sums[entry.direction != "credit"] += entry.amount.value


def gathered(events: Iterable[Event], rows: int) -> tuple[StatementMessage, list[Turnover]]:
    """A streamed message with the first ``rows`` entries of each statement, and what all of them came to."""
    statements: list[Statement] = []
    turnovers: list[Turnover] = []
    entries: list[Entry] = []
    for event in events:
        if isinstance(event, Entry):
            turnovers[-1].count(event)
            if len(entries) < rows:
                entries.append(event)
        elif isinstance(event, Opened):
            turnovers.append(Turnover())
            entries = []
        elif isinstance(event, Closed):
            statements.append(replace(event.statement, entries=tuple(entries)))
        else:
            return replace(event.message, statements=tuple(statements)), turnovers
    raise AssertionError("a stream ends with Proven or an error")


def show(message: Message, name: str, rows: int, turnovers: Sequence[Turnover] = ()) -> None:
    """Prints one message; ``rows`` is how many entries or payments at most, ``turnovers`` one for each statement."""
    console = Console(highlight=False, soft_wrap=False)
    console.print(
        f"[bold]{escape(name)}[/bold]: {message.message}, message {escape(message.message_id or 'without id')}"
    )
    if isinstance(message, StatementMessage):
        for statement, turnover in zip(message.statements, turnovers, strict=True):
            _statement(console, statement, KINDS[message.kind], turnover)
    elif isinstance(message, StatusReport):
        _status_report(console, message, rows)
    elif isinstance(message, RecallAnswer):
        _recall_answer(console, message, rows)
    else:
        _initiation(console, message, rows)
    _findings(console, message.findings)
    console.print()


def amount(money: Money | None) -> str:
    """An amount with its thousands apart, exactly as many decimals as were sent, and its currency."""
    if money is None:
        return ""
    return f"{money.value:,f} {money.currency or ''}".strip()


def _statement(console: Console, statement: Statement, title: str, turnover: Turnover) -> None:
    entries = tuple(statement.entries)
    facts = [f"{title} {escape(statement.id or '')}", f"account {escape(statement.account.number or '?')}"]
    if statement.owner is not None and statement.owner.name:
        facts.append(escape(statement.owner.name))
    if statement.electronic_sequence is not None:
        facts.append(f"number {escape(statement.electronic_sequence)}")
    if statement.page_number is not None:
        facts.append(f"page {escape(statement.page_number)}{' (last)' if statement.last_page else ''}")
    console.print(f"\n[bold]{', '.join(facts)}[/bold]")
    table = Table("Booked", "Value", "Amount", "Status", "Counterparty", "Reference", "What for", pad_edge=False)
    table.columns[2].justify = "right"
    table.columns[2].no_wrap = True
    _balance_row(table, "Opening", statement.opening)
    for entry in entries:
        _entry_rows(table, entry, statement)
    _balance_row(table, "Closing", statement.closing)
    console.print(table)
    if len(entries) < turnover.entries:
        console.print(f"Showing {len(entries):,} of {turnover.entries:,} entries.")
    sums = "".join(f"; booked {c} credits {plus:,f}, debits {minus:,f}" for c, (plus, minus) in turnover.booked.items())
    console.print(f"{turnover.entries:,} entries{sums}. Proof: {PROOFS[statement.balanced]}")


def _balance_row(table: Table, label: str, balance: Balance | None) -> None:
    if balance is not None:
        day = "" if balance.as_of is None else balance.as_of.isoformat()
        table.add_row(
            day, "", f"[bold]{amount(balance.amount)}[/bold]", escape(balance.code or ""), f"[bold]{label}[/bold]"
        )


def _entry_rows(table: Table, entry: Entry, statement: Statement) -> None:
    signed = f"{entry.signed:,f} {entry.amount.currency or ''}"
    colour = "green" if entry.direction == "credit" else "red"
    status = " ".join(filter(None, (entry.status or "", "reversal" if entry.reversal else "")))
    shown = [_day(entry.booking_date), _day(entry.value_date), f"[{colour}]{signed}[/{colour}]", escape(status)]
    if len(entry.transactions) == 1:
        shown += _details(render.transaction(entry.transactions[0], statement.account, reversal=entry.reversal))
    else:
        what = f"{len(entry.transactions)} transactions" if entry.transactions else ""
        shown += [what, escape(entry.bank_reference or ""), escape(entry.additional_information or "")]
    table.add_row(*shown)
    if len(entry.transactions) > 1:
        for one in entry.transactions:
            table.add_row(
                "",
                "",
                f"[dim]{amount(one.amount)}[/dim]",
                "",
                *_details(render.transaction(one, statement.account, reversal=entry.reversal)),
            )


def _details(shown: render.Json) -> list[str]:
    other = shown["counterparty"]
    who = " ".join(filter(None, (other["name"], other["account"])))
    reference = shown["end_to_end_id"] or shown["account_servicer_reference"] or ""
    what = " ".join(shown["remittance"])
    if shown["return_reason"]:
        what = f"returned: {shown['return_reason']} {what}"
    return [escape(who), escape(reference), escape(what)]


def _status_report(console: Console, report: StatusReport, rows: int) -> None:
    console.print(
        f"Answer to {escape(report.original_message_id or '?')} ({escape(report.original_message_name or '?')}), "
        f"group status [bold]{escape(report.group_status or 'none')}[/bold]"
    )
    table = Table("Batch", "Payment", "Status", "From", "Reasons", pad_edge=False)
    for one in report.payments[:rows]:
        reasons = "; ".join(" ".join(filter(None, (r.code, r.proprietary, *r.text))) for r in one.reasons)
        table.add_row(
            escape(one.payment_information_id or ""),
            escape(one.end_to_end_id or one.instruction_id or ""),
            escape(one.status or "unknown"),
            (one.status_level or "").replace("_", " "),
            escape(reasons),
        )
    if len(report.payments) > rows:
        table.add_row("", f"[dim]{len(report.payments) - rows:,} more payments[/dim]")
    if report.payments:
        console.print(table)
    for batch in report.batches:
        codes = ", ".join(filter(None, (reason.code or reason.proprietary for reason in batch.reasons)))
        console.print(
            f"Batch {escape(batch.payment_information_id or '?')}: {escape(batch.status or 'none')} {escape(codes)}"
        )


def _recall_answer(console: Console, answer: RecallAnswer, rows: int) -> None:
    console.print(f"Answer to a recall, confirmation [bold]{escape(answer.status or 'none')}[/bold]")
    table = Table("Message", "Payment", "Status", "From", "Reasons", pad_edge=False)
    for one in answer.payments[:rows]:
        reasons = "; ".join(" ".join(filter(None, (r.code, r.proprietary, *r.text))) for r in one.reasons)
        table.add_row(
            escape(one.original_message_id or ""),
            escape(one.end_to_end_id or one.instruction_id or "all of it"),
            escape(one.status or "unknown"),
            (one.level or "").replace("_", " "),
            escape(reasons),
        )
    console.print(table)


def _initiation(console: Console, message: Initiation, rows: int) -> None:
    for batch in message.batches:
        payments = tuple(batch.payments)
        account = batch.debtor_account.number if batch.debtor_account is not None else None
        console.print(
            f"\n[bold]Batch {escape(batch.id)}[/bold] from {escape(account or '?')} on {_day(batch.execution_date)}"
        )
        table = Table("End-to-end id", "Amount", "To", "Account", "What for", pad_edge=False)
        table.columns[1].justify = "right"
        for one in payments[:rows]:
            to = one.creditor_account.number if one.creditor_account is not None else None
            texts = (
                one.end_to_end_id or "",
                amount(one.amount),
                one.creditor.name or "",
                to or "",
                " ".join(one.remittance),
            )
            table.add_row(*(escape(text) for text in texts))
        if len(payments) > rows:
            table.add_row(f"[dim]{len(payments) - rows:,} more payments[/dim]")
        console.print(table)
    console.print(f"Declared: {message.number_of_transactions or '?'} payments, sum {message.control_sum or '?'}")


def _findings(console: Console, findings: Iterable[Finding]) -> None:
    for one in findings:
        where = f" ({escape(one.path)})" if one.path else ""
        at = f" line {one.line}" if one.line else ""
        style = STYLES[one.severity]
        console.print(
            f"[{style}]{one.severity.value} {one.rule}[/{style}]{at}{where}: {escape(one.message)} {escape(one.advice)}"
        )


def _day(value: date | datetime | None) -> str:
    if value is None:
        return ""
    return (value.date() if isinstance(value, datetime) else value).isoformat()
