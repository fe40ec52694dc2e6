"""Bank messages as values: read any version, write the version a bank wants, check it, explain every refusal.

    from formats import build, check, read

    message = read(Path("statement.xml"))
    for finding in check(Path("payments.xml"), profile="sepa-sct", as_of=date(2026, 11, 20)):
        print(finding.line, finding.rule, finding.message)
    build(Path("payments.csv"), to="pain.001.001.09", out=Path("payments.xml"), at=datetime.now(UTC))

The package stands alone: it opens no socket, reads no clock, and knows nothing of the hub. Each name is imported when
it is first asked for, so that importing the package costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from formats.building import Built, build
    from formats.checking import check
    from formats.errors import FormatError
    from formats.findings import Finding, Severity
    from formats.initiation import Initiation
    from formats.initiations.writer import Written
    from formats.recall_answer import RecallAnswer
    from formats.registry import Detected, Message, detect, read
    from formats.statement import StatementMessage
    from formats.status_report import StatusReport
else:
    _PLACES = {
        "Built": "formats.building",
        "Detected": "formats.registry",
        "Finding": "formats.findings",
        "FormatError": "formats.errors",
        "Initiation": "formats.initiation",
        "Message": "formats.registry",
        "RecallAnswer": "formats.recall_answer",
        "Severity": "formats.findings",
        "StatementMessage": "formats.statement",
        "StatusReport": "formats.status_report",
        "Written": "formats.initiations.writer",
        "build": "formats.building",
        "check": "formats.checking",
        "detect": "formats.registry",
        "read": "formats.registry",
    }

    def __getattr__(name: str) -> object:
        """A public name out of its module, kept here from then on."""
        if name not in _PLACES:
            raise AttributeError(f"module 'formats' has no attribute {name!r}")
        found = getattr(importlib.import_module(_PLACES[name]), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *_PLACES})


__all__ = [
    "Built",
    "Detected",
    "Finding",
    "FormatError",
    "Initiation",
    "Message",
    "RecallAnswer",
    "Severity",
    "StatementMessage",
    "StatusReport",
    "Written",
    "build",
    "check",
    "detect",
    "read",
]
