"""Contrast of every text colour on every ground it stands on, in both themes, as WCAG computes it."""

import re
from itertools import product
from pathlib import Path

import pytest

import gateway.console

CSS = (Path(gateway.console.__file__).parent / "static" / "console.css").read_text()
AA = 4.5
PAIRS = (
    *product(("ink", "ink-soft", "ink-faint", "accent"), ("paper", "ground", "accent-wash")),
    *product(("good", "waiting", "attention", "stopped"), ("paper", "ground", "accent-wash")),
    *((name, f"{name}-wash") for name in ("good", "waiting", "attention", "stopped")),
    ("ink", "good-wash"), ("ink", "attention-wash"), ("ink", "stopped-wash"),
    ("accent-ink", "accent"), ("paper", "stopped"),
)  # fmt: skip


def tokens(block):
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


LIGHT = tokens(CSS.split("@media", 1)[0])
DARK = LIGHT | tokens(CSS.split("prefers-color-scheme: dark", 1)[1].split("}", 1)[0])


def luminance(colour):
    def linear(part):
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[at : at + 2]) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read_in_both_themes(theme):
    weak = {pair: round(contrast(theme[pair[0]], theme[pair[1]]), 2) for pair in PAIRS}
    assert {pair: found for pair, found in weak.items() if found < AA} == {}
