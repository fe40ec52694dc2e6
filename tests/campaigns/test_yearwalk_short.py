"""Every fifth hour of a year with one product of each calendar; the whole walk is ``make yearwalk``."""

from dataclasses import replace
from datetime import date

from gateway.domain import cutoff
from tests.campaigns import yearwalk


def test_no_release_of_a_year_falls_outside_its_window():
    found = yearwalk.walk(yearwalk.few(), date(2026, 12, 1), every_hours=5)
    assert found["problems"] == []
    assert found["releases"] > 15_000


def test_a_window_that_forgets_our_margin_is_seen(monkeypatch):
    whole = cutoff.window_for

    def careless(*given):
        window = whole(*given)
        return replace(window, release_by=window.closes_at)

    monkeypatch.setattr(cutoff, "window_for", careless)
    found = yearwalk.walk([next(yearwalk.few())], date(2026, 12, 1))
    assert found["outside_window"] > 0
