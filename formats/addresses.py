"""Addresses: how structured one is, what it lacks, and a structured proposal made of its free lines.

A proposal only moves words that stand in the lines into fields. It never invents a town; the country is only what is
stated, or, said so and trusted less, the country of the account. What it cannot place stays a free line.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from formats.codes.countries import COUNTRIES
from formats.codes.country_names import COUNTRY_NAMES
from formats.codes.post_codes import POST_CODES, TOWN_FIRST
from formats.initiation import Address
from formats.rules.addresses import structured

LINES_MAX = 7
"""Free lines that are looked at; the oldest schema allows no more."""
LINE_CHARACTERS_MAX = 140


class Shape(StrEnum):
    """How an address is given."""

    EMPTY = "empty"
    STRUCTURED = "structured"
    HYBRID = "hybrid"
    UNSTRUCTURED = "unstructured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """How an address is given, and which of town and country it lacks as fields."""

    shape: Shape
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether a bank that wants town and country would take it."""
        return self.shape is not Shape.EMPTY and not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A structured address from free lines. ``confidence`` runs from 0 to 100; ``because`` says what it rests on."""

    address: Address
    confidence: int
    because: tuple[str, ...]


def assess(address: Address | None) -> Assessment:
    """How ``address`` is given and what it lacks; from when that matters is the rules' policy (ADR-02)."""
    if address is None or not (structured(address) or address.lines or address.country):
        return Assessment(shape=Shape.EMPTY, missing=("town", "country"))
    missing = tuple(
        word for word, text in (("town", address.town), ("country", address.country)) if not (text or "").strip()
    )
    if not structured(address):
        return Assessment(shape=Shape.UNSTRUCTURED if address.lines else Shape.STRUCTURED, missing=missing)
    return Assessment(shape=Shape.HYBRID if address.lines else Shape.STRUCTURED, missing=missing)


def propose(address: Address, *, account_country: str | None = None) -> Proposal | None:
    """Town, country and what else can be told from the lines; None where no town can be (nothing is invented).

    ``account_country`` is the country of the party's IBAN: used only where no country is stated, with less confidence.
    """
    lines = [" ".join(line.split()) for line in address.lines[:LINES_MAX] if len(line) <= LINE_CHARACTERS_MAX]
    lines = [line for line in lines if line]
    if structured(address) or not lines or len(lines) < len([line for line in address.lines if line.strip()]):
        return None
    because: list[str] = []
    country, lines, confidence = _country(address, lines, account_country, because)
    if country is None or country not in COUNTRIES:
        return None
    placed = _town(lines, country)
    if placed is None:
        return None
    at, town, post_code, told_by = placed
    because.append(told_by)
    rest = [line for number, line in enumerate(lines) if number != at]
    state, code = _state(country, post_code)
    proposed = replace(
        address, country=country, town=town, post_code=code, country_subdivision=state, lines=tuple(rest)
    )
    if not post_code:
        confidence -= 30
    proposed, found = _street(proposed, at)
    if found:
        because.append(found)
    elif rest:
        confidence -= 10
    return Proposal(address=proposed, confidence=max(confidence, 5), because=tuple(because))


def _country(
    address: Address, lines: list[str], account_country: str | None, because: list[str]
) -> tuple[str | None, list[str], int]:
    """The country, the lines without the line that was the country, and the confidence so far."""
    if address.country:
        because.append(f"country {address.country} is stated")
        last = lines[-1].upper()
        return address.country, lines[:-1] if _names(last) == address.country and len(lines) > 1 else lines, 95
    stated = _names(lines[-1].upper())
    if stated is not None and len(lines) > 1:
        because.append(f"the last line names the country {stated}")
        return stated, lines[:-1], 90
    prefixed = re.match(r"([A-Z]{1,2})[- ](?=\d)", lines[-1])
    if prefixed is not None and (known := _PREFIXES.get(prefixed.group(1))) is not None:
        because.append(f"the post code begins with {prefixed.group(1)}-")
        return known, lines, 85
    if account_country is not None:
        because.append(f"country {account_country} is only that of the account")
        return account_country, lines, 60
    return None, lines, 0


