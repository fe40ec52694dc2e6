"""Answers on an SFTP server: which files are whole, and putting them away. The listing is not trusted."""

import fnmatch
import logging
import posixpath
import stat
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from banks.channel import RemoteDocument
from banks.connectors.sftp_client import Client, Said
from banks.errors import Refused
from banks.filenames import safe_name
from banks.settings import AfterFetch, Pickup, SftpSettings

LISTING_MAX = 100_000
"""Entries read of one folder; a longer listing is a fault of the bank's server."""
ARCHIVE_NAMES_MAX = 100
"""How often a name may be re-used in the archive folder before a person must look."""

log = logging.getLogger(__name__)


def listed(client: Client, settings: SftpSettings, *, sleep: Callable[[float], None]) -> list[RemoteDocument]:
    """The files whose size is the same before and after the wait the profile names, in order of name."""
    pickup = settings.pickup
    before = _all(client, settings)
    if not before or pickup.stable_wait_s == 0:
        return before
    sleep(pickup.stable_wait_s)
    sizes = {document.locator: (document.size, document.modified_at) for document in before}
    return [
        document
        for document in _all(client, settings)
        if sizes.get(document.locator) == (document.size, document.modified_at)
    ]


def put_away(client: Client, settings: SftpSettings, document: RemoteDocument) -> None:
    """Does with a stored answer what the profile says. Repeatable: a file that is gone was put away before."""
    after = settings.pickup.after_fetch
    if after is AfterFetch.DELETE:
        removed(client, document.locator)
    elif after is AfterFetch.ARCHIVE:
        folder = settings.directories.archive
        if folder is None:
            raise Refused("The profile names no archive folder.")
        _move(client, document.locator, folder)


def is_unfinished(name: str, pickup: Pickup) -> bool:
    """Tells names that somebody is still writing to, by the profile's patterns."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in pickup.ignore)


def _all(client: Client, settings: SftpSettings) -> list[RemoteDocument]:
    return [document for folder in settings.directories.inbox for document in _in(client, folder, settings.pickup)]


def _in(client: Client, folder: str, pickup: Pickup) -> Iterable[RemoteDocument]:
    found = []
    for count, entry in enumerate(client.listdir_iter(folder)):
        if count >= LISTING_MAX:
            raise Refused(f"{folder} lists more than {LISTING_MAX:,} entries.")
        name = entry.filename
        if not stat.S_ISREG(entry.st_mode or 0) or is_unfinished(name, pickup):
            continue
        if "/" in name or "\x00" in name:
            log.warning("bank.name_refused", extra={"folder": folder, "offered": safe_name(name)})
            continue
        modified = None if entry.st_mtime is None else datetime.fromtimestamp(entry.st_mtime, UTC)
        document = RemoteDocument(name=name, size=entry.st_size, modified_at=modified)
        found.append(replace(document, name=safe_name(name), locator=posixpath.join(folder, name)))
    return sorted(found, key=lambda document: document.locator)


def removed(client: Client, path: str) -> bool:
    """Removes a file; False when it was not there any more."""
    try:
        client.remove(path)
    except Said as err:
        if not err.missing:
            raise
        return False
    return True


def _move(client: Client, path: str, folder: str) -> None:
    """Renames into the archive; a name that is taken there gets a number, because no answer replaces another."""
    stem = posixpath.join(folder, posixpath.basename(path))
    for number in range(1, ARCHIVE_NAMES_MAX + 1):
        target = stem if number == 1 else f"{stem}.{number}"
        try:
            client.rename(path, target)
        except Said as err:
            if not _exists(client, path):
                return
            if not _exists(client, target):
                raise Refused(f"{path} cannot be moved to {target}: {err}.") from err
        else:
            return
    raise Refused(f"{folder} already holds {ARCHIVE_NAMES_MAX} files named like {posixpath.basename(path)}.")


def _exists(client: Client, path: str) -> bool:
    try:
        client.stat(path)
    except Said as err:
        if err.missing:
            return False
        raise
    return True
