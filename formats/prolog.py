"""What stands before the first element of a document, read without an XML parser: encoding, comments, and no DTD."""

import codecs
import re
from dataclasses import dataclass

from formats.errors import Unreadable
from formats.source import Name

_PROLOG = re.compile(r"(?:\s+|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_DECLARED = re.compile(rb"""<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the head of a document shows: its root, the Document in it (the root, or inside an envelope) and the
    first child of that, which names the message; and the message named by an envelope's MsgDefIdr.
    """

    root: Name
    document: Name | None
    payload: Name | None
    definition: str | None

    @property
    def enveloped(self) -> bool:
        """Whether the Document sits inside something else (AppHdr and the like)."""
        return self.document is not None and self.document != self.root


def refuse_dtd(head: bytes) -> None:
    """Raises :class:`Unreadable` for a DTD, an unknown encoding, or a head (64 KiB) without an element."""
    text = decoded_head(head)
    start = _PROLOG.match(text)
    rest = text[start.end() :] if start else text
    if re.match(r"<!DOCTYPE", rest, re.IGNORECASE):
        raise Unreadable(
            "The document brings its own DTD. Bank messages never do, and entities are how XML is abused: not read.",
            code="xml.dtd",
            line=text[: len(text) - len(rest)].count("\n") + 1,
        )
    if not rest.startswith("<"):
        raise Unreadable("No XML element begins within the first 64 KiB.", code="xml.no_root", line=1)


def decoded_head(head: bytes) -> str:
    """The head as text by its BOM, its declaration, or UTF-8; bytes that do not fit are replaced."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return head.decode(encoding, errors="replace").lstrip("\ufeff")
    declared = _DECLARED.match(head)
    name = declared.group(1).decode("ascii") if declared else "utf-8"
    try:
        codec = codecs.lookup(name).name
        # A declaration that says UTF-16 but could be read as ASCII is wrong about itself; libxml2 refuses it later.
        return head.decode("utf-8" if codec.startswith(("utf-16", "utf-32")) else codec, errors="replace")
    except (LookupError, UnicodeError) as err:  # Python also knows codecs that are no text, such as hex
        raise Unreadable(f"The encoding '{name}' is not known.", code="xml.encoding", line=1) from err
