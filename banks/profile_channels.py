"""How files reach a bank: the tables of an SFTP server and of a local folder, read strictly."""

import base64
import binascii

from banks import settings
from banks.settings import DAY_S, PORT_MAX, TIMEOUT_S_MAX
from banks.strict import Table, chosen


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


def sftp(table: Table) -> settings.SftpSettings:
    """An SFTP server; what could not be read has a stand-in value and a line in ``table.problems``."""
    read_ = settings.SftpSettings(
        host=table.text("host"),
        port=table.number("port", 22, least=1, most=PORT_MAX),
        username=table.text("username"),
        host_keys=table.texts("host_keys"),
        directories=_directories(table.table("directories", required=True)),
        private_key=table.secret("private_key"),
        passphrase=table.secret("passphrase"),
        password=table.secret("password"),
        interactive=table.flag("interactive", default=False),
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
    return settings.Vanished(chosen(table, "vanished", settings.Vanished, settings.Vanished.HANDED_OVER))


def _pickup(table: Table) -> settings.Pickup:
    usual = settings.Pickup()
    read_ = settings.Pickup(
        after_fetch=settings.AfterFetch(chosen(table, "after_fetch", settings.AfterFetch, usual.after_fetch)),
        stable_wait_s=table.number("stable_wait_s", usual.stable_wait_s, most=TIMEOUT_S_MAX),
        size_max=table.number("size_max", usual.size_max, least=1, most=4 * 1024 * settings.MIB),
        ignore=table.texts("ignore", usual.ignore),
    )
    archive = table.content.get("directories", {})
    if read_.after_fetch is settings.AfterFetch.ARCHIVE and isinstance(archive, dict) and "archive" not in archive:
        table.complain("directories.archive", "is missing: after_fetch = 'archive' needs a folder to move answers to")
    return read_


def folder(table: Table) -> settings.FolderSettings:
    """A local folder."""
    return settings.FolderSettings(
        directories=_directories(table.table("directories", required=True)),
        fsync=table.flag("fsync", default=True),
        marker=_marker(table),
        vanished=_vanished(table),
        pickup=_pickup(table),
    )
