"""``payhub build``: JSON, CSV, Excel or another version of a payment message into the version a bank wants."""

import json
import os
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from formats.findings import Finding
    from formats.initiation import Initiation
    from formats.initiations.writer import Written

EXIT_REFUSED = 1
EXIT_USAGE = 2
SHOWN_MAX = 200
"""How many findings are shown to people; JSON has them all."""
_TOLERATED = frozenset({"XSD", "XSD-NONE", "XML-UNREAD"})
"""Findings about the source that do not keep the new message from being right: it is proven on its own."""

File = Annotated[Path, typer.Argument(help="pain.001, pain.008, canonical JSON, CSV or .xlsx.")]


def build(
    file: File,
    to: Annotated[str, typer.Option("--to", help="The version to write: pain.001.001.09, pain.008.001.08 …")],
    out: Annotated[Path | None, typer.Option("-o", "--output", help="Where to; standard output otherwise.")] = None,
    charset: Annotated[str | None, typer.Option(help="Replace characters by this table: epc, german, swiss …")] = None,
    message_id: Annotated[str | None, typer.Option(help="Id of the new message; by default the one it has.")] = None,
    group: Annotated[bool, typer.Option("--group", help="Divide blocks that mix currencies or kinds.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell the result as one JSON document.")] = False,
) -> None:
    """Builds a payment message. Every error names its row and column, or its path and line; nothing is half written."""
    from formats.charsets import CHARSETS
    from formats.errors import FormatError

    if to not in _versions() or (charset is not None and charset not in CHARSETS):
        wrong, known = ("version", _versions()) if to not in _versions() else ("character set", list(CHARSETS))
        typer.echo(
            f"There is no {wrong} '{to if wrong == 'version' else charset}'. Known: {', '.join(known)}.", err=True
        )
        raise typer.Exit(EXIT_USAGE)
    at = datetime.now(UTC).replace(microsecond=0)
    findings: tuple[Finding, ...] = ()
    try:
        message = _prepared(file, message_id or f"MSG-{at:%Y%m%d-%H%M%S}", group=group)
        if message_id is not None:
            message = replace(message, message_id=message_id)
        findings = message.findings
        if any(finding.blocks and finding.rule not in _TOLERATED for finding in findings):
            _tell({"file": str(file), "findings": _plain(findings)}, str(file), findings, as_json=as_json)
            raise typer.Exit(EXIT_REFUSED)
        written = _written(message, to, charset, out, at)
    except (FormatError, OSError) as err:
        _fail(file, err, findings, as_json=as_json)
        raise typer.Exit(EXIT_REFUSED) from err
    _succeed(file, to, out, written, findings, as_json=as_json)


def _versions() -> list[str]:
    from formats import pain001, pain008

    return [*pain001.VERSIONS, *pain008.VERSIONS]


def _prepared(file: Path, message_id: str, *, group: bool) -> "Initiation":
    """The message in the file, whatever it is, its blocks divided where they come from a list or it is asked for."""
    from formats.initiations.grouping import group as grouped

    message, listed = _message(file, message_id)
    if not (group or listed) or any(finding.blocks and finding.rule not in _TOLERATED for finding in message.findings):
        return message
    return replace(message, batches=grouped(message.batches, merge=False))


def _message(file: Path, message_id: str) -> tuple["Initiation", bool]:
    from formats import flat, pain001, pain008
    from formats.errors import NotSupported
    from formats.registry import detect

    with file.open("rb") as start:
        if start.read(4) == b"PK\x03\x04":
            return flat.xlsx.read(file, message_id=message_id), True
    detected = detect(file)
    if detected.family == "JSON":
        return flat.json.read(file), False
    if detected.family == "CSV":
        return flat.csv.read(file, message_id=message_id), True
    if detected.family == "pain.001":
        return pain001.read(file), False
    if detected.family == "pain.008":
        return pain008.read(file), False
    raise NotSupported(detected.message, "Payments can be built from pain.001, pain.008, JSON, CSV and Excel.")


def _written(message: "Initiation", to: str, charset: str | None, out: Path | None, at: datetime) -> "Written":
    """Writes into a temporary file first, so that a refusal leaves nothing behind."""
    from formats import pain001, pain008
    from formats.charsets import CHARSETS, transliterated

    if charset is not None:
        message = transliterated(message, CHARSETS[charset])
    write = pain001.write if to in pain001.VERSIONS else pain008.write
    folder = out.parent if out is not None else None
    handle, name = tempfile.mkstemp(prefix=".payhub-build-", dir=folder)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            written = write(message, to, file, at=at)
        if out is not None:
            temporary.replace(out)
        else:
            sys.stdout.buffer.write(temporary.read_bytes())
            sys.stdout.buffer.flush()
    finally:
        temporary.unlink(missing_ok=True)
    return written


def _succeed(
    file: Path, to: str, out: Path | None, written: "Written", findings: tuple["Finding", ...], *, as_json: bool
) -> None:
    told = {
        "file": str(file),
        "to": to,
        "output": str(out) if out is not None else None,
        "number_of_transactions": written.count,
        "control_sum": f"{written.control_sum:f}",
        "sha256": written.sha256,
        "bytes": written.bytes,
        "findings": _plain(findings),
    }
    _tell(told, str(file), findings, as_json=as_json, to_errors=out is None)
    if not as_json:
        where = f" in {out}" if out is not None else ""
        typer.echo(f"{to}{where}: {written.count:,} payments, {written.control_sum:f} in all.", err=True)


def _fail(file: Path, err: Exception, findings: tuple["Finding", ...], *, as_json: bool) -> None:
    """One error that ends the building, after what reading found."""
    code, path, line = (getattr(err, name, None) for name in ("code", "path", "line"))
    message = getattr(err, "message", None) or getattr(err, "strerror", None) or str(err)
    error = {"code": code or "file.unreadable", "message": message, "path": path, "line": line}
    _tell({"file": str(file), "error": error, "findings": _plain(findings)}, str(file), findings, as_json=as_json)
    if not as_json:
        at = f":{line}" if line is not None else ""
        typer.echo(f"{file}{at}: {message}{f' ({path})' if path else ''} [{error['code']}]", err=True)


def _tell(
    told: dict[str, Any], file: str, findings: tuple["Finding", ...], *, as_json: bool, to_errors: bool = False
) -> None:
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False), err=to_errors)
        return
    for finding in findings[:SHOWN_MAX]:
        at = f":{finding.line}" if finding.line is not None else ""
        path = f" ({finding.path})" if finding.path else ""
        typer.echo(f"{file}{at}: {finding.severity} {finding.rule} {finding.message} {finding.advice}{path}", err=True)
    if len(findings) > SHOWN_MAX:
        typer.echo(f"{file}: {len(findings) - SHOWN_MAX:,} more findings; --json shows them all.", err=True)


def _plain(findings: tuple["Finding", ...]) -> list[dict[str, Any]]:
    from formats import render

    return [render.finding(finding) for finding in findings]
