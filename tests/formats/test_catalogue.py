"""The page in docs says what the registries say."""

from pathlib import Path

from formats import catalogue
from formats.rules import PROFILES, REGISTRY

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def test_the_committed_page_is_what_the_registries_say_now():
    assert PAGE.read_text(encoding="utf-8") == catalogue.page(), "run: python -m formats.catalogue > docs/formats.md"


def test_every_rule_and_profile_is_on_the_page():
    page = catalogue.page()
    assert all(f"| {rule} |" in page for rule in REGISTRY)
    assert all(f"`{profile}`" in page for profile in PROFILES)
