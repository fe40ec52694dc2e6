"""What a report says about itself that does not fit together (rulebook LV-05 to LV-08, LV-15, ST-UNK, ST-BLCK)."""

from collections import Counter
from dataclasses import dataclass, field

from formats.findings import Finding, Severity
from formats.gathered import Findings
from formats.pain002.inheritance import PART, Level
from formats.pain002.statuses import ACCEPTED, BATCH_STATUSES, EXECUTED, PAYMENT_STATUSES
from formats.status_report import BatchStatus, PaymentStatus

_COUNT_DIGITS_MAX = 15
"""Digits of a count that are looked at; ISO 20022 allows 15."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the report, for a finding."""

    path: str
    line: int | None = None
    payment: int | None = None


@dataclass(slots=True)
class Watch:
    """Looks at each level as it passes and keeps only counters, so a report of any length can be watched."""

    findings: Findings
    group: Level = field(default_factory=Level)
    announced: int | None = None
    counts: tuple[tuple[str, str], ...] = ()
    _listed: int = 0
    _batches: int = 0
    _stated: bool = False
    _by_status: Counter[str] = field(default_factory=Counter)

    def see_group(self, group: Level, announced: str | None, counts: tuple[tuple[str, str], ...]) -> None:
        """The group level, which comes first."""
        self.group = group
        self.announced = (
            int(announced) if announced is not None and announced.isascii() and announced.isdigit() else None
        )
        self.counts = counts
        self._stated = group.status is not None
        self._unknown(group.status, BATCH_STATUSES, _Place("OrgnlGrpInfAndSts/GrpSts"))

    def see_batch(self, batch: BatchStatus) -> None:
        """A batch, before its payments."""
        self._batches += 1
        place = _Place(f"OrgnlPmtInfAndSts[{self._batches}]/PmtInfSts", batch.line)
        if batch.status is None:
            return
        self._stated = True
        self._unknown(batch.status, BATCH_STATUSES, place)
        if self.group.status == "RCVD":
            self._contradiction("the group is only received, yet a batch already has a status", place)
        else:
            self._refusal_below("group", self.group.status, batch.status, place)
        self._executed_in_part(self.group.status, batch.status, place)

    def see_payment(self, payment: PaymentStatus, batch: BatchStatus | None) -> None:
        """A payment, after its batch."""
        index = self._listed
        self._listed += 1
        own = payment.own_status
        if payment.status in PAYMENT_STATUSES:
            self._by_status[payment.status] += 1
        if own is None:
            return
        self._stated = True
        if own in ("ACSC", "ACSP", "ACCP", "ACTC", "ACWC", "RJCT", "PDNG") and self._usual(own, batch):
            return
        place = _Place(f"TxInfAndSts[{index + 1}]/TxSts", payment.line, index)
        self._unknown(own, PAYMENT_STATUSES, place)
        self._refusal_below("group", self.group.status, own, place)
        if batch is not None:
            self._refusal_below("batch", batch.status, own, place)
        if own == "BLCK":
            self._tell(
                "ST-BLCK",
                Severity.HALT,
                "The money is frozen at the bank: not paid, and not returned.",
                "Call the bank and your compliance officer; do not pay again.",
                place,
            )

    def _usual(self, own: str, batch: BatchStatus | None) -> bool:
        """Whether nothing above can disagree with a payment's status: the case of nearly every payment."""
        above = (self.group.status, batch.status if batch is not None else None)
        return all(status in (None, PART) or status == own for status in above)

    def close(self) -> None:
        """What can only be said at the end of the message."""
        if self.group.status == PART or (self.group.status is None and self.announced and self._listed):
            self._unlisted()
        if not self._stated:
            self._tell(
                "LV-08",
                Severity.INFO,
                "The report names no status at any level; that is not an acceptance.",
                "Nothing changes. Wait for the next report, or ask the bank.",
                _Place("OrgnlGrpInfAndSts"),
            )
        for status, written in self.counts:
            listed = self._by_status[status]
            counted = _number(written)
            if counted is not None and listed > counted:
                self._tell(
                    "LV-07",
                    Severity.WARN,
                    f"The report counts {written} payments with {status} and lists {listed}.",
                    "The payments as listed are used. Ask the bank for a corrected report.",
                    _Place("OrgnlGrpInfAndSts/NbOfTxsPerSts"),
                )

    def _unlisted(self) -> None:
        silent = self.announced - self._listed if self.announced is not None else None
        if silent is not None and silent <= 0:
            return
        what = "the payments it does not list are" if silent is None else f"{silent:,} of its payments are"
        self._tell(
            "LV-05",
            Severity.INFO,
            f"The bank reported on a part of this file only; {what} still without an answer.",
            "They stay as they are until the bank says more.",
            _Place("OrgnlGrpInfAndSts/GrpSts"),
        )

    def _unknown(self, status: str | None, known: frozenset[str], place: _Place) -> None:
        if status is not None and status not in known:
            self._tell(
                "ST-UNK",
                Severity.WARN,
                f"The bank sent the unknown status '{status}'. It is kept as written and moves nothing.",
                "Ask the bank what it means.",
                place,
            )

    def _refusal_below(self, level: str, upper: str | None, lower: str, place: _Place) -> None:
        """LV-07, both ways: refused below what was accepted, or not refused below what was refused."""
        if lower == "RJCT" and (upper in ACCEPTED or upper == "PDNG"):
            self._contradiction(f"the {level} says {upper}, yet a part of it is refused", place)
        elif upper == "RJCT" and lower != "RJCT" and lower in PAYMENT_STATUSES | {PART}:
            self._contradiction(f"the {level} is refused, yet a part of it says {lower}", place)

    def _contradiction(self, what: str, place: _Place) -> None:
        self._tell(
            "LV-07",
            Severity.WARN,
            f"The bank's report contradicts itself: {what}.",
            "The lower level is used. Ask the bank which of the two is right.",
            place,
        )

    def _executed_in_part(self, group: str | None, batch: str | None, place: _Place) -> None:
        if (group in EXECUTED and batch == PART) or (batch in EXECUTED and group == PART):
            self._tell(
                "LV-15",
                Severity.WARN,
                f"The group says {group} and the batch {batch}: not each payment below is executed.",
                "Take a payment as executed only where it is listed so, or where the statement shows it.",
                place,
            )

    def _tell(self, rule: str, severity: Severity, message: str, advice: str, place: _Place) -> None:
        self.findings.add(
            Finding(
                rule=rule,
                severity=severity,
                message=message,
                advice=advice,
                path=place.path,
                line=place.line,
                payment=place.payment,
            )
        )


def _number(text: str | None) -> int | None:
    """A count, or None where it is not one."""
    if text is None or len(text) > _COUNT_DIGITS_MAX or not (text.isascii() and text.isdigit()):
        return None
    return int(text)
