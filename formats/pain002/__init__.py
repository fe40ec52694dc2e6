"""Status reports (pain.002): what the bank says became of a file, its batches and its payments."""

from formats.pain002.reader import Part, read, stream
from formats.pain002.versions import VERSIONS

__all__ = ["VERSIONS", "Part", "read", "stream"]
