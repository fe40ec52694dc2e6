"""pain.001.001.11 (2021)."""

from formats.initiations.version import ADDRESS_2019, Version

VERSION = Version(message="pain.001.001.11", address=ADDRESS_2019)
