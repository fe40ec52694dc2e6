"""What is written is read back as it was, in every version."""

import io
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from formats import pain001
from formats.initiation import Initiation
from tests.formats.pain001.messages import AT, initiations

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A whole message shrinks for minutes; the difference pytest shows is small enough."""


def written(given_message: Initiation, version: str) -> bytes:
    out = io.BytesIO()
    result = pain001.write(given_message, version, out, at=AT)
    assert result.bytes == len(out.getvalue())
    return out.getvalue()


@pytest.mark.parametrize("version", pain001.VERSIONS)
@settings(max_examples=30, deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_written_is_read_back_as_it_was(version, data):
    sent = data.draw(initiations(version))
    document = written(sent, version)
    got = pain001.read(document)
    assert replace(got, message=None) == pain001.declared(sent)
    assert (got.message, got.findings) == (version, ())
    assert written(got, version) == document
