"""Golden pairs: a document as canonical JSON and the message it becomes in each version, looked at by a person once.

``PAYHUB_GOLDEN=write`` makes them anew; without it a difference is a failure.
"""

import io
import os
from pathlib import Path

import pytest

from formats import pain001
from formats.errors import Unbuildable
from formats.flat import json as documents
from tests.formats.pain001.messages import AT

GOLDEN = Path(__file__).parents[2] / "golden" / "pain001"
SOURCES = sorted(GOLDEN.glob("*.json"))


def test_there_are_golden_documents():
    assert len(SOURCES) >= 3


@pytest.mark.parametrize("version", pain001.VERSIONS)
@pytest.mark.parametrize("source", SOURCES, ids=[path.stem for path in SOURCES])
def test_a_golden_document_becomes_its_golden_message(source, version):
    message = documents.read(source)
    assert message.findings == ()
    out = io.BytesIO()
    try:
        pain001.write(message, version, out, at=AT)
        written = out.getvalue().decode() + "\n"
    except Unbuildable as err:
        written = f"refused: {err.path}: {err.message}\n"
    golden = GOLDEN / f"{source.stem}.{version}.txt"
    if os.environ.get("PAYHUB_GOLDEN") == "write":
        golden.write_text(written)
    assert golden.read_text() == written
