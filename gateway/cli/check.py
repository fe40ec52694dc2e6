"""``payhub check``: every fault of a payment file at once, as lines, JSON or JUnit XML; and its repairs."""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from xml.sax.saxutils import escape, quoteattr

import typer

if TYPE_CHECKING:
    from formats.findings import Finding

EXIT_FINDINGS = 1
EXIT_USAGE = 2
PROFILE_BYTES_MAX = 1_000_000
"""The largest bank profile read for its rules, in bytes."""

Files = Annotated[list[Path], typer.Argument(help="Payment files: pain.001 or pain.008 of any version.")]
ProfileName = Annotated[str, typer.Option("--profile", help="The scheme; 'list' shows them.")]
Bank = Annotated[str | None, typer.Option("--bank", help="A bank whose [rules] count on top.")]
Config = Annotated[Path, typer.Option("--config", help="The configuration folder.", envvar="PAYHUB_CONFIG")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="The day to check for, YYYY-MM-DD; today if not given.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a finding, then one with the summary.")]
JUnit = Annotated[Path | None, typer.Option("--junit", help="Write the findings as JUnit XML to this file.")]
Fix = Annotated[bool, typer.Option("--fix", help="Repair what may be repaired; needs -o.")]
Out = Annotated[Path | None, typer.Option("-o", "--out", help="Where the repaired file goes (one FILE only).")]
Table = Annotated[str, typer.Option("--letters", help="How letters are replaced: epc, german, swiss …")]


def check(
    files: Files,
    profile: ProfileName = "sepa-sct",
    bank: Bank = None,
    config: Config = Path("config"),
    as_of: AsOf = None,
    as_json: Json = False,
    junit: JUnit = None,
    repair: Fix = False,
    out: Out = None,
    letters: Table = "epc",
) -> None:
    """Checks payment files against schema and rules. Exit code 1 where something blocks, 2 for a wrong call."""
    from formats.charsets import CHARSETS
    from formats.errors import FormatError
    from formats.rules import PROFILES, Checker

    if profile == "list":
        print("\n".join(f"{known.name:<10} {known.title}" for known in PROFILES.values()))
        return
    if profile not in PROFILES:
        _usage(f"There is no profile '{profile}'; there are: {', '.join(PROFILES)}.")
    if repair and (out is None or len(files) != 1 or letters not in CHARSETS):
        _usage(f"--fix needs one FILE, -o OUT, and --letters, one of: {', '.join(CHARSETS)}.")
    day = _day(as_of)
    overrides = _rules_of(bank, config)
    try:
        Checker(profile=profile, as_of=day, overrides=overrides)
    except FormatError as err:
        _usage(err.message)
    found = [(file, *_checked(file, profile, day, overrides)) for file in files]
    blocked = any(failed or any(finding.blocks for finding in findings) for _, findings, failed in found)
    if as_json:
        _print_json(found)
    else:
        _print_lines(found)
    if junit is not None:
        junit.write_text(_junit(found), encoding="utf-8")
    if repair and out is not None and not found[0][2]:
        _repair(files[0], out, profile=profile, day=day, overrides=overrides, letters=letters, as_json=as_json)
    if blocked:
        raise typer.Exit(EXIT_FINDINGS)


Found = list[tuple[Path, "list[Finding]", str | None]]


def _checked(file: Path, profile: str, day: date, overrides: Mapping[str, Any]) -> tuple["list[Finding]", str | None]:
    """The findings of one file, or why it could not be opened."""
    from formats import check as check_file

    try:
        return list(check_file(file, profile=profile, as_of=day, overrides=overrides)), None
    except OSError as err:
        return [], err.strerror or str(err)


