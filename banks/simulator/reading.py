"""Reads a payment file as this bank does: what breaks the schema is no payment file."""

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
    return initiation
