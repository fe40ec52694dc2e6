"""What went wrong in the hub, by the remedy.

    HubError
    ├── Unacceptable    the caller must change what was sent (HTTP 4xx, with findings)
    ├── Forbidden       the caller may not do this
    ├── NotFound        there is no such thing, or not for this caller
    ├── Conflict        the state moved on: look again
    ├── Busy            the same request is still being worked on
    └── Misconfigured   an operator must change the configuration

Every error has a stable ``code``; the message is for the person who must act.
"""

from formats.findings import Finding


class HubError(Exception):
    """Base of every error the hub raises on purpose."""

    code = "hub.error"

    def __init__(self, message: str, *, findings: tuple[Finding, ...] = (), code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.findings = findings
        if code is not None:
            self.code = code


class Unacceptable(HubError):
    """What was sent cannot be taken; ``findings`` says everything that is wrong with it."""

    code = "request.unacceptable"


class TooLarge(Unacceptable):
    """More bytes or payments than one request may hold."""

    code = "request.too_large"


class Forbidden(HubError):
    """Known caller, but not allowed to do this."""

    code = "request.forbidden"


class NotFound(HubError):
    """There is no such thing, or the caller may not know of it."""

    code = "request.not_found"


class Conflict(HubError):
    """The thing is no longer in the state the act was meant for."""

    code = "state.conflict"


class Busy(HubError):
    """The same idempotency key is being worked on right now."""

    code = "idempotency.in_flight"


class KeyReused(HubError):
    """The idempotency key was used for another request."""

    code = "idempotency.other_payload"


class Misconfigured(HubError):
    """The configuration does not say what to do; an operator must complete it."""

    code = "configuration.incomplete"


class IllegalMove(HubError):
    """A programming error: the table of states has no such edge."""

    code = "lifecycle.illegal_move"

    def __init__(self, source: str, target: str) -> None:
        super().__init__(f"There is no way from {source} to {target}.")
        self.source = source
        self.target = target


class Fenced(Conflict):
    """Another worker has taken over; whoever gets this stops without a word to the bank."""

    code = "work.fenced"