def _usage(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(EXIT_USAGE)


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        typer.echo(f"--as-of: '{text}' is not a date (YYYY-MM-DD).", err=True)
        raise typer.Exit(EXIT_USAGE) from None


def _rules_of(bank: str | None, config: Path) -> dict[str, Any]:
    """The ``[rules]`` of a bank profile, as they stand in its file."""
    if bank is None:
        return {}
    file = config / "banks" / f"{bank}.toml"
    known = sorted(each.stem for each in file.parent.glob("*.toml")) if file.parent.is_dir() else []
    if bank not in known:
        _usage(f"There is no bank '{bank}'; there are: {', '.join(known) or 'none'}.")
    if file.stat().st_size > PROFILE_BYTES_MAX:
        _usage(f"{file}: a bank profile has at most {PROFILE_BYTES_MAX:,} bytes.")
    try:
        rules = tomllib.loads(file.read_text(encoding="utf-8")).get("rules", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        _usage(f"{file}: {err}")
    if not isinstance(rules, dict):
        _usage(f"{file}: rules must be a table, [rules].")
    return rules


def _print_lines(found: Found) -> None:
    from formats.findings import Severity

    counts: Counter[str] = Counter()
    for file, findings, failed in found:
        if failed is not None:
            typer.echo(f"{file}: {failed}", err=True)
        for finding in findings:
            counts[finding.severity] += 1
            at = f":{finding.line}" if finding.line is not None else ""
            print(f"{file}{at}: {finding.severity} {finding.rule} {finding.message}")
            where = f"{finding.path}: " if finding.path else ""
            if where or finding.advice:
                print(f"    {where}{finding.advice}".rstrip(": "))
    said = ", ".join(f"{counts[severity]} {severity}" for severity in Severity if counts[severity])
    missed = sum(failed is not None for _, _, failed in found)
    unread = f"{missed} could not be opened" if missed else ""
    said = ", ".join(part for part in (unread, said) if part) or "no findings"
    print(f"{len(found)} file{'s' if len(found) != 1 else ''}: {said}")


def _print_json(found: Found) -> None:
    total: Counter[str] = Counter()
    for file, findings, failed in found:
        if failed is not None:
            print(json.dumps({"file": str(file), "error": {"code": "file.unreadable", "message": failed}}))
        for finding in findings:
            total[finding.severity] += 1
            print(json.dumps({"file": str(file), **as_plain(finding)}, ensure_ascii=False))
    print(json.dumps({"summary": dict(total), "files": len(found)}))


def as_plain(finding: "Finding") -> dict[str, Any]:
    """A finding as JSON has it."""
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "advice": finding.advice,
        "path": finding.path,
        "line": finding.line,
        "payment": finding.payment,
    }


def _junit(found: Found) -> str:
    """One suite a file, one case a rule that found something; what blocks is a failure."""
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *_suites(found), "</testsuites>", ""])


def _suites(found: Found) -> Iterator[str]:
    for file, findings, failed in found:
        failures = sum(finding.blocks for finding in findings)
        tests = len(findings) + (0 if findings and failed is None else 1)
        errors = 0 if failed is None else 1
        counts = f'tests="{tests}" failures="{failures}" errors="{errors}"'
        yield f"  <testsuite name={quoteattr(str(file))} {counts}>"
        yield from _cases(file, findings, failed)
        yield "  </testsuite>"


def _cases(file: Path, findings: Iterable["Finding"], failed: str | None) -> Iterator[str]:
    name = quoteattr(str(file))
    if failed is not None:
        yield f'    <testcase classname={name} name="open"><error message={_attribute(failed)}/></testcase>'
        return
    empty = True
    for finding in findings:
        empty = False
        at = f" line {finding.line}" if finding.line is not None else ""
        case = quoteattr(f"{finding.rule} {finding.path or ''}{at}".strip())
        text = f"{finding.severity}: {finding.message} {finding.advice}".strip()
        body = (
            f"<failure type={quoteattr(finding.rule)} message={_attribute(finding.message)}>{_text(text)}</failure>"
            if finding.blocks
            else f"<system-out>{_text(text)}</system-out>"
        )
        yield f"    <testcase classname={name} name={case}>{body}</testcase>"
    if empty:
        yield f'    <testcase classname={name} name="no findings"/>'


def _text(text: str) -> str:
    """Text as XML 1.0 can hold it: control characters are shown, not sent."""
    plain = "".join(sign if sign.isprintable() or sign == " " else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return escape(plain)


def _attribute(text: str) -> str:
    plain = "".join(sign if sign.isprintable() or sign == " " else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return quoteattr(plain)


def _repair(
    file: Path, out: Path, *, profile: str, day: date, overrides: Mapping[str, Any], letters: str, as_json: bool
) -> None:
    """Writes the repaired file and shows each repair before and after."""
    from formats.errors import FormatError
    from formats.fix import fix

    try:
        repaired = fix(file, profile=profile, as_of=day, overrides=overrides, table=letters)
    except FormatError as err:
        typer.echo(f"{file}: cannot be repaired: {err.message}", err=True)
        raise typer.Exit(EXIT_FINDINGS) from err
    for each in repaired.repairs:
        if as_json:
            fields = ("rule", "path", "line", "before", "after", "confidence", "applied", "because")
            print(json.dumps({"repair": {name: getattr(each, name) for name in fields}}, ensure_ascii=False))
            continue
        sure = f" ({each.confidence} % sure: {each.because})" if each.because else ""
        verb = "repaired" if each.applied else "proposed, not changed"
        print(f"{file}:{each.line or 1}: {each.rule} {verb} {each.path}{sure}")
        print(f"    - {each.before}\n    + {each.after or '(dropped)'}")
    out.write_bytes(repaired.data)
    applied = sum(each.applied for each in repaired.repairs)
    print(f"{out}: {applied} of {len(repaired.repairs)} repairs made", file=sys.stderr)
