"""The code tables agree with libraries and registries that nobody here wrote."""

from importlib import resources
from json import loads

import pycountry
import pytest
from schwifty import registry

from formats.codes.clearing import member_id_problem, routing_number_problem
from formats.codes.countries import COUNTRIES, EEA, SEPA_COUNTRIES, SEPA_OUTSIDE_EEA
from formats.codes.currencies import MINOR_UNITS, WITHDRAWN
from formats.codes.iban_lengths import EXPERIMENTAL_IBAN_LENGTHS, IBAN_LENGTHS, OFFICIAL_IBAN_LENGTHS


def test_the_official_iban_countries_are_those_of_the_swift_registry():
    generated = loads((resources.files("schwifty") / "iban_registry" / "generated.json").read_text())
    assert {country: spec["iban_length"] for country, spec in generated.items()} == OFFICIAL_IBAN_LENGTHS


@pytest.mark.parametrize("country", IBAN_LENGTHS)
def test_every_iban_length_is_known_elsewhere(country):
    assert registry.get_iban_spec(country).iban_length == IBAN_LENGTHS[country]


def test_no_country_is_official_and_experimental():
    assert not set(OFFICIAL_IBAN_LENGTHS) & set(EXPERIMENTAL_IBAN_LENGTHS)


def test_the_countries_are_those_of_iso_3166():
    assert {country.alpha_2 for country in pycountry.countries} == COUNTRIES


def test_the_currencies_are_those_of_iso_4217_and_a_few_of_the_past():
    active = {currency.alpha_3 for currency in pycountry.currencies}
    assert set(MINOR_UNITS) - active == set(WITHDRAWN)
    # What is missing has no minor unit: metals, bond units, codes for tests.
    assert all(code.startswith("X") for code in active - set(MINOR_UNITS))
    assert set(WITHDRAWN.values()) <= active


def test_sepa_has_42_iban_countries_and_each_is_in_the_registry():
    assert len(SEPA_COUNTRIES) == 42
    assert set(OFFICIAL_IBAN_LENGTHS) >= SEPA_COUNTRIES
    assert EEA <= SEPA_COUNTRIES
    assert not EEA & SEPA_OUTSIDE_EEA


@pytest.mark.parametrize(
    ("system", "member_id"), [("GBDSC", "200000"), ("INFSC", "HDFC0000123"), ("CACPA", "000300002"), ("XXXXX", "?")]
)
def test_a_clearing_code_of_the_right_form_is_taken(system, member_id):
    assert member_id_problem(system, member_id) is None


@pytest.mark.parametrize(("system", "member_id"), [("GBDSC", "20-00-00"), ("INFSC", "HDFC1000123"), ("CACPA", "1")])
def test_a_clearing_code_of_the_wrong_form_is_refused_in_words(system, member_id):
    assert system in member_id_problem(system, member_id)


def test_a_routing_number_has_nine_digits_and_a_check_digit():
    assert routing_number_problem("021000021") is None
    assert "check digit" in routing_number_problem("021000022")
    assert "nine digits" in routing_number_problem("21000021")
