"""What can go wrong with a message, by the remedy.

    FormatError
    ├── Unreadable      the bytes are not a message we can read: send the right file, or mend it
    │   └── NotSupported    they are a message, and we know which, but not one payhub handles
    ├── TooLarge        a named limit was passed
    ├── Unbuildable     the model cannot be expressed in the version that was asked for
    └── InvalidValue    a value object refused its text

Every error carries a stable ``code`` and, where known, ``path`` and ``line``.
"""


class FormatError(Exception):
    """Base of every error this package raises on purpose; anything else that escapes is a bug."""

    code = "format.error"

    def __init__(
        self, message: str, *, code: str | None = None, path: str | None = None, line: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.path = path
        self.line = line


class Unreadable(FormatError):
    """The bytes are not well-formed, not decodable, hostile, or cut short."""

    code = "format.unreadable"


class NotSupported(Unreadable):
    """The message is known by name (``kind``), and payhub does not handle it."""

    code = "format.not_supported"

    def __init__(self, kind: str, advice: str) -> None:
        super().__init__(f"This is {kind}. {advice}")
        self.kind = kind


class TooLarge(FormatError):
    """A named limit was passed: ``limit`` in ``unit``."""

    code = "format.too_large"

    def __init__(self, what: str, *, limit: int, unit: str) -> None:
        super().__init__(f"{what} is larger than the limit of {limit:,} {unit}.")
        self.limit = limit
        self.unit = unit


class Unbuildable(FormatError):
    """The model holds something the target version or profile cannot carry."""

    code = "format.unbuildable"


class InvalidValue(FormatError, ValueError):
    """A value object refused its text; ``value`` is what was refused."""

    code = "format.invalid_value"

    def __init__(self, message: str, *, value: str, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.value = value
