"""The status codes a report may carry, by level (rulebook B.1; ISO external code sets of May 2025)."""

BATCH_STATUSES = frozenset(
    {
        "ACCC", "ACCP", "ACSC", "ACSP", "ACTC", "ACWC", "PART", "PDNG", "RCVC", "RCVD", "RJCT", "RVCM", "RVNC",
    }
)  # fmt: skip
"""What a group or a batch may say."""

PAYMENT_STATUSES = (BATCH_STATUSES - {"PART"}) | {
    "ACFC", "ACFW", "ACIS", "ACPD", "ACWP", "BLCK", "CANC", "CPUC", "PATC", "PRES", "RVMC", "RVNA", "RVNM",
}  # fmt: skip
"""What a payment may say: PART is not among them."""

ACCEPTED = frozenset({"ACTC", "ACCP", "ACSP", "ACSC", "ACWC"})
"""A level that says one of these has refused nothing below it (LV-07)."""

EXECUTED = frozenset({"ACSC", "ACCC"})
"""A batch that says one of these while another level says PART has not executed each payment (LV-15)."""
