"""What :86: tells about an entry, whatever the dialect it is written in."""


class Details:
    """Filled by one dialect, read by the entry: plain texts, since no dialect says more.

    A plain class on purpose: what a text does not say costs nothing, and there is one for each of a million entries.
    """

    gvc: str | None = None
    """The German business transaction code (Geschaeftsvorfallcode), three digits."""
    primanota: str | None = None
    posting_text: str | None = None
    remittance: tuple[str, ...] = ()
    structured_reference: str | None = None
    name: str | None = None
    account: str | None = None
    agent: str | None = None
    ultimate_debtor: str | None = None
    ultimate_creditor: str | None = None
    end_to_end_id: str | None = None
    payment_information_id: str | None = None
    mandate_id: str | None = None
    transaction_id: str | None = None
    purpose: str | None = None
    return_reason: str | None = None
    return_reason_proprietary: str | None = None
    instructed: str | None = None
    """Currency and amount (``EUR11,85``), or the amount alone."""
    charges: str | None = None
    references: tuple[tuple[str, str], ...] = ()
    """What has a name of its own in the dialect and no place in the model: (name, value)."""
