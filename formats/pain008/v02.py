"""pain.008.001.02 (2009), which most of SEPA collects with."""

from formats.initiations.version import ADDRESS_2009, Version

VERSION = Version(message="pain.008.001.02", bic="BIC", any_bic="BICOrBEI", address=ADDRESS_2009, lei=False, uetr=False)
