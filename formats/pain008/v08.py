"""pain.008.001.08 (2019): LEI, UETR and the long address."""

from formats.initiations.version import ADDRESS_2019, Version

VERSION = Version(message="pain.008.001.08", address=ADDRESS_2019)
