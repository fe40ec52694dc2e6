"""``payhub build``: JSON, CSV, Excel or another version of a payment message into the version a bank wants."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from formats.findings import Finding
    from formats.initiations.writer import Written

EXIT_REFUSED = 1
EXIT_USAGE = 2
SHOWN_MAX = 200
"""How many findings are shown to people; JSON has them all."""

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
    from formats.building import VERSIONS, SourceRefused, prepared
    from formats.building import build as build_message
    from formats.charsets import CHARSETS
    from formats.errors import FormatError

    for wrong, given, known in (("version", to, VERSIONS), ("character set", charset, tuple(CHARSETS))):
        if given is not None and given not in known:
            typer.echo(f"There is no {wrong} '{given}'. Known: {', '.join(known)}.", err=True)
            raise typer.Exit(EXIT_USAGE)
    at = datetime.now(UTC).replace(microsecond=0)
    findings: tuple[Finding, ...] = ()
    try:
        message = prepared(file, at=at, message_id=message_id, group=group)
        findings = message.findings
        built = build_message(message, to=to, out=out or sys.stdout.buffer, at=at, charset=charset)
    except SourceRefused as err:
        _tell({"file": str(file), "findings": _plain(findings)}, str(file), findings, as_json=as_json)
        raise typer.Exit(EXIT_REFUSED) from err
    except (FormatError, OSError) as err:
        of_target = out is not None and isinstance(err, OSError) and err.filename != str(file)
        _fail(out if out is not None and of_target else file, err, findings, as_json=as_json)
        raise typer.Exit(EXIT_REFUSED) from err
    sys.stdout.buffer.flush()
    _succeed(file, to, out, built.written, findings, as_json=as_json)


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
        path = f"({finding.path})" if finding.path else ""
        said = " ".join(part for part in (finding.message, finding.advice, path) if part)
        typer.echo(f"{file}{at}: {finding.severity} {finding.rule} {said}", err=True)
    if len(findings) > SHOWN_MAX:
        typer.echo(f"{file}: {len(findings) - SHOWN_MAX:,} more findings; --json shows them all.", err=True)


def _plain(findings: tuple["Finding", ...]) -> list[dict[str, Any]]:
    from formats import render

    return [render.finding(finding) for finding in findings]
