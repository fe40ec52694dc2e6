"""Addresses are assessed as they are, and proposals use nothing that was not in the lines."""

import re
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.addresses import LINES_MAX, Shape, assess, propose
from formats.initiation import Address
from formats.rules.places import ADDRESS_TAGS


@pytest.mark.parametrize(
    ("address", "shape", "missing"),
    [
        (None, Shape.EMPTY, ("town", "country")),
        (Address(), Shape.EMPTY, ("town", "country")),
        (Address(town="Bonn", country="DE"), Shape.STRUCTURED, ()),
        (Address(town="Bonn"), Shape.STRUCTURED, ("country",)),
        (Address(country="DE"), Shape.STRUCTURED, ("town",)),
        (Address(town="Bonn", country="DE", lines=("Weg 1",)), Shape.HYBRID, ()),
        (Address(country="DE", lines=("Weg 1",)), Shape.UNSTRUCTURED, ("town",)),
        (Address(lines=("Weg 1", "53111 Bonn")), Shape.UNSTRUCTURED, ("town", "country")),
        (Address(town=" ", country="DE", lines=("Weg 1",)), Shape.HYBRID, ("town",)),
    ],
)
def test_an_address_is_told_by_its_shape_and_what_it_lacks(address, shape, missing):
    told = assess(address)
    assert (told.shape, told.missing) == (shape, missing)
    assert told.complete is (shape is not Shape.EMPTY and not missing)


@pytest.mark.parametrize(
    ("lines", "country", "expected"),
    [
        (("Am Markt 1", "53111 Bonn"), "DE", ("Am Markt", "1", "53111", "Bonn", "DE", ())),
        (("Am Markt 1", "D-53111 Bonn"), None, ("Am Markt", "1", "53111", "Bonn", "DE", ())),
        (("Rue du Lac 12b", "1201 Genève", "Switzerland"), None, ("Rue du Lac", "12b", "1201", "Genève", "CH", ())),
        (
            ("10 Downing Street", "London SW1A 2AA", "UK"),
            None,
            ("Downing Street", "10", "SW1A 2AA", "London", "GB", ()),
        ),
        (("1 Main St", "New York, NY 10001", "USA"), None, ("Main St", "1", "10001", "New York", "US", ())),
        (("Keizersgracht 5", "1015 CD Amsterdam"), "NL", ("Keizersgracht", "5", "1015 CD", "Amsterdam", "NL", ())),
        (("c/o Meyer", "Am Markt 1", "53111 Bonn"), "DE", ("Am Markt", "1", "53111", "Bonn", "DE", ("c/o Meyer",))),
        (("Haus Anna", "53111 Bonn"), "DE", (None, None, "53111", "Bonn", "DE", ("Haus Anna",))),
    ],
)
def test_free_lines_become_fields(lines, country, expected):
    address = propose(Address(lines=lines, country=country)).address
    given_fields = (address.street, address.building_number, address.post_code, address.town, address.country)
    assert (*given_fields, address.lines) == expected


def test_a_post_box_becomes_its_field():
    address = propose(Address(lines=("Postfach 12 34", "8000 Zürich"), country="CH")).address
    assert (address.post_box, address.town, address.lines) == ("12 34", "Zürich", ())


def test_a_country_that_only_the_account_tells_is_trusted_less_and_said_so():
    lines = ("Am Markt 1", "53111 Bonn")
    stated = propose(Address(lines=lines, country="DE"))
    guessed = propose(Address(lines=lines), account_country="DE")
    assert guessed.address.country == "DE"
    assert guessed.confidence < stated.confidence
    assert any("only that of the account" in reason for reason in guessed.because)


def test_without_any_country_nothing_is_proposed():
    assert propose(Address(lines=("Am Markt 1", "53111 Bonn"))) is None


def test_without_a_town_nothing_is_proposed():
    assert propose(Address(lines=("Am Markt 1",), country="DE")) is None
    assert propose(Address(lines=("53111",), country="DE")) is None


def test_a_town_without_post_code_is_trusted_little():
    told = propose(Address(lines=("Sheikh Zayed Road 5", "Dubai"), country="AE"))
    assert told.address.town == "Dubai"
    assert told.confidence < propose(Address(lines=("Weg 5", "53111 Bonn"), country="DE")).confidence


def test_an_address_that_has_fields_is_left_alone():
    assert propose(Address(town="Bonn", lines=("53111 Bonn",), country="DE")) is None


def test_lines_that_are_too_many_or_too_long_are_left_alone():
    assert propose(Address(lines=("Weg 1", "x" * 200, "53111 Bonn"), country="DE")) is None
    assert propose(Address(lines=("a",) * LINES_MAX + ("53111 Bonn",), country="DE")) is None


WORDS = st.sampled_from(
    ["Am", "Markt", "1", "12b", "53111", "Bonn", "D-53111", "London", "SW1A", "2AA", "UK", "Germany", "CH", "8000",
     "Zürich", "Postfach", "c/o", "A.", "New York,", "NY 10001", "USA", "-", "/", "3-5"]
)  # fmt: skip
LINES = st.lists(st.one_of(st.lists(WORDS, max_size=5).map(" ".join), st.text(max_size=40)), max_size=8)
CODES = st.sampled_from([None, "DE", "GB", "US", "CH", "NL", "AE", "XX"])


@given(lines=LINES, country=CODES, account=CODES)
def test_a_proposal_never_holds_a_word_that_was_not_in_the_lines(lines, country, account):
    address = Address(lines=tuple(lines), country=country)
    told = propose(address, account_country=account)
    if told is None:
        return
    said = " ".join(" ".join(line.split()) for line in lines)
    for field, _ in ADDRESS_TAGS:
        text = getattr(told.address, field)
        assert text is None or text in said
    assert told.address.town
    assert all(line in said for line in told.address.lines)
    assert 0 < told.confidence <= 100


@given(lines=LINES, country=CODES, account=CODES)
def test_a_proposal_loses_no_word_but_the_country(lines, country, account):
    address = Address(lines=tuple(lines), country=country)
    told = propose(address, account_country=account)
    if told is None:
        return
    kept = " ".join(
        str(value)
        for field in fields(Address)
        for value in ([getattr(told.address, field.name)] if field.name != "lines" else told.address.lines)
        if value
    )
    last = next(line for line in reversed(lines) if line.strip())
    for line in lines:
        for word in re.findall(r"\w{4,}", line):
            assert word in kept or line is last or word.lower() in _BOX_WORDS


_BOX_WORDS = {"postfach", "postbus", "case", "postale", "boite"}
