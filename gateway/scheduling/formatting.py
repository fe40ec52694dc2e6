"""The formats the steps write and read, in the shape the steps ask for them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import BinaryIO

from banks.filenames import render
from formats import pain001
from formats.initiation import CreditTransfer, Initiation
from formats.pain001 import Event, Written
from gateway.domain.routing import Route

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""A file's creation time always comes from its approval; this one would show that somebody forgot."""


def write(message: Initiation, version: str, out: BinaryIO) -> Written:
    """One bank file, in a version, valid against its schema."""
    return pain001.write(message, version, out, at=NEVER)


def read_initiation(source: BinaryIO) -> Iterator[Event]:
    """The parts of a pain.001."""
    return pain001.stream(source)


def file_name(route: Route, day: date, number: int, reference: str) -> str:
    """The file's name at the bank, from the profile's template."""
    return render(
        route.name_template, bank=route.bank, on=day, sequence=number, product=route.product, reference=reference
    )


def repair(payment: CreditTransfer, _charset: str) -> tuple[CreditTransfer, tuple[str, ...]]:
    """The payment in the bank's character set, and what was replaced."""
    return payment, ()
