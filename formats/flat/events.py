"""What every flat source gives: the same parts as a pain.001, so that intake has one way through."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from formats.findings import Finding
from formats.initiation import CreditTransfer, Initiation, PaymentInformation

Event = Initiation | PaymentInformation | CreditTransfer | Finding
"""The header without its blocks, each block without its payments, each payment, and findings as they are made."""
NOT_A_NUMBER = Decimal("NaN")
"""The value of an amount that is missing or cannot be read: it passes no rule and makes every sum unprovable."""
Tell = Callable[[Finding], None]


def gathered(events: Iterable[Event]) -> Initiation:
    """A whole message from its parts."""
    header = Initiation(message_id="", created_at=None)
    heads: list[PaymentInformation] = []
    payments: list[list[CreditTransfer]] = []
    findings: list[Finding] = []
    for event in events:
        if isinstance(event, CreditTransfer):
            payments[-1].append(event)
        elif isinstance(event, PaymentInformation):
            heads.append(event)
            payments.append([])
        elif isinstance(event, Finding):
            findings.append(event)
        else:
            header = event
    batches = tuple(replace(head, payments=tuple(own)) for head, own in zip(heads, payments, strict=True))
    return replace(header, batches=batches, findings=tuple(findings))
