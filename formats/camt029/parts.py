"""The parts of an answer to a recall, taken from their elements by local name: one reader for every version."""

from dataclasses import dataclass

from formats.recall_answer import RecallLevel
from formats.status_report import Reason
from formats.xml import Element

PARTLY = "PACR"
"""Some are stopped, some are not: says nothing about a single payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What one level says: its status as written, its reasons, and where it stands."""

    name: RecallLevel
    status: str | None
    reasons: tuple[Reason, ...]


def local(element: Element) -> str:
    """An element's name without its namespace; "" for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def first(element: Element | None, *path: str) -> Element | None:
    """The first descendant on ``path`` of local names, or None."""
    for step in path:
        element = next((child for child in element if local(child) == step), None) if element is not None else None
    return element


def text(element: Element | None, *path: str) -> str | None:
    """The text of the element on ``path``, without surrounding blanks; None where there is none."""
    found = first(element, *path)
    return ((found.text or "").strip() or None) if found is not None else None


def level(element: Element, name: RecallLevel, status_name: str) -> Level:
    """The status of one level with its reasons."""
    reasons = tuple(_reason(child) for child in element if local(child) == "CxlStsRsnInf")
    return Level(name=name, status=text(element, status_name), reasons=reasons)


def _reason(element: Element) -> Reason:
    return Reason(
        code=text(element, "Rsn", "Cd"),
        proprietary=text(element, "Rsn", "Prtry"),
        text=tuple(child.text or "" for child in element if local(child) == "AddtlInf"),
        originator=text(element, "Orgtr", "Nm"),
    )


def lowest(*levels: Level | None) -> Level | None:
    """The lowest level that speaks of a payment: the first of ``levels`` (lowest first) with a status of its own; one
    that says ``PACR`` above a payment is silent about it.
    """
    for number, one in enumerate(levels):
        if one is not None and one.status is not None and (one.status != PARTLY or number == 0):
            return one
    return None
