"""Trials of channels that carry files: SFTP servers and local folders."""

import os
import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path

from banks.connectors.sftp_client import Client, Said
from banks.connectors.sftp_session import (
    LINE_BROKEN,
    connect,
    hang_up,
    log_in,
    open_client,
)
from banks.errors import ChannelError, Refused
from banks.host_keys import fingerprint
from banks.secrets import Secrets
from banks.settings import AfterFetch, Directories, FolderSettings, SftpSettings
from banks.trial import Trial

ASK_PERMISSION = "Ask the bank to give our login this permission, or correct the folder in the profile."
NOT_PROBED = "not tried: the profile does not say probe = true"


def sftp(bank: str, settings: SftpSettings, secrets: Secrets, ids: Callable[[], str]) -> Iterator[Trial]:
    """Greeting and host key, login, folders, and a probe file where the profile allows one."""
    try:
        transport = connect(bank, settings)
    except ChannelError as err:
        advice = (
            "Compare the new fingerprint with the bank by telephone, then pin it in host_keys."
            if isinstance(err, Refused)
            else "Something else than an SSH server answers, or the bank turned us away: ask the bank."
        )
        yield Trial(what="host key", ok=False, found=err.message, advice=advice)
        return
    try:
        shown = fingerprint(transport.get_remote_server_key().asbytes())
        yield Trial(what="host key", ok=True, found=f"is the pinned one, {shown}")
        try:
            log_in(bank, settings, secrets, transport)
        except ChannelError as err:
            advice = f"Has the bank our public key for {settings.username}? Is the login open?"
            yield Trial(what="login", ok=False, found=f"{err.message} ({err.detail})", advice=advice)
            return
        yield Trial(what="login", ok=True, found=f"{settings.username} is accepted")
        try:
            client = open_client(bank, settings, transport)
        except ChannelError as err:
            yield Trial(what="SFTP", ok=False, found=err.message, advice="Ask the bank to open SFTP for our login.")
            return
        yield from _on_server(client, settings, ids)
    finally:
        hang_up(transport)


def _on_server(client: Client, settings: SftpSettings, ids: Callable[[], str]) -> Iterator[Trial]:
    try:
        for name, folder in _folders(settings.directories, settings.pickup.after_fetch):
            yield _listed(client, name, folder)
        if not settings.probe:
            yield Trial(what="write and rename", ok=None, found=NOT_PROBED)
        else:
            yield _probed(client, settings, ids())
    except LINE_BROKEN as err:
        yield Trial(what="line", ok=False, found=f"broke ({err!r})", advice="Try again; if it stays so, ask the bank.")


def _folders(directories: Directories, after: AfterFetch) -> Iterator[tuple[str, str]]:
    yield "outbox", directories.outbox
    if directories.staging != directories.outbox:
        yield "staging", directories.staging
    for folder in directories.inbox:
        yield "inbox", folder
    optional = {"work": directories.work, "done": directories.done}
    if after is AfterFetch.ARCHIVE:
        optional["archive"] = directories.archive
    for name, place in optional.items():
        if place is not None:
            yield name, place


def _listed(client: Client, name: str, folder: str) -> Trial:
    what = f"folder {name}"
    try:
        count = len(client.listdir(folder))
    except Said as err:
        found = f"{folder} cannot be listed ({err})"
        return Trial(what=what, ok=False, found=found, advice=ASK_PERMISSION)
    return Trial(what=what, ok=True, found=f"{folder} lists {count} entries")


def _probed(client: Client, settings: SftpSettings, token: str) -> Trial:
    """Writes, renames and removes a hidden file that carries no payment."""
    first = posixpath.join(settings.directories.staging, f".payhub-probe-{token}.tmp")
    second = posixpath.join(settings.directories.staging, f".payhub-probe-{token}.renamed.tmp")
    act, there = "written", []
    try:
        client.write_whole(first, b"payhub probe\n", exclusive=True, fsync=settings.fsync)
        there = [first]
        if settings.rename:
            act = "renamed"
            client.rename(first, second)
            there = [second]
        act = "removed"
        client.remove(there.pop())
    except Said as err:
        left = f"; {there[0]} was left there" if there else ""
        found = f"a probe file cannot be {act} in {settings.directories.staging} ({err}){left}"
        return Trial(what="write and rename", ok=False, found=found, advice=ASK_PERMISSION)
    return Trial(what="write and rename", ok=True, found="a probe file was written, renamed and removed")


def folder(settings: FolderSettings) -> Iterator[Trial]:
    """Each folder, whether we may write there, and whether a rename from staging is atomic."""
    for name, place in _folders(settings.directories, settings.pickup.after_fetch):
        path = Path(place)
        wanted = os.R_OK | os.W_OK | os.X_OK if name in {"outbox", "staging", "archive"} else os.R_OK | os.X_OK
        fine = path.is_dir() and os.access(path, wanted)
        found = f"{place} is there and open to us" if fine else f"{place} is missing or closed to us"
        yield Trial(what=f"folder {name}", ok=fine, found=found, advice="" if fine else "Make it, or give us access.")
    staging, outbox = Path(settings.directories.staging), Path(settings.directories.outbox)
    if staging.is_dir() and outbox.is_dir():
        same = staging.stat().st_dev == outbox.stat().st_dev
        advice = "" if same else "Put staging on the file system of the outbox: only then is a rename atomic."
        found = "staging and outbox are on one file system" if same else "staging and outbox are on two file systems"
        yield Trial(what="rename", ok=same, found=found, advice=advice)
