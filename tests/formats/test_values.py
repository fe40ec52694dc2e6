"""Values are valid by construction, or they do not exist."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from formats.codes.iban_lengths import IBAN_LENGTHS
from formats.errors import InvalidValue
from formats.values import (
    Amount,
    Bic,
    CreditorReference,
    Iban,
    Lei,
    Money,
    amount_problem,
    decimal,
    iban_problem,
    mod97,
)


@pytest.mark.parametrize("text", ["1", "1.", ".5", "-1.00", "+2", "0.000000000000000001", " 7 "])
def test_a_plain_decimal_is_read_exactly(text):
    assert decimal(text) == Decimal(text.strip())


@pytest.mark.parametrize("text", ["", ".", "1e2", "NaN", "1,00", "1 000", "Infinity", "--1", "٣", "1.2.3"])
def test_what_is_no_plain_decimal_is_refused(text):
    with pytest.raises(InvalidValue) as refused:
        decimal(text)
    assert refused.value.value == text
    assert refused.value.code == "value.decimal"


def test_money_keeps_its_text_and_is_compared_by_value():
    assert Money.parse(" 1.50 ", "EUR").text == "1.50"
    assert Money.parse("1.50", "EUR") == Money.parse("1.5", "EUR")
    assert Money.parse("1.50", "EUR") != Money.parse("1.50", "CHF")
    assert Money(Decimal("2.00"), "EUR").text == "2.00"


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [
        ("1", "XXX", "not a currency"),
        ("0", "EUR", "more than zero"),
        ("-0.01", "EUR", "more than zero"),
        ("NaN", "EUR", "more than zero"),
        ("0.001", "EUR", "EUR has 2 decimals, not 3"),
        ("0.5", "JPY", "JPY has 0 decimals, not 1"),
        ("0.0001", "BHD", "BHD has 3 decimals, not 4"),
        ("1234567890123456789", "EUR", "at most 18 digits"),
        ("1E+18", "EUR", "at most 18 digits"),
    ],
)
def test_an_amount_that_cannot_be_paid_says_why(value, currency, words):
    assert words in amount_problem(Decimal(value), currency)
    with pytest.raises(InvalidValue, match=words):
        Amount(Decimal(value), currency)


@pytest.mark.parametrize(
    ("value", "currency"),
    [("0.01", "EUR"), ("1.10", "EUR"), ("1.100", "EUR"), ("5", "JPY"), ("0.001", "BHD"), ("123456789012345678", "EUR"),
     ("1E+17", "EUR")],
)  # fmt: skip
def test_an_amount_that_can_be_paid_is_one(value, currency):
    assert amount_problem(Decimal(value), currency) is None
    assert Amount(Decimal(value), currency).currency == currency


def test_an_amount_is_written_plainly():
    assert str(Amount(Decimal("1E+3"), "EUR")) == "1000 EUR"


def test_an_iban_is_kept_compact_and_shown_in_fours():
    iban = Iban("de89 3704-0044 0532 0130 00")
    assert str(iban) == "DE89370400440532013000"
    assert iban.grouped == "DE89 3704 0044 0532 0130 00"
    assert iban.country == "DE"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DE89370400440532013001", "check digits"),
        ("DE8937040044053201300", "An IBAN of DE has 22 characters, this one has 21"),
        ("US64370400440532013000", "US is not a country"),
        ("DE89 3704 0044 0532 0130 00", "without blanks"),
        ("de89370400440532013000", "two letters"),
        ("", "two letters"),
        ("DE8937040044053201300\u0660", "two letters"),
    ],
)
def test_what_is_no_iban_says_why(text, words):
    assert words in iban_problem(text)


@given(country=st.sampled_from(sorted(IBAN_LENGTHS)), body=st.text("0123456789", min_size=30, max_size=30))
def test_every_iban_another_library_takes_is_one(country, body):
    account = body[: IBAN_LENGTHS[country] - 4]
    text = f"{country}{98 - mod97(account + country + '00'):02d}{account}"
    assert iban_problem(text) is None
    try:
        IBAN(text)
    except SchwiftyException:
        return  # it knows national forms as well, which banks abroad do not test
    assert Iban(text).country == country


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=30))
def test_mod_97_counts_letters_from_ten(text):
    assert mod97(text) == int("".join(str(int(sign, 36)) for sign in text)) % 97


@pytest.mark.parametrize("text", ["DEUTDEFF", "DEUTDEFFXXX", "1A2BDEFF", "DEUTDE0F5AB"])
def test_a_bic_has_8_or_11_characters_and_a_country(text):
    assert Bic(text).country == "DE"
    assert str(Bic(text)) == text


@pytest.mark.parametrize(
    "text", ["NOTPROVIDED", "DEUTDEF", "DEUTDEFFX", "DEUTDEFFXX", "DEUT1EFF", "deutdeff", "DEUTDEFFXXXX", ""]
)
def test_what_is_no_bic_is_refused(text):
    with pytest.raises(InvalidValue) as refused:
        Bic(text)
    assert refused.value.code == "value.bic"


@pytest.mark.parametrize("text", ["529900T8BM49AURSDO56", "529900T8BM49AURSDO5", "529900t8bm49aursdo55", ""])
def test_what_is_no_lei_is_refused(text):
    assert str(Lei("529900T8BM49AURSDO55")) == "529900T8BM49AURSDO55"
    with pytest.raises(InvalidValue) as refused:
        Lei(text)
    assert refused.value.code == "value.lei"


@pytest.mark.parametrize("text", ["RF19539007547034", "RF18", "RF18" + "5" * 22, "XX18539007547034", ""])
def test_what_is_no_creditor_reference_is_refused(text):
    assert str(CreditorReference("rf18 5390 0754 7034")) == "RF18539007547034"
    with pytest.raises(InvalidValue) as refused:
        CreditorReference(text)
    assert refused.value.code == "value.rf"


@pytest.mark.parametrize(("make", "value", "code", "words"), [
    (lambda: Money.parse("1,5", "EUR"), "1,5", "value.decimal", "'1,5' is not a decimal number."),
    (lambda: Amount(Decimal("0.5"), "JPY"), "0.5 JPY", "value.amount", "JPY has 0 decimals, not 1."),
    (lambda: Amount(Decimal(0), "EUR"), "0 EUR", "value.amount", "An amount to pay must be more than zero."),
    (lambda: Iban("de89 3704 0044 0532 0130 01"), "DE89370400440532013001", "value.iban",
     "The check digits of this IBAN are wrong; retype it from the invoice."),
    (lambda: Iban("x"), "X", "value.iban",
     "An IBAN is two letters, two digits, then letters and digits, without blanks."),
    (lambda: Bic("DEUTDEF"), "DEUTDEF", "value.bic", "A BIC has 8 or 11 characters: bank, country, place."),
    (lambda: Lei("5299"), "5299", "value.lei", "This LEI has a wrong length or check digit."),
    (lambda: CreditorReference("rf19 5390"), "RF195390", "value.rf",
     "The check digits of this RF reference are wrong."),
])  # fmt: skip
def test_a_refusal_says_what_was_refused_and_why(make, value, code, words):
    with pytest.raises(InvalidValue) as refused:
        make()
    assert (refused.value.value, refused.value.code, refused.value.message) == (value, code, words)


def test_money_read_from_text_has_the_value_of_its_text():
    money = Money.parse("1.50", "EUR")
    assert (money.value, money.currency, money.text) == (Decimal("1.50"), "EUR", "1.50")
    assert Money(Decimal("1E+2"), "EUR").text == "100"
