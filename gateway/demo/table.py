"""The table a treasurer reads: one batch a row, where its payments stand, in words."""

from collections import Counter
from decimal import Decimal

from rich.table import Table

from gateway.demo.batches import Handover
from gateway.demo.figures import Standing

MARKS = {
    "received": "taken in", "validated": "waits for approval", "invalid": "[red]refused, see advice[/]",
    "approved": "approved", "scheduled": "scheduled", "generated": "file built", "submitted": "sent",
    "in_doubt": "[yellow]in doubt, looking[/]", "acknowledged": "accepted by the bank", "settled": "booked",
    "reconciled": "[green]reconciled[/]", "rejected": "[red]refused by the bank[/]", "returned": "[yellow]came back[/]",
    "declined": "declined", "cancelled": "withdrawn", "expired": "[red]too late[/]",
}  # fmt: skip


def table(now: Standing, batches: dict[str, tuple[str, Handover]], moment: str) -> Table:
    """The present standing."""
    shown = Table(title=f"payhub demonstration, {moment}", title_justify="left", expand=False)
    for name, side in (
        ("batch", "left"),
        ("bank", "left"),
        ("payments", "right"),
        ("EUR", "right"),
        ("where they stand", "left"),
    ):
        shown.add_column(name, justify=side)  # type: ignore[arg-type]  # the two words are what it takes
    for batch, (name, handover) in batches.items():
        rows = [row for row in now.payments if row.batch_id == batch]
        held = sum(row.held for row in rows)
        tally = Counter(row.state for row in rows if not row.held)
        words = [f"{count} {MARKS[state]}" for state, count in tally.items()]
        if held:
            words.append(f"[yellow]{held} held: looks paid before[/]")
        total = sum((row.amount for row in rows), Decimal(0))
        shown.add_row(name, handover.bank, str(len(rows)), f"{total:,.2f}", ", ".join(words))
    return shown
