"""What becomes of a document on its way out, whatever it says."""

from dataclasses import dataclass, replace

from banks.simulator.behaviours.registry import Behaviour, Options, entry


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPlan:
    """How one document leaves. ``spoilt`` names what was done to its bytes; the looks and seconds hide it at first."""

    lost: bool = False
    copies: int = 1
    hide_looks: int = 0
    hide_s: int = 0
    truncate_at: int | None = None
    spoilt: str = ""


DOCUMENTS: dict[str, Behaviour[DocumentPlan]] = {}


@entry(DOCUMENTS, "document_lost")
def document_lost(plan: DocumentPlan, _: Options) -> DocumentPlan:
    """It is written and never sent."""
    return replace(plan, lost=True)


@entry(DOCUMENTS, "document_twice")
def document_twice(plan: DocumentPlan, _: Options) -> DocumentPlan:
    """It is delivered twice: the same bytes under two names."""
    return replace(plan, copies=2)


@entry(DOCUMENTS, "document_shown_late", takes="looks seconds")
def document_shown_late(plan: DocumentPlan, options: Options) -> DocumentPlan:
    """It is listed only after so many looks, or so many seconds of the bank's clock."""
    return replace(plan, hide_looks=options.looks, hide_s=options.seconds)


@entry(DOCUMENTS, "document_truncated", takes="byte")
def document_truncated(plan: DocumentPlan, options: Options) -> DocumentPlan:
    """It ends after so many bytes, or in its middle."""
    return replace(plan, truncate_at=options.byte)


@entry(DOCUMENTS, "document_misencoded")
def document_misencoded(plan: DocumentPlan, _: Options) -> DocumentPlan:
    """It says that it is UTF-8, and holds bytes of another encoding."""
    return replace(plan, spoilt="misencoded")


@entry(DOCUMENTS, "document_emptied")
def document_emptied(plan: DocumentPlan, _: Options) -> DocumentPlan:
    """Its name is right, and there is nothing in it."""
    return replace(plan, spoilt="emptied")


@entry(DOCUMENTS, "document_zipped")
def document_zipped(plan: DocumentPlan, _: Options) -> DocumentPlan:
    """It comes inside a ZIP archive, under the name of the XML file."""
    return replace(plan, spoilt="zipped")
