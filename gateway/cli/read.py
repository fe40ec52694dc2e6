"""``payhub read``: what is in a bank message, for people as a table, for programs as one JSON document a line."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

EXIT_REFUSED = 1
SPOOL_BYTES_MAX = 8 * 1024 * 1024
"""How much of a document waits in memory for its end, in bytes; a larger one waits on disk."""
ROWS_MAX = 500
"""How many entries or payments a table shows; the rest is counted."""

Files = Annotated[list[Path], typer.Argument(help="Messages: camt, MT940/942, pain.002, pain.001, pain.008.")]


def read(
    files: Files,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document a line, in the order given.")] = False,
    rows: Annotated[int, typer.Option("--rows", min=0, help="How many rows a table shows.")] = ROWS_MAX,
) -> None:
    """Shows what bank messages say. Goes on after a file it cannot read, and then ends with exit code 1."""
    refused = False
    for file in files:
        refused |= not (_as_json(file) if as_json else _as_table(file, rows))
    if refused:
        raise typer.Exit(EXIT_REFUSED)


def _as_json(file: Path) -> bool:
    """Writes the document only when it is complete, so that a line is never half a document."""
    from formats import render
    from formats.errors import FormatError

    out = sys.stdout.buffer
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES_MAX) as spool:
        try:
            for piece in render.lines(file, str(file)):
                spool.write(piece.encode("utf-8", "surrogateescape"))
        except (FormatError, OSError) as err:
            line = json.dumps(render.error(err, str(file)), ensure_ascii=False) + "\n"
            out.write(line.encode("utf-8", "surrogateescape"))
            out.flush()
            return False
        spool.seek(0)
        _copy(spool, out)  # type: ignore[arg-type] # a spooled file is a binary file
    out.flush()
    return True


def _copy(source: BinaryIO, out: BinaryIO) -> None:
    while block := source.read(1024 * 1024):
        out.write(block)


def _as_table(file: Path, rows: int) -> bool:
    from formats import registry
    from formats.errors import FormatError
    from formats.source import opened
    from gateway.cli import tables

    turnovers: list[tables.Turnover] = []
    try:
        with opened(file) as feed:
            codec = registry.codec_of(registry.detect(feed))
            if codec.stream is None:
                message = registry.read(feed)
            else:
                message, turnovers = tables.gathered(registry.reader_of(codec.stream)(feed), rows)
    except FormatError as err:
        at = f":{err.line}" if err.line is not None else ""
        typer.echo(f"{file}{at}: {err.message} [{err.code}]", err=True)
        return False
    except OSError as err:
        typer.echo(f"{file}: {err.strerror or err}", err=True)
        return False
    tables.show(message, str(file), rows, turnovers)
    return True
