"""The rule that speaks for the XML schema: what libxml2 refused, in the user's words."""

from collections.abc import Iterator
from typing import Protocol

from formats.findings import Severity
from formats.rules.context import Context
from formats.rules.engine import Found, Scope, rule


class Refusal(Protocol):
    """One refusal of the schema, already in plain words."""

    @property
    def path(self) -> str:
        """Element path below the message, with positions."""

    @property
    def message(self) -> str:
        """What is wrong, in one sentence."""

    @property
    def expected(self) -> str:
        """What was expected there, in one sentence, or nothing."""

    @property
    def severity(self) -> Severity | None:
        """How hard it is, where not as hard as the rule."""


@rule(
    "GEN-001",
    source="ISO 20022 message schemas; Swiss Payment Standards 2.2 for UTF-8 without byte order mark",
    severity=Severity.BLOCK,
    scope=Scope.SCHEMA,
    advice="Export the file again from the ERP; if it comes out the same, its payment format needs a correction.",
)
def valid_against_schema(refusal: Refusal, _context: Context) -> Iterator[Found]:
    """The file is well-formed XML and valid against the schema of its declared namespace."""
    yield Found(refusal.path, refusal.message, refusal.expected or None, refusal.severity)
