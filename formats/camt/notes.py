"""Collects what should be known about a message: each kind once with its count, and never more than a bounded many."""

from formats.findings import Finding, Severity
from formats.shapes import Note
from formats.xml import Fault

FINDINGS_MAX = 200
"""How many findings one message may have; the rest is counted."""


class Notes:
    """Findings in the making. Equal notes from many entries become one finding with a count."""

    __slots__ = ("_counts", "_findings", "_lines", "_more")

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._counts: dict[Note, int] = {}
        self._lines: dict[Note, int | None] = {}
        self._more = 0

    def add(self, finding: Finding) -> None:
        """Keeps a finding, or counts it where there are too many already."""
        if len(self._findings) < FINDINGS_MAX:
            self._findings.append(finding)
        else:
            self._more += 1

    def note(self, note: Note, line: int | None) -> None:
        """An element that was not kept, or not readable."""
        if note in self._counts:
            self._counts[note] += 1
        elif len(self._counts) < FINDINGS_MAX:
            self._counts[note] = 1
            self._lines[note] = line
        else:
            self._more += 1

    def faults(self, faults: tuple[Fault, ...], count: int) -> None:
        """What the schema found."""
        for fault in faults:
            self.add(
                Finding(
                    rule="XSD-01",
                    severity=Severity.WARN,
                    message=f"Not valid against its schema: {fault.message}",
                    advice="It was read all the same; tell the bank.",
                    path=fault.path or fault.element,
                    line=fault.line or None,
                )
            )
        self._more += count - len(faults)

    def findings(self) -> tuple[Finding, ...]:
        """All of it: contradictions first, then what was not readable, then what was not kept."""
        return (*self._findings, *self._unreadable(), *self._unkept(), *self._rest())

    def _unreadable(self) -> list[Finding]:
        return [
            Finding(
                rule="CAMT-02",
                severity=Severity.WARN,
                message=f"'{note.text.strip()[:70]}' cannot be read as {note.path.rpartition('/')[2]}"
                f"{_times(count)}; it was left out.",
                path=note.path,
                line=self._lines[note],
            )
            for note, count in self._counts.items()
            if note.text is not None
        ]

    def _unkept(self) -> list[Finding]:
        return [
            Finding(
                rule="CAMT-01",
                severity=Severity.INFO,
                message=f"{note.path.rpartition('/')[2]} is not among what payhub keeps{_times(count)}.",
                path=note.path,
                line=self._lines[note],
            )
            for note, count in self._counts.items()
            if note.text is None
        ]

    def _rest(self) -> list[Finding]:
        if not self._more:
            return []
        message = f"{self._more:,} more findings are not listed."
        return [Finding(rule="CAMT-03", severity=Severity.INFO, message=message)]


def _times(count: int) -> str:
    return f" ({count:,} times)" if count > 1 else ""
