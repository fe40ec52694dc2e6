"""File names as banks want them: a template rendered with the bank, the day and a number that is never used twice."""

import re
import string
from collections.abc import Iterator
from datetime import date

NAME_LENGTH_MAX = 120
FIELDS = ("bank", "date", "sequence", "product", "reference")
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]*")
STAGING_SUFFIX = ".tmp"

_EXAMPLE_DAY = date(2026, 12, 31)
_EXAMPLE_SEQUENCE = 999_999


class UnusableName(ValueError):
    """The rendered name is not one a bank's server can safely be given."""


def render(template: str, *, bank: str, on: date, sequence: int, product: str = "", reference: str = "") -> str:
    """The name of one file. ``sequence`` comes from the database and makes the name unique for ever.

    Raises :class:`UnusableName` where the result is empty, hidden, too long or has characters beyond ``A-Za-z0-9._-``.
    """
    try:
        name = template.format(bank=bank, date=on, sequence=sequence, product=product, reference=reference)
    except (KeyError, IndexError, ValueError, AttributeError) as err:
        raise UnusableName(f"The template {template!r} cannot be filled in: {err}.") from err
    if SAFE.fullmatch(name) is None or ".." in name:
        raise UnusableName(f"{name!r} is not a safe file name: only letters, digits, '.', '_' and '-' are.")
    if len(name) > NAME_LENGTH_MAX:
        raise UnusableName(f"{name!r} has {len(name)} characters; {NAME_LENGTH_MAX} are allowed.")
    return name


def problems(template: str) -> Iterator[str]:
    """What is wrong with a template, as sentences for the person who wrote the profile. Nothing when it is fine."""
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError as err:
        yield f"is not a template: {err}"
        return
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        yield f"uses {', '.join(sorted(unknown))}; known are {', '.join(FIELDS)}"
        return
    if "sequence" not in fields and "reference" not in fields:
        yield "needs {sequence} or {reference}, or two files would get the same name"
    try:
        render(
            template, bank="bank", on=_EXAMPLE_DAY, sequence=_EXAMPLE_SEQUENCE, product="sepa", reference="MSG-20261231"
        )
    except UnusableName as err:
        yield f"gives an unusable name: {err}"


def staging_name(name: str, *, token: str) -> str:
    """The name of one attempt's staged copy: hidden, and carrying the attempt's fencing ``token``."""
    if SAFE.fullmatch(token) is None:
        raise UnusableName(f"{token!r} is not a usable token.")
    return f".{name}.{token}{STAGING_SUFFIX}"


def safe_name(offered: str) -> str:
    """A name a server offered, made safe to show and to store: no folders, no control characters, not empty."""
    last = offered.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter if letter.isprintable() and letter not in '<>:"|?*' else "_" for letter in last)
    kept = kept.lstrip(".").strip()
    return kept[:NAME_LENGTH_MAX] or "unnamed"
