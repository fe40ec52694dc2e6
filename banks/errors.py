"""Every failure on the way to a bank is exactly one of these; anything else that escapes a connector is a bug.

ChannelError
├── Unreachable      nothing was handed over: try again, inside the window only
├── Refused          the bank or its server said no: a person must act
│   └── ChannelRefused      not to this file, but to us: login, algorithms, no session
│       └── HostKeyChanged  the server shows a key nobody confirmed
└── OutcomeUnknown   it may have arrived: look before anything is sent again
"""


class ChannelError(Exception):
    """Base of the three. ``bank`` is the profile's name, ``detail`` the technical cause for the log."""

    code = "channel.error"

    def __init__(self, message: str, *, bank: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.bank = bank
        self.detail = detail


class Unreachable(ChannelError):
    """The act did not happen: no connection, or it broke before the act began. ``retry_after_s`` is the pause in
    seconds the bank asked for (HTTP 429 and 503), where it named one.
    """

    code = "channel.unreachable"

    def __init__(self, message: str, *, bank: str = "", detail: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, bank=bank, detail=detail)
        self.retry_after_s = retry_after_s


class Refused(ChannelError):
    """The other side answered no (changed host key, bad login, permission, full disk, name taken, HTTP 4xx)."""

    code = "channel.refused"


class ChannelRefused(Refused):
    """The bank refuses us whatever we bring (login, algorithms, SFTP itself): the next file would fare no better."""

    code = "channel.shut"


class HostKeyChanged(ChannelRefused):
    """The server shows a key that is neither pinned nor confirmed. ``offered`` is its public key line."""

    code = "channel.host_key_changed"

    def __init__(self, message: str, *, offered: str, fingerprint: str, bank: str = "", detail: str = "") -> None:
        super().__init__(message, bank=bank, detail=detail)
        self.offered = offered
        self.fingerprint = fingerprint


class OutcomeUnknown(ChannelError):
    """The act was begun and no answer came: it may or may not have happened."""

    code = "channel.outcome_unknown"
