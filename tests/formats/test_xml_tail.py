"""What is watched beside a schema: entities wherever a read happens to end, and nothing that only looks like one."""

import io

import pytest

from formats.source import Feed
from formats.xml_tail import Watched


def seen(data: bytes, size: int) -> bool:
    watched = Watched(Feed(io.BytesIO(data)))
    while watched.read(size):
        pass
    return watched.entity_seen


@pytest.mark.parametrize("size", range(1, 30))
def test_no_reference_that_is_allowed_counts_as_an_entity_wherever_it_is_cut(size):
    data = b"<a>x &amp; y &#169; z &#x1F600; &lt;b&gt; &quot;q&quot; &apos;</a>"
    assert not seen(data, size)
    assert not seen(data.decode().encode("utf-16"), size)


@pytest.mark.parametrize("size", range(1, 30))
def test_an_entity_is_seen_wherever_it_is_cut(size):
    assert seen(b"<a>some text and &company; more of it, long enough</a>", size)
    assert seen(b"<a>x &y;</a>", size)


@pytest.mark.parametrize("size", [5, 13, 1000])
def test_a_bare_ampersand_in_cdata_is_text(size):
    assert not seen(b"<a><![CDATA[Smith & Sons]]> and <![CDATA[R&D]]></a>", size)
    assert seen(b"<a><![CDATA[Smith & Sons]]> and &company;</a>", size)
