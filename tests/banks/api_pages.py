"""The profiles that docs/bank-apis.md shows, loaded as they stand there with another address under them."""

import re
import tomllib
from pathlib import Path

from banks import profile
from banks.strict import Table

PAGE = Path(__file__).parents[2] / "docs" / "bank-apis.md"
REST = """
name = "testbank"
bic = "TESTDEFFXXX"
[file]
name = "{bank}_{sequence:06d}.xml"
message = "pain.001.001.09"
[[products]]
name = "sepa"
calendar = "TARGET"
time_zone = "Europe/Berlin"
cutoff = "15:00"
"""
LINE = """
[channel]
connector = "https"
base_url = "https://nowhere.example"
bearer = "env:BEARER"
"""


def blocks():
    """The TOML of the page by the name each begins with."""
    found = re.findall(r"```toml\n# profile: ([a-z-]+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(found)


def read(text):
    """A profile with these tables beside the rest of one; problems fail the test."""
    problems = []
    line = "" if "[channel]" in text else LINE
    bank = profile.read(Table(content=tomllib.loads(f"{REST}{line}{text}"), file="page", problems=problems))
    return bank, [str(problem) for problem in problems]


def shown(name, url="", **changes):
    """The profile of the page called ``name``, its bank at ``url``; ``changes`` replace texts."""
    text = blocks()[name]
    for old, new in changes.items():
        text = text.replace(old, new)
    if url:
        text = re.sub(r"https://api\.[a-z-]+\.example", url, text)
    bank, problems = read(text)
    assert problems == []
    return bank
