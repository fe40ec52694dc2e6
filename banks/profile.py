"""A bank is data: one TOML file. Reads the files strictly, and tells every problem of all of them at once."""

import base64
import binascii
import tomllib
import urllib.parse
import zoneinfo
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from banks import filenames, settings
from banks.settings import PORT_MAX, BankProfile
from banks.strict import Misconfigured, Problem, Table, merged, short
from formats.charsets import CHARSETS
from formats.rules.policy import InvalidOverride, policy

BANK_NAME = r"[a-z][a-z0-9-]{1,30}"
BIC = r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?"
MESSAGE = r"pain\.001\.001\.\d\d"
UNCHANGED = "utf-8"
"""The character set of a bank that takes every letter."""
PROFILE_BYTES_MAX = 256 * 1024
TIMEOUT_S_MAX = 600
DAY_S = 86_400
__all__ = ["BankProfile", "is_host_key", "load", "read"]
LOOPBACK = ("127.0.0.1", "::1", "localhost")


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
    )
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
    read_ = settings.Product(
        name=table.text("name", shape=r"[a-z][a-z0-9_-]{0,30}"),
        message=table.text("message", file.message, shape=MESSAGE),
        service_level=table.optional("service_level", shape=r"[A-Z0-9]{1,4}"),
        local_instrument=table.optional("local_instrument", shape=r"[A-Z0-9]{1,35}"),
        currency=table.optional("currency", shape=r"[A-Z]{3}"),
        calendar=table.text("calendar"),
        time_zone=table.text("time_zone"),
        cutoff=table.clock("cutoff"),
        days_before_value=table.number("days_before_value", 0, most=10),
        margin_minutes=table.number("margin_minutes", 15, most=720),
        on_late=settings.OnLate(_chosen(table, "on_late", settings.OnLate, settings.OnLate.ROLL)),
    )
    if read_.time_zone and read_.time_zone not in zoneinfo.available_timezones():
        table.complain("time_zone", f"{read_.time_zone!r} is not a time zone (expected a name like Europe/Vienna)")
    table.close()
    return read_


def _answers(table: Table) -> settings.Answers:
    part = _chosen(table, "part_unlisted", settings.PartUnlisted, settings.PartUnlisted.PENDING)
    read_ = settings.Answers(
        part_unlisted=settings.PartUnlisted(part),
        positive_reports=table.flag("positive_reports", default=True),
        expected_minutes=table.number("expected_minutes", 60, least=1, most=10_080),
    )
    table.close()
    return read_


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


def _chosen(table: Table, key: str, words: type[Any], default: str) -> str:
    allowed = [str(word) for word in words]
    found = table.text(key, default, among=allowed)
    return found if found in allowed else default


def _channel(table: Table) -> settings.ChannelSettings:
    connector = table.text("connector", among=tuple(CHANNELS))
    read_ = CHANNELS.get(connector, _folder)(table)
    if connector in CHANNELS:
        table.close()
    return read_


def _sftp(table: Table) -> settings.SftpSettings:
    read_ = settings.SftpSettings(
        host=table.text("host"),
        port=table.number("port", 22, least=1, most=PORT_MAX),
        username=table.text("username"),
        host_keys=table.texts("host_keys"),
        directories=_directories(table.table("directories", required=True)),
        private_key=table.secret("private_key"),
        passphrase=table.secret("passphrase"),
        password=table.secret("password"),
        rename=table.flag("rename", default=True),
        visible=table.flag("visible", default=True),
        fsync=table.flag("fsync", default=True),
        read_back=table.flag("read_back", default=False),
        probe=table.flag("probe", default=False),
        marker=_marker(table),
        vanished=_vanished(table),
        pickup=_pickup(table),
        connect_timeout_s=table.number("connect_timeout_s", 20, least=1, most=TIMEOUT_S_MAX),
        io_timeout_s=table.number("io_timeout_s", 60, least=1, most=TIMEOUT_S_MAX),
        act_timeout_s=table.number("act_timeout_s", 900, least=1, most=DAY_S),
        algorithms=_algorithms(table.table("algorithms")),
    )
    if "private_key" not in table.content and "password" not in table.content:
        table.complain("private_key", "is missing: private_key, password or both are needed to log in")
    if not read_.host_keys:
        table.complain(
            "host_keys", "at least one pinned key is needed: ask the bank for it, never take what is offered"
        )
    for key in read_.host_keys:
        if not is_host_key(key):
            table.complain("host_keys", f"{key[:30]!r} is not a public key line like 'ssh-ed25519 AAAA…'")
    return read_


def is_host_key(line: str) -> bool:
    """Tells whether ``line`` is an OpenSSH public key: its type, then base64 that begins with the same type."""
    words = line.split()
    if len(words) < 2:
        return False
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        return False
    kind = words[0].encode()
    return blob.startswith(len(kind).to_bytes(4, "big") + kind) and len(blob) > len(kind) + 4


