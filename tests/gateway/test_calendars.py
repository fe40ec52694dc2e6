from datetime import date
from pathlib import Path

from gateway import settings_calendars

SHIPPED = Path(__file__).parents[2] / "config" / "calendars"
TODAY = date(2026, 11, 27)


def loaded(folder, text=None):
    problems = []
    if text is not None:
        (folder / "ours.toml").write_text(text)
    return settings_calendars.load(folder, problems, today=TODAY), [str(one) for one in problems]


def test_the_shipped_calendars_hold_what_we_know_of_them():
    calendars, problems = loaded(SHIPPED)
    assert problems == []
    assert set(calendars) == {"TARGET", "FEDERAL-RESERVE", "UNITED-KINGDOM", "SIC", "EUROSIC"}
    assert all(one.until >= date(2029, 12, 31) for one in calendars.values())


def test_a_library_that_contradicts_what_we_know_stops_the_start(tmp_path):
    _, problems = loaded(tmp_path, 'source = "x"\nlibrary = "FED"\nknown_closed = ["2026-07-03"]\n')
    assert problems == ["calendars/ours.toml: known_closed: 2026-07-03 is open in the calendar: do not send by it"]


def test_dated_data_outside_of_its_years_and_days_that_are_none_are_told_at_once(tmp_path):
    years = 'source = "x"\nfirst_year = 2026\nlast_year = 2026\n'
    text = years + 'closed = ["2027-01-01", "Easter"]\nknown_open = ["2026-11-28"]\n'
    _, problems = loaded(tmp_path, text)
    assert problems == [
        "calendars/ours.toml: closed: 'Easter' is not a day like 2026-12-24",
        "calendars/ours.toml: closed: 2027-01-01 lies outside of first_year to last_year",
        "calendars/ours.toml: known_open: 2026-11-28 is a Saturday or Sunday, which tells nothing",
    ]
