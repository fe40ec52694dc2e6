"""A bank is data: one TOML file. Reads the files strictly, and tells every problem of all of them at once."""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from banks import filenames, profile_api, profile_channels, profile_limits, profile_pgp, settings
from banks.settings import BankProfile
from banks.settings_pgp import PgpSettings
from banks.strict import Misconfigured, Problem, Table, chosen, merged, short
from formats.camt055 import VERSIONS as RECALL_VERSIONS
from formats.charsets import CHARSETS
from formats.codes.other_reasons import CANCELLATION
from formats.rules.policy import InvalidOverride, policy

BANK_NAME = r"[a-z][a-z0-9-]{1,30}"
BIC = r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?"
MESSAGE = r"pain\.001\.001\.\d\d"
UNCHANGED = "utf-8"
"""The character set of a bank that takes every letter."""
PURPOSE = r"[A-Z]{4}"
CONVENTIONS = ("following", "preceding", "modified_following", "modified_preceding", "nearest")
INSTANT_CALENDAR = ""
MIDNIGHT = "00:00"
PROFILE_BYTES_MAX = 256 * 1024
ANSWER_DAYS_MAX = 250
"""Banking days: about a year."""
SPAN = re.compile(r"([1-9]\d?) (banking day|month)s?")
ANY_TIME = "any time"
__all__ = ["BankProfile", "load", "read"]


def load(folder: Path, *, overlay: Path | None = None) -> Mapping[str, BankProfile]:
    """All profiles of ``folder/*.toml`` by name. Raises :class:`banks.strict.Misconfigured` with every problem found.

    A file of the same name in ``overlay`` is laid on top, key by key: that is how a deployment (or the demo) moves a
    bank to another host and port without copying its profile.
    """
    problems: list[Problem] = []
    found: dict[str, BankProfile] = {}
    for path in sorted(folder.glob("*.toml")):
        content = _content(path, overlay, problems)
        if content is None:
            continue
        table = Table(content=content, file=short(path), problems=problems)
        before = len(problems)
        bank = read(table)
        if bank.name != path.stem:
            table.complain("name", f"is {bank.name!r}, but the file is called {path.name}: they must agree")
        if len(problems) == before:
            found[bank.name] = bank
    if not folder.is_dir():
        problems.append(Problem(file=short(folder), key="", message="the folder of bank profiles is not there"))
    if problems:
        raise Misconfigured(problems)
    return found


