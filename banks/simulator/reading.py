"""Reads a payment file as this bank does: what breaks the schema is no payment file, nor is half of one."""

from xml.parsers import expat

from formats import pain001
from formats.errors import Unreadable
from formats.initiation import Initiation


def read_initiation(content: bytes) -> Initiation:
    """The whole initiation; :class:`formats.errors.FormatError` for what is none, or is one only nearly."""
    initiation = pain001.read(content)
    for finding in initiation.findings:
        if finding.blocks:
            where = f" (line {finding.line})" if finding.line is not None else ""
            raise Unreadable(f"{finding.message}{where}")
    try:
        # a second parser, so that the bank does not share every mistake of the hub's
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError as err:
        raise Unreadable(f"This is not well-formed XML: {err}") from err
    return initiation
