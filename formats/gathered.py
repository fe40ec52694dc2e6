"""How much a reader keeps about one message, so that memory does not grow with a message full of faults."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from formats.findings import Finding, Severity

findings_max_per_rule = 100
"""Findings kept of each rule; the rest are counted."""


@dataclass(slots=True)
class Findings:
    """Collects findings, at most ``findings_max_per_rule`` of each rule, and says how many more there were."""

    _kept: list[Finding] = field(default_factory=list)
    _seen: Counter[str] = field(default_factory=Counter)

    def add(self, finding: Finding) -> None:
        """Keeps the finding, or only counts it."""
        self._seen[finding.rule] += 1
        if self._seen[finding.rule] <= findings_max_per_rule:
            self._kept.append(finding)

    def drain(self) -> Iterator[Finding]:
        """What was found since the last time."""
        kept, self._kept = self._kept, []
        yield from kept

    def overflow(self) -> Iterator[Finding]:
        """One finding for each rule that had more than was kept."""
        for rule, seen in self._seen.items():
            if seen > findings_max_per_rule:
                yield Finding(
                    rule=rule,
                    severity=Severity.INFO,
                    message=f"{seen - findings_max_per_rule:,} more findings of {rule} are not listed.",
                )
