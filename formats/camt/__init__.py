"""Account reports of the camt family: camt.052, camt.053 and camt.054, versions .01 to .14, read by one reader."""

from formats.camt.reader import read, stream
from formats.statement_events import Closed, Event, Opened, Proven

__all__ = ["Closed", "Event", "Opened", "Proven", "read", "stream"]
