"""Answers to recalls (camt.029): whether the bank stops the payments it was asked to give back."""

from formats.camt029.reader import STATUSES_MAX, VERSIONS, read

__all__ = ["STATUSES_MAX", "VERSIONS", "read"]
