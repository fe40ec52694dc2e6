"""Which documents are status reports: the ISO versions, the German and the Swiss variants, and no name at all.

The root's local name is ``CstmrPmtStsRpt`` from .03 on and the message's own name in .02.
"""

from collections.abc import Iterable

VERSIONS = (
    *(f"pain.002.001.{number:02d}" for number in range(2, 15)),
    "pain.002.001.03.ch.02",
    "pain.002.002.02",
    "pain.002.002.03",
    "pain.002.003.03",
)
"""Every version that is read. A later number is read too, with a finding, since nothing was ever renamed."""

ROOTS = ("CstmrPmtStsRpt", "pain.002.001.02", "pain.002.002.02")
"""Local names of the element under Document."""


HAC_ACTIONS = frozenset(
    {
        "FILE_UPLOAD", "FILE_DOWNLOAD", "ES_UPLOAD", "ES_DOWNLOAD", "ES_VERIFICATION", "VEU_FORWARDING",
        "VEU_VERIFICATION", "VEU_VERIFICATION_END", "VEU_CANCEL_ORDER", "ADDITIONAL",
        "ORDER_HAC_FINAL_POS", "ORDER_HAC_FINAL_NEG",
    }
)  # fmt: skip
"""The actions of an EBICS customer protocol, which stand where a report has OrgnlPmtInfId."""


def is_customer_protocol(original_names: Iterable[str | None], payment_information_id: str | None = None) -> bool:
    """Whether this is an EBICS HAC: a protocol of transmissions in the dress of pain.002."""
    return "EBICS" in original_names or payment_information_id in HAC_ACTIONS
