"""The readable side of a pack: one page that needs nothing else, tells what happened in order, and prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from gateway.audit import moment_text
from gateway.persistence.erasure import ERASED

STEPS_MAX = 5_000
"""Lines of the timeline; moves of one act are one line, so that a large batch stays readable."""
TEXT_MAX = 300
_STYLE = """
:root { color-scheme: light dark; --ink: #171a1f; --soft: #4a515d; --line: #dcdfe5; --paper: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #eceef2; --soft: #b9c0cc; --line: #2c313a; --paper: #15181d } }
@media print { :root { --ink: #000; --soft: #333; --line: #999; --paper: #fff } tr { break-inside: avoid } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 64rem; padding: 0 1rem; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% } caption { text-align: left; color: var(--soft); padding: .5rem 0 }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line) }
time, code { font-family: ui-monospace, monospace; font-size: .85em } thead { display: table-header-group }
""".strip()


@dataclass(slots=True)
class Story:
    """What the timeline tells, taken from the rows as they pass."""

    subject: str
    is_payment: bool
    facts: dict[str, str] = field(default_factory=dict)
    steps: dict[tuple[str, ...], tuple[str, str, str, str]] = field(default_factory=dict)
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)

    def hear(self, table: str, row: Mapping[str, Any]) -> None:
        """Takes what is to be told from one row."""
        tell = _TOLD.get(table)
        if tell is not None:
            tell(self, row)

    def add(self, key: tuple[str, ...], at: datetime | None, who: str, what: str, why: str) -> None:
        """One line; the same key again only counts."""
        if at is None:
            return
        if key not in self.steps and len(self.steps) >= STEPS_MAX:
            key = ("more",)
            what, who, why = "further steps", "", "they are in the rows of this pack"
        self.counts[key] = self.counts.get(key, 0) + 1
        self.steps.setdefault(key, (moment_text(at), who, what, why[:TEXT_MAX]))


def render(story: Story) -> str:
    """The whole page."""
    facts = "".join(f"<tr><th scope=row>{escape(name)}<td>{escape(text)}" for name, text in story.facts.items())
    told = sorted((*step, key) for key, step in story.steps.items())
    lines = "".join(
        f"<tr><td><time>{escape(at)}</time><td>{escape(what)}{_times(story.counts[key])}<td>{escape(why)}"
        f"<td><code>{escape(who)}</code>"
        for at, who, what, why, key in told
    )
    kind = "payment" if story.is_payment else "batch"
    title = f"Evidence of {kind} {story.subject}"
    return (
        f'<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>"
        f"<table><caption>What it is</caption>{facts}</table>"
        f"<table><caption>What happened, in UTC</caption><thead><tr><th>When<th>What<th>Why<th>Who</thead>"
        f"<tbody>{lines}</tbody></table>"
        "<p>This page is for reading. The proof is in the other members of the pack: check them with "
        "<code>payhub evidence verify</code>.</p></html>\n"
    )


def _times(count: int) -> str:
    return "" if count == 1 else f" ({count} payments)"


def _batch(story: Story, row: Mapping[str, Any]) -> None:
    story.facts |= {
        "Batch": row["id"], "Message": row["message_id"], "Entity": row["entity"], "Payments": str(row["payments"]),
        "Totals": ", ".join(f"{currency} {amount}" for currency, amount in row["totals"]),
        "Document received (SHA-256)": row["document_sha256"],
    }  # fmt: skip
    story.add(("batch",), row["received_at"], row["maker"], "batch received", row["source"])


def _payment(story: Story, row: Mapping[str, Any]) -> None:
    if story.is_payment:
        story.facts |= {
            "Payment": row["id"], "Reference": row["end_to_end_id"], "Payee": row["creditor_name"],
            "Amount": f"{row['currency']} {row['amount']:f}", "State": row["state"],
        }  # fmt: skip


def _move(story: Story, row: Mapping[str, Any]) -> None:
    what = f"{row['source'] or 'nothing'} → {row['target']}"
    story.add(("move", row["act"], what, row["reason"]), row["at"], row["actor"], what, row["reason"])


def _approval(story: Story, row: Mapping[str, Any]) -> None:
    lent = "" if row["right_of"] is None else f", with the right of {row['right_of']}"
    story.add(
        ("approval", row["id"]), row["at"], row["person_name"], f"decision: {row['decision']}{lent}",
        row["reason"] or f"of the content {row['digest'][:16]}…",
    )  # fmt: skip


def _hold(story: Story, row: Mapping[str, Any]) -> None:
    key = ("hold", row["hold_id"], row["reason"])
    story.add(key, row["put_at"], row["put_by"], f"held: {row['kind']}", row["reason"])
    story.add(("lifted", row["hold_id"], str(row["lifted_at"])), row["lifted_at"], row["lifted_by"], "hold lifted", "")


def _hold_word(story: Story, row: Mapping[str, Any]) -> None:
    key = ("word", row["hold_id"], row["person_id"], str(row["at"]))
    story.add(key, row["at"], row["person_name"], "said that a held payment is meant", row["reason"])


def _file_move(story: Story, row: Mapping[str, Any]) -> None:
    what = f"file {row['source'] or 'nothing'} → {row['target']}"
    story.add(("file", row["file_id"], str(row["version"])), row["at"], row["actor"], what, row["reason"])


def _attempt(story: Story, row: Mapping[str, Any]) -> None:
    what = f"attempt {row['number']} to hand the file over: {row['outcome'] or 'no outcome known'}"
    story.add(("attempt", row["id"]), row["started_at"], row["worker"], what, row["detail"] or "")


def _proof(story: Story, row: Mapping[str, Any]) -> None:
    story.add(("proof", str(row["id"])), row["at"], row["actor"], f"evidence: {row['kind']}", row["text"])


def _ruling(story: Story, row: Mapping[str, Any]) -> None:
    what = f"ruling on a file in doubt: {row['verdict']}"
    story.add(("ruling", str(row["id"])), row["at"], row["person_name"], what, row["reason"])


def _recall(story: Story, row: Mapping[str, Any]) -> None:
    key, why = ("recall", row["id"]), f"{row['reason_code']}: {row['reason']}"
    story.add((*key, "asked"), row["asked_at"], row["asked_by_name"], "recall asked for", why)
    story.add((*key, "confirmed"), row["confirmed_at"], row["confirmed_by_name"] or "", "recall confirmed", "")
    story.add((*key, "sent"), row["sent_at"], row["bank"], "recall sent", row["evidence"] or "")
    said = " ".join(filter(None, (row["status"], row["status_reason"], row["status_text"])))
    story.add((*key, "answered"), row["answered_at"], row["bank"], f"recall answered: {row['state']}", said)
    if row["state"] == "withdrawn":
        story.add((*key, "over"), row["over_at"], "", "recall taken back", row["evidence"] or "")


def _document(story: Story, row: Mapping[str, Any]) -> None:
    what = f"document of {row['bank']}: {row['kind'] or 'not understood'}"
    story.add(("document", row["id"]), row["received_at"], row["bank"], what, row["name"])


def _break(story: Story, row: Mapping[str, Any]) -> None:
    story.add(("break", row["id"]), row["opened_at"], "", f"break: {row['kind']}", row["reason"])
    if row["resolved_at"] is not None:
        why = row["resolution"] or ""
        story.add(("resolved", row["id"]), row["resolved_at"], row["resolved_by"] or "", "break resolved", why)


def _audited(story: Story, row: Mapping[str, Any]) -> None:
    """Of the trail only what no other row tells."""
    if row["action"] == ERASED:
        what = f"names, accounts and texts of the {row['data'].get('kind')} erased"
        story.add(("erased", row["subject"]), row["at"], row["actor"], what, f"under {row['data'].get('rule')}")


_TOLD = {
    "batch": _batch, "payments": _payment, "moves": _move, "approvals": _approval, "holds": _hold,
    "hold_words": _hold_word, "file_moves": _file_move,
    "attempts": _attempt, "evidence": _proof, "rulings": _ruling, "recalls": _recall, "documents": _document,
    "breaks": _break,
    "audit": _audited,
}  # fmt: skip
