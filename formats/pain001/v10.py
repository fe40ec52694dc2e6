"""pain.001.001.10 (2020): the instruction for the debtor's bank became an element with a code."""

from formats.initiations.version import ADDRESS_2019, Version

VERSION = Version(message="pain.001.001.10", address=ADDRESS_2019)
