import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banks import filenames

DAY = date(2026, 9, 30)
TEMPLATE = "{bank}_{date:%Y%m%d}_{sequence:06d}.xml"


def test_a_name_is_made_of_bank_day_and_number():
    assert filenames.render(TEMPLATE, bank="alpenbank", on=DAY, sequence=42) == "alpenbank_20260930_000042.xml"


def test_a_number_that_outgrows_its_width_stays_whole():
    assert "1234567" in filenames.render(TEMPLATE, bank="b", on=DAY, sequence=1_234_567)


@pytest.mark.parametrize(
    "template",
    [
        "../{sequence}",
        "{bank}/{sequence}",
        ".{sequence}",
        "{sequence} .xml",
        "{sequence}\n",
        "{sequence}..xml",
        "x" * 200,
    ],
)
def test_an_unsafe_name_is_never_rendered(template):
    with pytest.raises(filenames.UnusableName):
        filenames.render(template, bank="bank", on=DAY, sequence=1)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{bank}.xml", "needs {sequence}"),
        ("{bank}_{colour}_{sequence}.xml", "uses colour"),
        ("{bank.__class__}_{sequence}.xml", "uses bank.__class__"),
        ("{bank", "is not a template"),
        ("{sequence:zz}.xml", "unusable"),
        ("/{sequence}.xml", "unusable"),
    ],
)
def test_a_template_with_a_problem_is_told(template, told):
    assert told in " ".join(filenames.problems(template))


def test_a_good_template_has_no_problems():
    assert list(filenames.problems(TEMPLATE)) == []
    assert list(filenames.problems("{reference}.xml")) == []


def test_a_staging_name_is_hidden_and_carries_the_token():
    assert filenames.staging_name("a.xml", token="7") == ".a.xml.7.tmp"
    with pytest.raises(filenames.UnusableName):
        filenames.staging_name("a.xml", token="../7")


@given(st.text(max_size=300))
def test_whatever_a_server_calls_its_file_the_name_we_keep_is_plain(offered):
    kept = filenames.safe_name(offered)
    assert 0 < len(kept) <= filenames.NAME_LENGTH_MAX
    assert not set(kept) & set("/\\\x00\r\n")
    assert not kept.startswith(".")


@given(
    st.text(alphabet=string.ascii_letters + string.digits + "._-", min_size=1, max_size=60).filter(
        lambda t: t[0] != "."
    )
)
def test_an_ordinary_name_is_kept_as_it_is(offered):
    assert filenames.safe_name(offered) == offered
