"""pain.001.001.09 (2019): the version SEPA, SPS and CGI agreed on. LEI, UETR and the long address."""

from formats.initiations.version import ADDRESS_2019, Version

VERSION = Version(message="pain.001.001.09", address=ADDRESS_2019, coded_instruction=False)
