"""``payhub cutoffs``: today's and tomorrow's windows with what waits for each, and "what if" for another moment."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from gateway.cli.hub import DEFAULT_CONFIG, EXIT_USAGE, Config, Json, Overlay, opened, show

if TYPE_CHECKING:  # the database's side is imported when a command runs
    from gateway.persistence.queries import Group, WindowLine

app = typer.Typer(help="Cut-offs and what waits for them.", invoke_without_command=True)
COLUMNS = ("bank", "product", "value_date", "opens_at", "release_by", "left", "waiting", "on_late")
MINUTES_OF_AN_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One window as a line of the table, in the reader's zone."""

    bank: str
    product: str
    value_date: str
    opens_at: str
    release_by: str
    left: str
    waiting: str
    on_late: str | None


@app.callback()
def cutoffs(
    context: typer.Context,
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    bank: Annotated[str | None, typer.Option(help="Only of this bank.")] = None,
    at: Annotated[
        str | None, typer.Option(help="What if it were approved then? 15:42 (today) or 2026-12-24T15:42.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Your time zone; the machine's unless told.")] = None,
    as_json: Json = False,
) -> None:
    """Shows the windows of today and tomorrow, how long each is open, what waits for it and for whom."""
    if context.invoked_subcommand is None:
        _show(config, overlay, bank=bank, at=at, zone=zone, as_json=as_json)


@app.command("list")
def list_cutoffs(
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    bank: Annotated[str | None, typer.Option(help="Only of this bank.")] = None,
    as_json: Json = False,
) -> None:
    """The same, under the name that other nouns have."""
    _show(config, overlay, bank=bank, at=None, zone=None, as_json=as_json)


def _show(
    config: Config, overlay: Overlay, *, bank: str | None, at: str | None, zone: str | None, as_json: bool
) -> None:
    from gateway.persistence import queries

    with opened(config, overlay) as hub, hub.reading() as connection:
        now, here = hub.clock.now(), _zone(zone)
        approved_at = None if at is None else _moment(at, now.astimezone(here))
        lines = queries.list_cutoffs(
            connection, queries.EVERYTHING, at=now, routes=hub.routes, accounts=hub.accounts, approved_at=approved_at,
            bank=bank,
        )  # fmt: skip
        if as_json:
            show(lines, COLUMNS, as_json=True)
            return
        show([_shown(one, here) for one in lines], COLUMNS, as_json=False)


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as err:
        typer.echo(f"There is no time zone {name!r}; write one like Europe/Vienna.", err=True)
        raise typer.Exit(EXIT_USAGE) from err


def _moment(text: str, now: datetime) -> datetime:
    """``15:42`` is today's, in the reader's zone; a date with a time may bring a zone of its own."""
    try:
        if "T" not in text and " " not in text:
            clock = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a wall time, put into a zone below
            return now.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
        found = datetime.fromisoformat(text)
    except ValueError as err:
        typer.echo(f"{text!r} is no moment; write 15:42 or 2026-12-24T15:42.", err=True)
        raise typer.Exit(EXIT_USAGE) from err
    return found if found.tzinfo is not None else found.replace(tzinfo=now.tzinfo)


def _shown(line: "WindowLine", here: tzinfo | None) -> Shown:
    release = line.release_by.astimezone(here)
    return Shown(
        bank=line.bank, product=line.product, value_date=str(line.value_date), left=_left(line.minutes_left),
        opens_at=f"{line.opens_at.astimezone(here):%a %H:%M}", release_by=f"{release:%a %d %b %H:%M %Z}",
        on_late=line.on_late, waiting="; ".join(_words(one) for one in line.waiting),
    )  # fmt: skip


def _words(one: "Group") -> str:
    what = "for approval" if one.state == "validated" else "to leave"
    return f"{one.count} payments, {one.currency} {one.amount} {what}"


def _left(minutes: int) -> str:
    if minutes < 0:
        return "closed"
    hours, rest = divmod(minutes, MINUTES_OF_AN_HOUR)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"
