"""pain.001.001.03 (2009), which many banks still ask for."""

from formats.initiations.version import ADDRESS_2009, Version

VERSION = Version(
    message="pain.001.001.03",
    bic="BIC",
    any_bic="BICOrBEI",
    address=ADDRESS_2009,
    dated_choice=False,
    lei=False,
    uetr=False,
    unit_currency=False,
    coded_instruction=False,
)
