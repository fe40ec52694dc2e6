"""Checking a payment file: schema and rules together, every finding at once, in document order.

``check(source, profile="sepa-sct", as_of=…)`` is what ``payhub check`` runs. What cannot be read at all is a finding
too (GEN-001), so that a folder of files gives one list.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, cast

from formats import locate, pain001, pain008, registry, xml
from formats.errors import FormatError, NotSupported, TooLarge
from formats.findings import Finding, Severity
from formats.initiations.notes import line_of
from formats.registry import Detected
from formats.rules import Checker, History
from formats.rules.refusals import encoding_refusals, from_fault, refusals
from formats.schemas import schema_for
from formats.source import Feed, Source, opened

FINDINGS_ORDERED_MAX = 50_000
"""Findings kept to be put in order; a file with more gets the rest as they come."""
LINES_SHARPENED_MAX = 200
"""Findings that get the line of their very element, for which the file is read again; others keep the payment's."""
SECOND_LOOK_BYTES_MAX = 16 * 1024 * 1024
"""The largest file, in bytes, that is read a second time as a tree to say exactly where something stands."""
_SCHEMA_RULE = "XSD"


def check(
    source: Source,
    *,
    profile: str = "sepa-sct",
    as_of: date,
    overrides: Mapping[str, Any] | None = None,
    history: History | None = None,
    schemas: Path | None = None,
) -> Iterator[Finding]:
    """Every finding about one pain.001 or pain.008 of any version; of other messages, what reading them found.

    ``schemas`` is a folder of official XSDs. Never raises for what the file holds; raises
    :class:`formats.rules.UnknownProfile` or ``InvalidOverride`` for what the caller asks, OSError for the file.
    """
    checker = Checker(profile=profile, as_of=as_of, overrides=overrides, history=history)
    found = _found(source, checker, schemas)
    first = list(islice(found, FINDINGS_ORDERED_MAX))
    if len(first) <= LINES_SHARPENED_MAX:
        first = _sharpened(first, _again(source))
    yield from sorted(first, key=_order)
    yield from found


def _order(finding: Finding) -> tuple[int, int]:
    """By line; what is about the header or the whole file comes first."""
    return (0 if finding.line is None else 1, finding.line or 0)


def _sharpened(findings: list[Finding], again: Source | None) -> list[Finding]:
    """The same findings with the line of their element, or of the nearest one above what is missing."""
    if again is None or not any(finding.path for finding in findings):
        return findings
    try:
        document = xml.tree(again)
    except FormatError:
        return findings
    sharp = []
    for finding in findings:
        place = locate.at(document, finding.path, nearest=True) if finding.path else None
        line = line_of(place) if place is not None else None
        sharp.append(finding if line is None else replace(finding, line=line))
    return sharp


def _found(source: Source, checker: Checker, schemas: Path | None) -> Iterator[Finding]:
    again = _again(source)
    try:
        with opened(source) as feed:
            detected = registry.detect(feed)
            if detected.family not in ("pain.001", "pain.008"):
                yield from _read_only(feed, detected)
                return
            for refusal in encoding_refusals(feed.head, strict=checker.policy.profile.name == "swiss"):
                yield from checker.schema(refusal, "", refusal.line)
            refused: list[Finding] = []
            stream = pain001.stream if detected.family == "pain.001" else pain008.stream
            for event in stream(feed, schemas=schemas):
                if not isinstance(event, Finding):
                    yield from checker.feed(event)
                elif event.rule == _SCHEMA_RULE:
                    refused.append(event)
                else:
                    yield event
            yield from checker.close()
        if refused:
            yield from _explained(again, detected, refused, checker, schemas)
    except FormatError as err:
        yield unreadable(err)


def unreadable(err: FormatError) -> Finding:
    """The finding for a file that cannot be read at all."""
    advice = "" if isinstance(err, NotSupported) else "Export the file again from the ERP."
    return Finding(
        rule="GEN-001", severity=Severity.BLOCK, message=err.message, advice=advice, path=err.path, line=err.line
    )


def _read_only(feed: Feed, detected: Detected) -> Iterator[Finding]:
    message = registry.read(feed)
    yield Finding(
        rule="GEN-000",
        severity=Severity.INFO,
        message=f"This is {detected.message}: it is read, but rules are for payment files.",
        advice="Use `payhub read` to see what it says.",
    )
    yield from message.findings


def _again(source: Source) -> Source | None:
    """The source once more for a second look, where that is possible and costs little memory."""
    if isinstance(source, bytes):
        return source if len(source) <= SECOND_LOOK_BYTES_MAX else None
    if isinstance(source, Path | str):
        return cast("Source", source) if Path(source).stat().st_size <= SECOND_LOOK_BYTES_MAX else None
    return None


def _explained(
    again: Source | None, detected: Detected, refused: list[Finding], checker: Checker, schemas: Path | None
) -> Iterator[Finding]:
    """What the schema refused, with exact paths where the file can be looked at again."""
    schema = schema_for(detected.message, official=schemas)
    if again is not None and schema is not None:
        try:
            given = list(refusals(again, detected, schema))
        except TooLarge:
            given = []
        if given:
            for refusal in given:
                yield from checker.schema(refusal, "", refusal.line)
            return
    for finding in refused:
        fault = xml.Fault(line=finding.line or 0, message=finding.message, kind="", path=finding.path)
        yield from checker.schema(from_fault(fault), "", finding.line)
