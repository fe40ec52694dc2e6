"""Notify: tells the ERP what happened, from the outbox, in order, again until heard.

Events are written by the other steps in the transaction they report on, and numbered after it. Here one webhook is told
everything after the last number it heard: signed, one event after the other, outside every transaction. A failure is
tried again for 75 hours; 410 puts the webhook to rest; nothing is ever skipped. How a call is signed, where it may go
and what is written about it stand in :mod:`gateway.events`.
"""

from gateway.events.delivery import deliver

__all__ = ["deliver"]
