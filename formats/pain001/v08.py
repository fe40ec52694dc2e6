"""pain.001.001.08 (2017): a moment of execution, and the address still that of 2009."""

from formats.initiations.version import ADDRESS_2009, Version

VERSION = Version(
    message="pain.001.001.08",
    address=ADDRESS_2009,
    lei=False,
    uetr=False,
    coded_instruction=False,
)
