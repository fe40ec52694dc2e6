"""Just enough to write XML by hand: the bank is a party of its own and shares no writer with the hub."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

from banks.simulator.config import BankConfig
from banks.simulator.store import stamp

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def tag(name: str, value: object | None) -> str:
    """``<name>value</name>``, escaped; nothing at all for None and for an empty text."""
    text = "" if value is None else str(value)
    return f"<{name}>{escape(_NOT_XML.sub('', text))}</{name}>" if text else ""


def box(name: str, *inner: str) -> str:
    """The parts inside one element; nothing at all where every part is empty."""
    content = "".join(inner)
    return f"<{name}>{content}</{name}>" if content else ""


def money(name: str, value: Decimal, currency: str) -> str:
    """An amount element with its currency; amounts in messages have no sign."""
    return f'<{name} Ccy="{currency}">{abs(value):f}</{name}>'


def document(message: str, parts: Iterable[str]) -> bytes:
    """A whole document in the namespace of ``message`` (``camt.053.001.08``)."""
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}">'
    return "".join((opening, *parts, "</Document>\n")).encode()


def written_moment(config: BankConfig, at: datetime) -> str:
    """An instant as this bank writes it: by its own clock, in UTC or as its wall shows it."""
    told = at + timedelta(minutes=config.clock_ahead_minutes)
    return f"{told.astimezone(config.timezone):%Y-%m-%dT%H:%M:%S}" if config.local_times else stamp(told)
