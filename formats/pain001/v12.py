"""pain.001.001.12 (2024): dates and amounts of documents say by a code what they are."""

from formats.initiations.version import ADDRESS_2019, Version

VERSION = Version(message="pain.001.001.12", address=ADDRESS_2019, typed_documents=True)
