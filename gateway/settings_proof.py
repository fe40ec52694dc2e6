"""What an operator decides about proof: anchors of the audit trail, two people for changes, how long bytes stay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from banks.strict import Table

ANCHOR_MINUTES = 60
"""How often the head of the trail is anchored, unless the operator says otherwise."""
ANCHOR_MINUTES_MAX = 10_080
RETENTION_DAYS_MAX = 36_600
CLASSES = ("batches", "files", "documents")
"""Kinds of bytes that have a retention of their own: what the ERP sent, what went to banks, what banks sent."""
PERSONAL = "personal"
"""Names, accounts and texts in rows; they go after the bytes that they were read from."""
PUBLIC_KEY = r"[0-9a-f]{64}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """``anchor_key`` is a reference to 32 bytes as hexadecimal digits (Ed25519); without it nothing is anchored."""

    anchor_every_minutes: int = ANCHOR_MINUTES
    anchor_key: str | None = None
    anchor_key_id: str = "a1"
    anchor_public_keys: Mapping[str, str] = field(default_factory=dict)
    anchor_file: Path | None = None
    anchor_url: str | None = None
    two_people: bool = False
    retention_days: Mapping[str, int] = field(default_factory=dict)


def read(table: Table) -> Proof:
    """The tables ``[audit]``, ``[control]`` and ``[retention]`` of ``payhub.toml``."""
    audit, control, retention = table.table("audit"), table.table("control"), table.table("retention")
    public = audit.table("public_keys")
    file = audit.optional("anchor_file")
    days = {one: retention.number(f"{one}_days", 0, most=RETENTION_DAYS_MAX) for one in (*CLASSES, PERSONAL)}
    proof = Proof(
        anchor_every_minutes=audit.number("anchor_every_minutes", ANCHOR_MINUTES, least=1, most=ANCHOR_MINUTES_MAX),
        anchor_key=audit.secret("anchor_key"),
        anchor_key_id=audit.text("anchor_key_id", "a1", shape=r"[a-z0-9]{1,16}"),
        anchor_public_keys={name: public.text(name, shape=PUBLIC_KEY) for name in public.content},
        anchor_file=None if file is None else Path(file),
        anchor_url=audit.optional("anchor_url", shape=r"https?://.+"),
        two_people=control.text("configuration", "off", among=("off", "two_people")) == "two_people",
        retention_days={one: number for one, number in days.items() if number},
    )
    kept = [one for one in CLASSES if days[PERSONAL] and not 0 < days[one] <= days[PERSONAL]]
    if kept:
        retention.complain("personal_days", f"needs {kept[0]}_days too, and not more of them: bytes go before rows")
    if (proof.anchor_file or proof.anchor_url) and proof.anchor_key is None:
        audit.complain("anchor_key", "is needed to sign what goes to anchor_file or anchor_url")
    for part in (public, audit, control, retention):
        part.close()
    return proof