_PREFIXES = {"D": "DE", "A": "AT", "F": "FR", "I": "IT", "B": "BE", "L": "LU", "E": "ES", "P": "PT"}
_PREFIXES |= {
    code: code for code in ("DE", "AT", "CH", "FR", "IT", "BE", "LU", "NL", "ES", "PT", "PL", "CZ", "SE", "LI")
}


def _names(line: str) -> str | None:
    """The country a whole line names, by code or name."""
    text = line.strip(" .,-")
    return text if text in COUNTRIES else COUNTRY_NAMES.get(text)


def _town(lines: list[str], country: str) -> tuple[int, str, str | None, str] | None:
    """Which line holds the town, the town, its post code, and why; the last line that has a post code decides."""
    form = POST_CODES.get(country)
    for number in range(len(lines) - 1, -1, -1):
        if form is None:
            break
        found = _by_post_code(lines[number], country, form)
        if found is not None:
            return number, *found, f"post code and town stand together in '{lines[number]}'"
    last = lines[-1]
    # Without a post code a last line that is only words, below a street, is taken for the town, and trusted little.
    if len(lines) > 1 and _is_words(last) and any(character.isdigit() for character in " ".join(lines[:-1])):
        return len(lines) - 1, last, None, f"the last line '{last}' has no digits and stands below the street"
    return None


def _state(country: str, post_code: str | None) -> tuple[str | None, str | None]:
    """American lines hold the state before the code."""
    if country == "US" and post_code is not None and post_code[:2].isalpha():
        return post_code[:2], post_code[3:]
    return None, post_code


def _by_post_code(line: str, country: str, form: str) -> tuple[str, str] | None:
    if country in TOWN_FIRST:
        found = re.fullmatch(rf"(?P<town>.*?[^\W\d_].*?),?\s+(?P<code>{form})", line)
    else:
        found = re.fullmatch(rf"(?:[A-Z]{{1,2}}[- ])?(?P<code>{form})\s+(?P<town>\D*[^\W\d_]\D*)", line)
    if found is None:
        return None
    town = found["town"].strip(" ,")
    return (town, found["code"]) if _is_words(town) else None


def _is_words(text: str) -> bool:
    return any(character.isalpha() for character in text) and not any(character.isdigit() for character in text)


_NUMBER = r"\d{1,5}(?:\s?[a-zA-Z])?(?:[-/]\d{1,5}[a-zA-Z]?)?"
_STREET_THEN_NUMBER = re.compile(rf"(?P<street>[^\d,]*[^\W\d_][^\d,]*?)[ ,]+(?P<number>{_NUMBER})")
_NUMBER_THEN_STREET = re.compile(rf"(?P<number>{_NUMBER}),?\s+(?P<street>[^\d,]*[^\W\d_][^\d,]*)")
_POST_BOX = re.compile(
    r"(?:P\.? ?O\.? ?Box|Postfach|Postbus|Case postale|Boite postale|BP)\s+(?P<box>\d[\d ]*)", re.IGNORECASE
)


def _street(address: Address, at: int) -> tuple[Address, str]:
    """Street and number from the line above the town, where it is nothing else; other lines stay lines."""
    lines = list(address.lines)
    for number in range(min(at, len(lines)) - 1, -1, -1):
        line = lines[number]
        box = _POST_BOX.fullmatch(line)
        if box is not None and address.post_box is None:
            return replace(
                address, post_box=box["box"].strip(), lines=_without(lines, number)
            ), f"'{line}' is a post box"
        found = _STREET_THEN_NUMBER.fullmatch(line) or _NUMBER_THEN_STREET.fullmatch(line)
        if found is not None:
            street, building = found["street"].strip(" ,"), found["number"]
            placed = replace(address, street=street, building_number=building, lines=_without(lines, number))
            return placed, f"'{line}' is street and number"
    return address, ""


def _without(lines: Iterable[str], number: int) -> tuple[str, ...]:
    return tuple(line for position, line in enumerate(lines) if position != number)