def _content(path: Path, overlay: Path | None, problems: list[Problem]) -> dict[str, Any] | None:
    content: dict[str, Any] = {}
    above = overlay / path.name if overlay is not None else None
    for layer in (path, above):
        if layer is None or not layer.exists():
            continue
        try:
            if layer.stat().st_size > PROFILE_BYTES_MAX:
                problems.append(Problem(file=short(layer), key="", message=f"is over {PROFILE_BYTES_MAX} bytes"))
                return None
            content = merged(content, tomllib.loads(layer.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
            problems.append(Problem(file=short(layer), key="", message=f"cannot be read as TOML: {err}"))
            return None
    return content


def read(table: Table) -> BankProfile:
    """One settings. What could not be read has a stand-in value and a line in ``table.problems``."""
    name = table.text("name", shape=BANK_NAME)
    file = _file(table.table("file", required=True))
    bank = BankProfile(
        name=name,
        title=table.text("title", name),
        bic=table.text("bic", shape=BIC),
        channel=_channel(table.table("channel", required=True)),
        file=file,
        products=tuple(_product(item, file) for item in table.tables("products")),
        answers=_answers(table.table("answers")),
        rules=_rules(table.table("rules")),
        polling=profile_limits.polling(table.table("polling")),
        limits=profile_limits.limits(table.table("limits")),
        holidays=frozenset(table.days("holidays")),
        early_closings=_early_closings(table),
        callback=profile_api.callback(table.table("callback")) if "callback" in table.content else None,
        pgp=_pgp(table),
        recall=_recall(table, file),
    )
    table.taken.add("callback")
    names = [product.name for product in bank.products]
    if not names:
        table.complain("products", "at least one [[products]] is needed, or nothing can be sent")
    for twice in sorted({item for item in names if names.count(item) > 1}):
        table.complain("products", f"{twice!r} is there twice")
    table.close()
    return bank


def _file(table: Table) -> settings.FileFormat:
    batch_booking = table.flag("batch_booking", default=True) if "batch_booking" in table.content else None
    table.taken.add("batch_booking")
    read_ = settings.FileFormat(
        name=table.text("name"),
        message=table.text("message", shape=MESSAGE),
        charset=table.text("charset", "epc", among=(*CHARSETS, UNCHANGED)),
        batch_booking=batch_booking,
        transactions_max=table.number("transactions_max", 100_000, least=1, most=1_000_000),
    )
    for problem in filenames.problems(read_.name) if read_.name else ():
        table.complain("name", problem)
    table.close()
    return read_


def _product(table: Table, file: settings.FileFormat) -> settings.Product:
    instant = table.flag("instant", default=False)
    read_ = settings.Product(
        name=table.text("name", shape=r"[a-z][a-z0-9_-]{0,30}"),
        message=table.text("message", file.message, shape=MESSAGE),
        service_level=table.optional("service_level", shape=r"[A-Z0-9]{1,4}"),
        local_instrument=table.optional("local_instrument", shape=r"[A-Z0-9]{1,35}"),
        currency=table.optional("currency", shape=r"[A-Z]{3}"),
        calendar=table.text("calendar", INSTANT_CALENDAR if instant else None),
        time_zone=table.zone("time_zone"),
        cutoff=table.clock("cutoff", MIDNIGHT if instant else None),
        days_before_value=table.number("days_before_value", 0, most=10),
        margin_minutes=table.number("margin_minutes", 15, most=720),
        on_late=settings.OnLate(chosen(table, "on_late", settings.OnLate, settings.OnLate.ROLL)),
        directory=table.optional("directory"),
        processing_minutes=table.number("processing_minutes", 0, most=720),
        calendars_too=table.texts("calendars_too", ()),
        instant=instant,
        roll=_roll(table.table("roll")),
    )
    if instant and ("cutoff" in table.content or "calendar" in table.content):
        table.complain("instant", "an instant product has no cut-off and no calendar: take cutoff and calendar out")
    table.close()
    return read_


def _roll(table: Table) -> dict[str, str]:
    """Conventions by category purpose: ``default = "following"``, ``SALA = "preceding"``."""
    found = {}
    for key in table.content:
        if key != "default" and re.fullmatch(PURPOSE, key) is None:
            table.complain(key, "is neither 'default' nor a category purpose code such as SALA")
        found[key] = table.text(key, among=CONVENTIONS)
    return found


def _early_closings(table: Table) -> dict[date, time]:
    found = {}
    for row in table.tables("early_closings"):
        day, at = row.day("day"), row.clock("cutoff")
        if day is not None:
            found[day] = at
        row.close()
    return found


def _answers(table: Table) -> settings.Answers:
    part = chosen(table, "part_unlisted", settings.PartUnlisted, settings.PartUnlisted.PENDING)
    read_ = settings.Answers(
        part_unlisted=settings.PartUnlisted(part),
        positive_reports=table.flag("positive_reports", default=True),
        expected_minutes=table.number("expected_minutes", 60, least=1, most=10_080),
    )
    table.close()
    return read_


def _pgp(table: Table) -> PgpSettings | None:
    if "pgp" not in table.content:
        table.taken.add("pgp")
        return None
    if isinstance(channel := table.content.get("channel"), dict) and channel.get("connector") == "https":
        table.complain("pgp", "is for banks that take files (sftp, folder); an API is protected by TLS and signatures")
    return profile_pgp.pgp(table.table("pgp"))


def _recall(table: Table, file: settings.FileFormat) -> settings.RecallFormat | None:
    if "recall" not in table.content:
        table.taken.add("recall")
        return None
    if isinstance(channel := table.content.get("channel"), dict) and channel.get("connector") == "https":
        table.complain("recall", "is for banks that take files (sftp, folder); call a bank that has an API")
    own = table.table("recall")
    read_ = settings.RecallFormat(
        message=own.text("message", among=tuple(RECALL_VERSIONS)), name=own.text("name", file.name),
        directory=own.optional("directory"),
        answer_days=own.number("answer_days", settings.RECALL_ANSWER_DAYS, most=ANSWER_DAYS_MAX),
        ask_within=_ask_within(own.table("ask_within")),
        late=settings.LateRecall(chosen(own, "late", settings.LateRecall, settings.LateRecall.REFUSE)),
    )  # fmt: skip
    for problem in filenames.problems(read_.name) if read_.name else ():
        own.complain("name", problem)
    own.close()
    return read_


def _ask_within(table: Table) -> dict[str, settings.Span]:
    """What the profile says by reason (``DUPL = "10 banking days"``), over what is usual in SEPA."""
    within = dict(settings.RECALL_ASK_WITHIN)
    for code, text in table.strings().items():
        if code not in CANCELLATION:
            table.complain(code, f"is no reason for a recall; known are {', '.join(sorted(CANCELLATION))}")
        found = SPAN.fullmatch(text)
        if text == ANY_TIME:
            within.pop(code, None)
        elif found is None:
            table.complain(code, f"{text!r} is neither like '10 banking days' or '13 months' nor '{ANY_TIME}'")
        else:
            within[code] = settings.Span(count=int(found[1]), unit=settings.SpanUnit(f"{found[2]}s"))
    return within


def _rules(table: Table) -> dict[str, Any]:
    """A level word for each rule, or tables with severity, dates and the rule's own values: the library says which."""
    rules = dict(table.content)
    table.taken.update(rules)
    try:
        policy("iso", rules)
    except InvalidOverride as err:
        for problem in err.problems:
            table.complain("", problem)
    return rules


def _channel(table: Table) -> settings.ChannelSettings:
    connector = table.text("connector", among=tuple(CHANNELS))
    read_ = CHANNELS.get(connector, profile_channels.folder)(table)
    if connector in CHANNELS:
        table.close()
    return read_


CHANNELS: Mapping[str, Callable[[Table], settings.ChannelSettings]] = {
    "sftp": profile_channels.sftp,
    "https": profile_api.https,
    "folder": profile_channels.folder,
}
