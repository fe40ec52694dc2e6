"""Trials of channels that carry files: SFTP servers and local folders."""

import os
import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from banks.connectors.sftp_client import Client, Said
from banks.connectors.sftp_session import (
    LINE_BROKEN,
    connect,
    hang_up,
    log_in,
    open_client,
)
from banks.errors import ChannelError, HostKeyChanged, Refused
from banks.host_keys import blob_of, fingerprint
from banks.secrets import Secrets
from banks.settings import MIB, AfterFetch, BankProfile, FolderSettings, HttpsSettings, SftpSettings
from banks.trial import Trial

ASK_PERMISSION = "Ask the bank to give our login this permission, or correct the folder in the profile."
ROOM_BYTES_MIN = 64 * MIB
"""Below this a bank's server is as good as full."""
NOT_PROBED = "not tried: the profile does not say probe = true"


def sftp(
    profile: BankProfile, secrets: Secrets, ids: Callable[[], str], *, confirmed: Collection[str] = ()
) -> Iterator[Trial]:  # fmt: skip
    """Greeting and host key, login, folders, room, and a probe file where the profile allows one.

    ``confirmed`` are those of the profile's host keys that the configuration does not pin.
    """
    bank, settings = profile.name, profile.channel
    assert isinstance(settings, SftpSettings), "only SFTP servers are tried so"
    try:
        transport = connect(bank, settings)
    except ChannelError as err:
        yield Trial(what="host key", ok=False, found=err.message, advice=_about_key(err))
        return
    try:
        yield _shown_key(transport.get_remote_server_key().asbytes(), confirmed)
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
        yield from _on_server(client, settings, places(profile), ids)
    finally:
        hang_up(transport)


def _about_key(error: ChannelError) -> str:
    if isinstance(error, HostKeyChanged):
        return (
            "Compare the new fingerprint with the bank by telephone. Then two administrators confirm it "
            "(payhub banks confirm-key), or the profile pins it in host_keys."
        )
    if isinstance(error, Refused):
        return "Ask the bank which algorithms it supports, and name them under [channel.algorithms]."
    return "Something else than an SSH server answers, or the bank turned us away: ask the bank."


def _shown_key(shown: bytes, confirmed: Collection[str]) -> Trial:
    if shown in [blob_of(line) for line in confirmed]:
        found = f"is the one that two administrators confirmed, {fingerprint(shown)}"
        return Trial(what="host key", ok=True, found=found, advice="Pin it in host_keys with the next release.")
    return Trial(what="host key", ok=True, found=f"is the pinned one, {fingerprint(shown)}")


def _on_server(
    client: Client, settings: SftpSettings, folders: Mapping[str, str], ids: Callable[[], str]
) -> Iterator[Trial]:  # fmt: skip
    try:
        for name, folder in folders.items():
            yield _listed(client, name, folder, visible=settings.visible)
        yield _room(client, settings.directories.staging)
        if not settings.probe:
            yield Trial(what="write and rename", ok=None, found=NOT_PROBED)
        else:
            yield _probed(client, settings, ids())
    except LINE_BROKEN as err:
        yield Trial(what="line", ok=False, found=f"broke ({err!r})", advice="Try again; if it stays so, ask the bank.")


def places(profile: BankProfile) -> Mapping[str, str]:
    """Every folder the profile uses, by what it is for; a folder that serves two ends is named once."""
    channel = profile.channel
    if isinstance(channel, HttpsSettings):
        return {}
    directories = channel.directories
    found = {"outbox": directories.outbox, "staging": directories.staging}
    found |= {f"outbox of {product.name}": product.directory for product in profile.products if product.directory}
    found |= {
        f"inbox {number}" if number > 1 else "inbox": folder for number, folder in enumerate(directories.inbox, 1)
    }
    optional = {"work": directories.work, "done": directories.done}
    if channel.pickup.after_fetch is AfterFetch.ARCHIVE:
        optional["archive"] = directories.archive
    found |= {name: place for name, place in optional.items() if place is not None}
    return {
        name: place for name, place in found.items() if place not in list(found.values())[: list(found).index(name)]
    }


def _listed(client: Client, name: str, folder: str, *, visible: bool) -> Trial:
    what = f"folder {name}"
    if not visible:
        return Trial(what=what, ok=None, found=f"not tried: the profile says that we may not look at {folder}")
    try:
        count = len(client.listdir(folder))
    except Said as err:
        found = f"{folder} cannot be listed ({err})"
        return Trial(what=what, ok=False, found=found, advice=ASK_PERMISSION)
    return Trial(what=what, ok=True, found=f"{folder} lists {count} entries")


def _room(client: Client, folder: str) -> Trial:
    try:
        free = client.free_bytes(folder)
    except Said as err:
        return Trial(what="room", ok=None, found=f"the server does not tell how much is free in {folder} ({err})")
    if free is None:
        return Trial(what="room", ok=None, found="the server does not tell how much is free")
    enough = free >= ROOM_BYTES_MIN
    advice = "" if enough else "Ask the bank to make room: an upload that does not fit is refused and waits."
    return Trial(what="room", ok=enough, found=f"{free // MIB:,} MiB are free in {folder}", advice=advice)


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


def folder(settings: FolderSettings, folders: Mapping[str, str]) -> Iterator[Trial]:
    """Each folder, whether we may write there, and whether a rename from staging is atomic."""
    for name, place in folders.items():
        path = Path(place)
        ours = name in {"staging", "archive"} or name.startswith("outbox")
        wanted = os.R_OK | os.W_OK | os.X_OK if ours else os.R_OK | os.X_OK
        fine = path.is_dir() and os.access(path, wanted)
        found = f"{place} is there and open to us" if fine else f"{place} is missing or closed to us"
        yield Trial(what=f"folder {name}", ok=fine, found=found, advice="" if fine else "Make it, or give us access.")
    staging, outbox = Path(settings.directories.staging), Path(settings.directories.outbox)
    if staging.is_dir() and outbox.is_dir():
        same = staging.stat().st_dev == outbox.stat().st_dev
        advice = "" if same else "Put staging on the file system of the outbox: only then is a rename atomic."
        found = "staging and outbox are on one file system" if same else "staging and outbox are on two file systems"
        yield Trial(what="rename", ok=same, found=found, advice=advice)
