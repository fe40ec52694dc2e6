from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.console import figures

AMOUNTS = st.decimals(min_value=Decimal("-1e17"), max_value=Decimal("1e17"), places=2, allow_nan=False)


@given(AMOUNTS, st.sampled_from(sorted({*figures.LANGUAGES.values(), figures.ENGLISH}, key=str)))
def test_a_written_amount_is_the_amount_to_the_last_digit(value, form):
    text = figures.number(value, form)
    back = text.replace(form.thousands, "").replace(form.point, ".").replace(figures.MINUS, "-")
    assert Decimal(back) == value


def test_amounts_look_as_people_write_them():
    assert figures.amount(Decimal(1240000), "EUR") == "EUR\N{NO-BREAK SPACE}1,240,000.00"
    assert figures.amount(Decimal("-0.5"), "EUR") == "EUR\N{NO-BREAK SPACE}\N{MINUS SIGN}0.50"
    assert figures.amount(Decimal(1240000), "JPY") == "JPY\N{NO-BREAK SPACE}1,240,000"
    assert figures.amount(Decimal("1.125"), "KWD") == "KWD\N{NO-BREAK SPACE}1.125"
    assert figures.number(0) == "0"


def test_the_first_language_the_browser_asks_for_decides():
    assert figures.grouping("de-CH,de;q=0.9").point == "."
    assert figures.grouping("de-AT").point == ","
    assert figures.grouping("xx") is figures.ENGLISH
    assert figures.grouping("") is figures.ENGLISH


def test_a_cut_off_is_told_on_the_banks_own_wall():
    assert figures.wall(datetime(2026, 9, 30, 12, 45, tzinfo=UTC), "Europe/Vienna") == "Wed 14:45 Vienna"
