"""A :86: without structure, or with a code in front and nothing more (Austria, Penta, HSBC, Nordic banks): lines."""

import re

from formats.mt94x.details import Details

_CODE = re.compile(r"(\d{3})(?=[A-Za-z])")
_ORIGINAL = re.compile(r"/OCMT/([A-Z]{3}[\d.,]+)/")


def read(text: str) -> Details:
    """The lines as remittance; a leading three-digit code only where a word follows it at once."""
    found = Details()
    begin = _CODE.match(text)
    if begin is not None:
        found.gvc = begin.group(1)
        text = text[begin.end() :]
    original = _ORIGINAL.search(text)
    if original is not None:
        found.instructed = original.group(1)
    found.remittance = tuple(line.strip() for line in text.split("\n") if line.strip())
    return found
