"""Repairing a payment file: only what cannot change who is paid, how much, or under which reference.

Each repair is shown before and after, and is made before anybody approves the file. Repairs work on the file itself, so
that whatever payhub does not read stays as it was sent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from formats import locate, xml
from formats.addresses import Proposal, propose
from formats.charsets import CHARSETS
from formats.checking import check
from formats.findings import Finding, Severity
from formats.initiation import Address
from formats.rules.places import ADDRESS_TAGS

CONFIDENCE_MIN = 75
"""An address proposal of less confidence is shown and not applied."""
EMPTY_DROPPED = frozenset({"RmtInf", "Strd", "PstlAdr"})
"""Elements that are dropped with their last child."""
OLD_ADDRESS = frozenset({"Dept", "SubDept", "StrtNm", "BldgNb", "PstCd", "TwnNm", "CtrySubDvsn"})
"""Fields the address of the 2009 versions has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One repair: where, which rule asked for it, and the text before and after (empty: dropped)."""

    rule: str
    path: str
    line: int | None
    before: str
    after: str
    confidence: int = 100
    applied: bool = True
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The file as it is after its repairs (UTF-8, with declaration), and what they were."""

    data: bytes
    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A finding with the element it speaks of."""

    finding: Finding
    element: xml.Element
    table: str
    old: bool


Mend = Callable[[_Found], Iterator[Repair]]


def fix(
    source: bytes | Path,
    *,
    profile: str = "sepa-sct",
    as_of: date,
    overrides: Mapping[str, Any] | None = None,
    table: str = "epc",
    schemas: Path | None = None,
) -> Repaired:
    """Repairs what the rules of severity FIX found, and proposes structured addresses for free lines.

    ``table`` is the bank's character set, a name of
    ``formats.charsets.CHARSETS`` (KeyError otherwise). Raises :class:`formats.errors.FormatError` for
    a file that cannot be read or is larger than ``xml.TREE_BYTES_MAX``, and as :func:`formats.checking.check` does.
    """
    data = source if isinstance(source, bytes) else source.read_bytes()
    document = xml.tree(data)
    findings = check(data, profile=profile, as_of=as_of, overrides=overrides, schemas=schemas)
    places: list[_Found] = []
    for finding in findings:
        element = locate.at(document, finding.path) if finding.rule in MENDS and finding.path else None
        if element is not None:
            old = str(element.tag).partition("}")[0].endswith((".001.03", ".001.02", ".002.03", ".003.03"))
            places.append(_Found(finding=finding, element=element, table=table, old=old))
    # Every element is found before the first is changed: dropping one would shift the positions of its like.
    repairs = [repair for place in places for repair in MENDS[place.finding.rule](place)]
    out = BytesIO()
    document.getroottree().write(out, xml_declaration=True, encoding="UTF-8")
    return Repaired(data=out.getvalue(), repairs=tuple(repairs))


def _repair(found: _Found, before: str, after: str, **more: Any) -> Repair:
    finding = found.finding
    return Repair(rule=finding.rule, path=finding.path or "", line=finding.line, before=before, after=after, **more)


def _replace_text(found: _Found) -> Iterator[Repair]:
    before = found.element.text or ""
    after = CHARSETS[found.table].text(before)
    if after != before and any(character.isalnum() for character in after):
        found.element.text = after
        yield _repair(found, before, after)


def _drop(found: _Found) -> Iterator[Repair]:
    parent = found.element.getparent()
    if parent is None or found.finding.severity is not Severity.FIX:
        return
    before = " ".join("".join(str(text) for text in found.element.itertext()).split())
    parent.remove(found.element)
    holder = parent.getparent()
    if holder is not None and not len(parent) and xml.local(parent) in EMPTY_DROPPED:
        holder.remove(parent)
    yield _repair(found, before or "(blank)", "")


def _share_charges(found: _Found) -> Iterator[Repair]:
    before, found.element.text = found.element.text or "", "SLEV"
    if before != "SLEV":
        yield _repair(found, before, "SLEV")


def _move_placeholder(found: _Found) -> Iterator[Repair]:
    """NOTPROVIDED belongs into Othr/Id, not into the BIC."""
    bank = found.element.getparent()
    if bank is None or any(xml.local(child) == "Othr" for child in bank):
        return
    tag = str(found.element.tag)
    namespace = tag[: tag.rindex("}") + 1] if "}" in tag else ""
    bank.remove(found.element)
    other = bank.makeelement(f"{namespace}Othr")
    inner = other.makeelement(f"{namespace}Id")
    inner.text = "NOTPROVIDED"
    other.append(inner)
    bank.append(other)
    yield _repair(found, "BIC NOTPROVIDED", "Othr/Id NOTPROVIDED")


def _structure_address(found: _Found) -> Iterator[Repair]:
    """Puts what the free lines say into fields; the proposal is shown also where it is not sure enough."""
    element = found.element.getparent()
    if element is None:
        return
    lines = tuple(child.text or "" for child in element if xml.local(child) == "AdrLine")
    country = next((child.text for child in element if xml.local(child) == "Ctry"), None)
    proposal = propose(Address(lines=lines, country=country), account_country=_account_country(element))
    if proposal is None:
        return
    written = _written(proposal, old=found.old)
    sure = proposal.confidence >= CONFIDENCE_MIN
    if sure:
        _rewrite(element, written)
    yield _repair(
        found,
        " | ".join(lines),
        ", ".join(f"{tag} {text}" for tag, text in written),
        confidence=proposal.confidence,
        applied=sure,
        because="; ".join(proposal.because),
    )


def _account_country(address: xml.Element) -> str | None:
    """The country of the IBAN that goes with the party whose address this is."""
    party = address.getparent()
    holder = party.getparent() if party is not None else None
    if party is None or holder is None:
        return None
    account = next((child for child in holder if xml.local(child) == f"{xml.local(party)}Acct"), None)
    if account is None:
        return None
    iban = next((each.text for each in account.iter() if xml.local(each) == "IBAN"), None)
    return iban[:2] if iban else None


def _written(proposal: Proposal, *, old: bool) -> list[tuple[str, str]]:
    """The elements of the proposed address in the order of the standard; what an old version lacks stays a line."""
    address = proposal.address
    fields = [(tag, getattr(address, field)) for field, tag in ADDRESS_TAGS]
    placed = [(tag, text) for tag, text in fields if text and (not old or tag in OLD_ADDRESS)]
    left = [text for tag, text in fields if text and old and tag not in OLD_ADDRESS]
    return [*placed, ("Ctry", address.country or ""), *(("AdrLine", line) for line in (*address.lines, *left))]


def _rewrite(element: xml.Element, written: Iterable[tuple[str, str]]) -> None:
    tag = str(element.tag)
    namespace = tag[: tag.rindex("}") + 1] if "}" in tag else ""
    for child in list(element):
        if xml.local(child) in ("AdrLine", "Ctry"):
            element.remove(child)
    for name, text in written:
        child = element.makeelement(f"{namespace}{name}")
        child.text = text
        element.append(child)


MENDS: dict[str, Mend] = {
    "GEN-002": _drop,
    "GEN-022": _move_placeholder,
    "ADR-02": _structure_address,
    "ADR-07": _drop,
    "ADR-13": _drop,
    "SCT-04": _share_charges,
    "SCT-12": _replace_text,
    "SCT-13": _replace_text,
    "CH-09": _drop,
}
"""What repairs which rule's finding. Tracking ids (XB-18) are made when the file is generated, not here."""
