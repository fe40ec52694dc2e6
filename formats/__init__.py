"""Bank messages as values: read any version, write the version a bank wants, check it, explain every refusal.

The package stands alone: it opens no socket, reads no clock, and knows nothing of the hub.
"""

from formats.registry import Message, detect, read

__all__ = ["Message", "detect", "read"]