def _algorithms(table: Table) -> dict[str, tuple[str, ...]]:
    wanted = {key: table.texts(key, ()) for key in ("kex", "ciphers", "digests", "key_types")}
    table.close()
    return {key: names for key, names in wanted.items() if names}


def _directories(table: Table) -> settings.Directories:
    outbox = table.text("outbox")
    read_ = settings.Directories(
        outbox=outbox,
        staging=table.text("staging", outbox),
        inbox=table.texts("inbox", ()),
        work=table.optional("work"),
        done=table.optional("done"),
        archive=table.optional("archive"),
    )
    table.close()
    return read_


def _marker(table: Table) -> str | None:
    marker = table.optional("marker")
    if marker is not None and (marker.count("{name}") != 1 or marker == "{name}" or "/" in marker):
        table.complain("marker", "must be a name with {name} in it, such as '{name}.ok'")
        return None
    return marker


def _vanished(table: Table) -> settings.Vanished:
    return settings.Vanished(_chosen(table, "vanished", settings.Vanished, settings.Vanished.HANDED_OVER))


def _pickup(table: Table) -> settings.Pickup:
    usual = settings.Pickup()
    read_ = settings.Pickup(
        after_fetch=settings.AfterFetch(_chosen(table, "after_fetch", settings.AfterFetch, usual.after_fetch)),
        stable_wait_s=table.number("stable_wait_s", usual.stable_wait_s, most=TIMEOUT_S_MAX),
        poll_every_s=table.number("poll_every_s", usual.poll_every_s, least=1, most=DAY_S),
        size_max=table.number("size_max", usual.size_max, least=1, most=4 * 1024 * settings.MIB),
        ignore=table.texts("ignore", usual.ignore),
    )
    archive = table.content.get("directories", {})
    if read_.after_fetch is settings.AfterFetch.ARCHIVE and isinstance(archive, dict) and "archive" not in archive:
        table.complain("directories.archive", "is missing: after_fetch = 'archive' needs a folder to move answers to")
    return read_


def _https(table: Table) -> settings.HttpsSettings:
    oauth = _oauth(table.table("oauth")) if "oauth" in table.content else None
    table.taken.add("oauth")
    read_ = settings.HttpsSettings(
        base_url=_url(table, "base_url"),
        bearer=table.secret("bearer"),
        oauth=oauth,
        ca_file=table.optional("ca_file"),
        certificate=table.secret("certificate"),
        certificate_key=table.secret("certificate_key"),
        pickup=_pickup_of_api(table),
        connect_timeout_s=table.number("connect_timeout_s", 20, least=1, most=TIMEOUT_S_MAX),
        io_timeout_s=table.number("io_timeout_s", 60, least=1, most=TIMEOUT_S_MAX),
        act_timeout_s=table.number("act_timeout_s", 900, least=1, most=DAY_S),
    )
    if ("bearer" in table.content) == (oauth is not None):
        table.complain("bearer", "either bearer or a table [channel.oauth] is needed, and not both")
    if ("certificate" in table.content) != ("certificate_key" in table.content):
        table.complain("certificate_key", "certificate and certificate_key belong together")
    return read_


def _pickup_of_api(table: Table) -> settings.Pickup:
    usual = settings.Pickup()
    return settings.Pickup(
        stable_wait_s=0,
        poll_every_s=table.number("poll_every_s", usual.poll_every_s, least=1, most=DAY_S),
        size_max=table.number("size_max", usual.size_max, least=1, most=4 * 1024 * settings.MIB),
    )


def _oauth(table: Table) -> settings.OAuthSettings:
    read_ = settings.OAuthSettings(
        token_url=_url(table, "token_url"),
        client_id=table.text("client_id"),
        client_secret=table.secret("client_secret", required=True) or "",
        scope=table.optional("scope"),
    )
    table.close()
    return read_


def _url(table: Table, key: str) -> str:
    text = table.text(key).rstrip("/")
    if text:
        parts = urllib.parse.urlsplit(text)
        plain_at_home = parts.scheme == "http" and parts.hostname in LOOPBACK
        if not parts.hostname or not (parts.scheme == "https" or plain_at_home):
            table.complain(key, f"{text!r} must be an https:// address (http:// is for this machine only)")
        if parts.username or parts.password or parts.query or parts.fragment:
            table.complain(key, "must not carry a user, a query or a fragment")
    return text


def _folder(table: Table) -> settings.FolderSettings:
    return settings.FolderSettings(
        directories=_directories(table.table("directories", required=True)),
        fsync=table.flag("fsync", default=True),
        marker=_marker(table),
        vanished=_vanished(table),
        pickup=_pickup(table),
    )


CHANNELS: Mapping[str, Callable[[Table], settings.ChannelSettings]] = {
    "sftp": _sftp,
    "https": _https,
    "folder": _folder,
}
