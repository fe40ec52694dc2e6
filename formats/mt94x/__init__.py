"""SWIFT account reports: MT940 statements and MT942 interim reports, in the dialects of Europe's banks."""

from formats.mt94x.dialects import DIALECTS
from formats.mt94x.reader import read, stream
from formats.statement_events import Closed, Event, Opened, Proven

__all__ = ["DIALECTS", "Closed", "Event", "Opened", "Proven", "read", "stream"]
