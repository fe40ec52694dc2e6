"""The formats the steps write and read, in the shape the steps ask for them."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import BinaryIO

from banks.filenames import render
from formats import pain001
from formats.charsets import CHARSETS, alone
from formats.initiation import Initiation
from formats.pain001 import Event, Written
from gateway.domain.content import Content
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


def repair(content: Content, charset: str) -> tuple[Content, tuple[str, ...]]:
    """A payment's content in the bank's character set, and in words what was replaced.

    Raises :class:`formats.errors.Unbuildable` for an identifier outside the set and a name of which nothing is left.
    """
    table = CHARSETS.get(charset)
    if table is None:
        return content, ()
    block, payment = alone(content.block, table), alone(content.payment, table)
    if block is content.block and payment is content.payment:
        return content, ()
    pairs = [*_differences(content.block, block), *_differences(content.payment, payment)]
    return Content(block=block, payment=payment), tuple(f"{old} → {new}" for old, new in pairs)


def _differences(before: object, after: object) -> Iterator[tuple[str, str]]:
    """Every text that changed, as it was and as it is."""
    if isinstance(before, str) and isinstance(after, str):
        if before != after:
            yield before, after
    elif isinstance(before, tuple) and isinstance(after, tuple):
        for one, other in zip(before, after, strict=True):
            yield from _differences(one, other)
    elif is_dataclass(before) and before is not after:
        for one in fields(before):
            yield from _differences(getattr(before, one.name), getattr(after, one.name))
