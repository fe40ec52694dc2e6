"""Payments as plain files: canonical JSON, CSV and Excel. Each has ``read(source)`` and ``stream(source)``."""

from formats.flat import csv, json, xlsx

__all__ = ["csv", "json", "xlsx"]
