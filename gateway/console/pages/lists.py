"""What every list does: a page of rows, a footer that adds up what is shown, and the same rows as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import Response

After = Annotated[str | None, Query(max_length=80)]
Word = Annotated[str, Query(max_length=140)]
AsCsv = Annotated[str, Query(pattern="^(html|csv)$", alias="as")]
ROWS = 100
"""Rows of one page."""
RISKY = ("=", "+", "-", "@", "\t", "\r")


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Rows as a CSV download. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([_safe(value) for value in row] for row in rows)
    return Response(
        out.getvalue(), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )  # fmt: skip


def _safe(value: object) -> object:
    if isinstance(value, str) and value.startswith(RISKY):
        return f"'{value}"
    return "" if value is None else value


def with_query(request: Request, **changes: str | None) -> str:
    """The address of this page with some filters changed; None or empty takes one away."""
    kept = {name: value for name, value in request.query_params.items() if name not in changes}
    chosen = kept | {name: value for name, value in changes.items() if value}
    chosen = {name: value for name, value in chosen.items() if value}
    return request.url.path + (f"?{urlencode(chosen)}" if chosen else "")
