"""Which reader takes which content type. What the bytes are is then for the reader to say."""

from collections.abc import Mapping

from formats import pain001
from formats.flat import csv as payment_table
from formats.flat import json as canonical_json
from gateway.api.problems import UnsupportedMedia
from gateway.steps.intake import Read

READERS: Mapping[str, Read] = {
    "application/json": canonical_json.stream,
    "application/xml": pain001.stream,
    "text/csv": payment_table.stream,
    "text/xml": pain001.stream,
}


def reader_of(media_type: str) -> Read:
    """The reader of a content type; raises :class:`UnsupportedMedia`."""
    read = READERS.get(media_type)
    if read is None:
        raise UnsupportedMedia(
            f"Send a batch as {', '.join(sorted(READERS))}, not as '{media_type or 'nothing'}'.",
            code="intake.media_type",
        )
    return read
