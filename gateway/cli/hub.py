"""What the commands that look into a hub share: where its configuration is, and how rows are shown."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from gateway.wiring import Hub

Config = Annotated[Path, typer.Option("--config", help="The configuration folder.", envvar="PAYHUB_CONFIG")]
Overlay = Annotated[
    Path | None, typer.Option("--overlay", help="A folder laid over it.", envvar="PAYHUB_CONFIG_OVERLAY")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
After = Annotated[str | None, typer.Option("--after", help="Go on after this row.")]
Limit = Annotated[int, typer.Option("--limit", help="Rows to show.", min=1, max=500)]
DEFAULT_CONFIG = Path("config")
ROWS_SHOWN = 50
EXIT_REFUSED = 1
EXIT_USAGE = 2
Choice = TypeVar("Choice", bound=StrEnum)


@contextmanager
def opened(config: Path, overlay: Path | None) -> Iterator["Hub"]:
    """The hub of a configuration folder; configuration problems and refusals end the command with one clear text."""
    from banks.strict import Misconfigured
    from gateway.domain.errors import HubError
    from gateway.wiring import build

    try:
        hub = build(config, os.environ, overlay=overlay)
    except Misconfigured as err:
        typer.echo(str(err), err=True)
        raise typer.Exit(EXIT_USAGE) from err
    try:
        yield hub
    except HubError as err:
        refuse(err.message, err.code)
    finally:
        hub.close()


def refuse(message: str, code: str) -> NoReturn:
    """Ends the command: what was asked for cannot be done."""
    typer.echo(f"{message} ({code})", err=True)
    raise typer.Exit(EXIT_REFUSED)


def chosen(kind: type[Choice], value: str | None, option: str) -> Choice | None:
    """The choice that was named, or None where none was; ends the command with all there are where it is none."""
    if value is None or value in set(kind):
        return None if value is None else kind(value)
    choices = ", ".join(kind)
    raise typer.BadParameter(f"'{value}' is none; choose one of {choices}.", param_hint=option)


def plain(value: Any) -> Any:
    """A row as JSON values: amounts as text, moments in ISO form."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value


def show(
    rows: Iterable[Any], columns: Sequence[str], *, as_json: bool, following: str | None = None,
    hidden: Sequence[str] = (),
) -> None:  # fmt: skip
    """Rows as a table of some columns, or as JSON lines with everything that is not ``hidden``.

    ``following`` is the cursor of the next page.
    """
    if as_json:
        for row in rows:
            facts = {name: value for name, value in plain(row).items() if name not in hidden}
            print(json.dumps(facts, ensure_ascii=False))
        return
    table = [list(columns), *([_cell(getattr(row, name)) for name in columns] for row in rows)]
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    for line in table:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    if following is not None:
        typer.echo(f"More with --after {following}", err=True)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, list | tuple | frozenset):
        return "; ".join(_cell(one) for one in value) or "-"
    if is_dataclass(value):
        parts = {one.name: getattr(value, one.name) for one in fields(value)}
        held = " (held)" if parts.pop("held", False) else ""
        return " ".join(_cell(one) for one in parts.values()) + held
    return str(plain(value))
