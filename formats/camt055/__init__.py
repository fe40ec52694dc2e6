"""Recalls (camt.055): the request to the bank to cancel payments of a message it was sent."""

from formats.camt055.recall import VERSIONS, Recall, RecalledPayment, write

__all__ = ["VERSIONS", "Recall", "RecalledPayment", "write"]
