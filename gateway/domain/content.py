"""What a payment's stored content holds: everything the ERP said about it, which approval binds to."""

from dataclasses import dataclass

from formats.initiation import CreditTransfer, PaymentInformation


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The block it came in, without its payments, and the payment itself."""

    block: PaymentInformation
    payment: CreditTransfer
