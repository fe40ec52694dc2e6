"""Golden pairs of pain.002 (one a version) and MT940/MT942 (one a dialect): the message, and what reading it says."""

import json
from pathlib import Path

import pytest

from formats import pain002, registry, render

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
PAIRS = [
    *((path, path.with_suffix(".json")) for path in sorted((GOLDEN / "pain002").glob("*.xml"))),
    *(
        (path, path.with_name(f"{path.name}.json"))
        for path in sorted((GOLDEN / "mt94x").iterdir())
        if path.suffix != ".json"
    ),
]


@pytest.mark.parametrize(("message", "expected"), PAIRS, ids=lambda path: path.name)
def test_a_golden_message_reads_as_written_down(message, expected):
    found = render.document(registry.read(message), message.name)

    assert found == json.loads(expected.read_text())


def test_every_version_of_a_status_report_has_a_golden_pair():
    assert {path.stem for path, _ in PAIRS if path.suffix == ".xml"} == set(pain002.VERSIONS)
