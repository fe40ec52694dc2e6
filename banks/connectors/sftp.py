"""SFTP: the staged upload. Written and proven under a name the bank ignores, handed over by one rename that fails
if the name is taken, and looked for in every folder the bank lets us see before anything is concluded.
"""

import hashlib
import posixpath
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from banks.channel import OutboundFile, Outstanding, Presence, Receipt, RemoteDocument, Sighting
from banks.connectors import sftp_inbox
from banks.connectors.sftp_client import Client, Said
from banks.connectors.sftp_session import LINE_BROKEN, Session, open_session
from banks.errors import OutcomeUnknown, Refused, Unreachable
from banks.secrets import Secrets
from banks.settings import SftpSettings, Vanished

Broken = type[Unreachable] | type[OutcomeUnknown]


class SftpChannel:
    """One bank's SFTP server. Connects when first used, and again after the line broke."""

    def __init__(
        self,
        *,
        bank: str,
        settings: SftpSettings,
        secrets: Secrets,
        sleep: Callable[[float], None] = time.sleep,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bank = bank
        self._settings = settings
        self._secrets = secrets
        self._sleep = sleep
        self._ticks = ticks
        self._session: Session | None = None

    def stage(self, file: OutboundFile) -> None:
        """Writes the staged copy and proves its size (and its digest, where the profile asks). Nothing to do where
        the bank forbids renaming: then publishing writes.
        """
        if not self._settings.rename:
            return
        with self._speaking("staging", broken=Unreachable) as client:
            self._write(client, self._staged(file), file, exclusive=False)

    def publish(self, file: OutboundFile) -> Receipt:
        """Renames the staged copy to its final name. Never replaces a file: a taken name is compared instead."""
        with self._speaking("publishing", broken=OutcomeUnknown) as client:
            receipt = self._renamed(client, file) if self._settings.rename else self._written_directly(client, file)
            self._mark(client, file)
            return receipt

    def discard(self, file: OutboundFile) -> bool:
        """Removes the staged copy; one that is gone was removed (or handed over) before."""
        if not self._settings.rename:
            return False
        with self._speaking("removing the staged copy", broken=Unreachable) as client:
            return sftp_inbox.removed(client, self._staged(file))

    def look(self, file: OutboundFile) -> Sighting:
        """Looks in the outbox, work and done folders for the final name, then for the staged copy."""
        if not self._settings.visible:
            return Sighting(presence=Presence.UNCLEAR, evidence="the bank lets us neither stat nor list")
        with self._speaking("looking", broken=Unreachable) as client:
            found = self._find(client, file) or self._find_renamed(client, file)
            if found is not None:
                return self._judged(client, file, *found)
            staged = self._size(client, self._staged(file)) if self._settings.rename else None
        if staged == len(file.content):
            return Sighting(presence=Presence.STAGED, evidence=f"{self._staged(file)} holds {staged} bytes")
        if staged is not None:
            return Sighting(
                presence=Presence.ABSENT,
                evidence=f"{self._staged(file)} holds {staged} of {len(file.content)} bytes, not handed over",
            )
        if self._settings.vanished is Vanished.ABSENT:
            return Sighting(presence=Presence.ABSENT, evidence=f"{self._places()} show nothing of {file.name}")
        return Sighting(presence=Presence.UNCLEAR, evidence="neither staging nor final name is there")

    def inbox(self, outstanding: Sequence[Outstanding]) -> Iterable[RemoteDocument]:
        """The regular files of the answer folders whose size stands still."""
        del outstanding  # only an API is asked about orders; files come unasked
        with self._speaking("listing answers", broken=Unreachable) as client:
            return sftp_inbox.listed(client, self._settings, sleep=self._sleep)

    def fetch(self, document: RemoteDocument, *, size_max: int) -> bytes:
        """Downloads a listed file. ``Refused`` when it is larger than ``size_max`` bytes or no longer there."""
        with self._speaking(f"fetching {document.name}", broken=Unreachable) as client:
            content = client.read_whole(document.locator, size_max=size_max)
        if len(content) > size_max:
            raise Refused(f"{document.name} is larger than {size_max:,} bytes.", bank=self._bank)
        return content

    def archive(self, document: RemoteDocument) -> None:
        """Deletes, moves or leaves the file, as the profile says. A file that is gone was archived before."""
        with self._speaking(f"archiving {document.name}", broken=Unreachable) as client:
            sftp_inbox.put_away(client, self._settings, document)

    def close(self) -> None:
        """Ends the connection and its thread."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _speaking(self, act: str, *, broken: Broken) -> Iterator[Client]:
        """A connected client. A server's no becomes ``Refused``; a line that breaks meanwhile becomes ``broken``."""
        client = self._connected().client
        client.ticks, client.act_ends_at = self._ticks, self._ticks() + self._settings.act_timeout_s
        try:
            yield client
        except Said as err:
            raise Refused(f"The bank's server refused {act}: {err}.", bank=self._bank, detail=f"{err.code}") from err
        except LINE_BROKEN as err:
            self.close()
            raise broken(f"The line broke while {act}.", bank=self._bank, detail=repr(err)) from err

    def _connected(self) -> Session:
        if self._session is not None and not self._session.alive:
            self.close()
        if self._session is None:
            self._session = open_session(self._bank, self._settings, self._secrets)
        return self._session

    def _renamed(self, client: Client, file: OutboundFile) -> Receipt:
        staged, final = self._staged(file), self._final(file)
        try:
            client.rename(staged, final)
        except Said as err:
            if not self._settings.visible:
                raise OutcomeUnknown(
                    f"The rename was refused ({err}): it may have happened before, and we may not look.",
                    bank=self._bank,
                ) from err
            if not err.missing:  # some servers say "permission denied" or just "failure" for a taken or missing name
                if self._size(client, final) is not None:
                    return self._name_taken(client, file)
                if self._size(client, staged) is not None:
                    raise
            return self._handed_over_before(client, file)
        try:
            size = self._size(client, final)
        except Said as err:
            return Receipt(evidence=f"renamed to {final}; the server does not let us look at it ({err})")
        if not self._settings.visible:
            return Receipt(evidence=f"renamed to {final}, the server says; it does not let us look at it")
        if size is None:
            return Receipt(evidence=f"renamed to {final}; the bank took it away at once")
        if size != len(file.content):
            raise OutcomeUnknown(f"{final} holds {size} of {len(file.content)} bytes after renaming.", bank=self._bank)
        return Receipt(evidence=f"renamed to {final}, {size} bytes")

    def _handed_over_before(self, client: Client, file: OutboundFile) -> Receipt:
        """The staged copy is gone. It had been proven, so the rename happened, unless the server sweeps such names."""
        found = self._find(client, file) or self._find_renamed(client, file)
        if found is not None:
            sighting = self._judged(client, file, *found)
            if sighting.presence is not Presence.UNCLEAR:
                return Receipt(evidence=sighting.evidence, already=True)
            raise Refused(f"The name {file.name} is taken by another file: {sighting.evidence}.", bank=self._bank)
        self._prove_folders(client, file)
        if self._settings.vanished is Vanished.HANDED_OVER:
            evidence = f"the staged copy is gone and the bank took {file.name} away: it was handed over before"
            return Receipt(evidence=evidence, already=True)
        raise OutcomeUnknown(f"Neither the staged copy nor {file.name} is there.", bank=self._bank)

    def _prove_folders(self, client: Client, file: OutboundFile) -> None:
        """A missing folder looks like a missing file, and must not be taken for a file that was taken away."""
        for folder in (self._settings.directories.staging, posixpath.dirname(self._final(file))):
            try:
                client.stat(folder)
            except Said as err:
                if err.missing:
                    raise Refused(f"The folder {folder} is not there.", bank=self._bank) from err
                raise

    def _name_taken(self, client: Client, file: OutboundFile) -> Receipt:
        final = self._final(file)
        sighting = self._judged(client, file, final, self._size(client, final), compare=True)
        if sighting.presence is Presence.UNCLEAR:
            raise Refused(f"The name {file.name} is taken by another file: {sighting.evidence}.", bank=self._bank)
        with suppress(Said):  # tidiness only: the copy has done its work
            client.remove(self._staged(file))
        return Receipt(evidence=sighting.evidence, already=True)

    def _written_directly(self, client: Client, file: OutboundFile) -> Receipt:
        """For banks that forbid renaming: no staging, and a half-written file is a doubt that we cannot settle."""
        final = self._final(file)
        found = self._find(client, file)
        if found is None:
            self._write(client, final, file, exclusive=True)
            return Receipt(evidence=f"written to {final}, {len(file.content)} bytes")
        sighting = self._judged(client, file, *found)
        if sighting.presence is not Presence.UNCLEAR:
            return Receipt(evidence=sighting.evidence, already=True)
        raise OutcomeUnknown(f"{file.name} is there, but not whole: {sighting.evidence}.", bank=self._bank)

    def _write(self, client: Client, path: str, file: OutboundFile, *, exclusive: bool) -> None:
        client.write_whole(path, file.content, exclusive=exclusive, fsync=self._settings.fsync)
        if not self._settings.visible:
            return
        size = self._size(client, path)
        if size != len(file.content):
            raise Refused(
                f"{path} holds {size} of {len(file.content)} bytes: is the bank's disk or our quota full?",
                bank=self._bank,
            )
        if self._settings.read_back and self._digest(client, path, file) != file.sha256:
            raise Refused(f"{path} does not hold the bytes that were sent.", bank=self._bank)

    def _mark(self, client: Client, file: OutboundFile) -> None:
        marker = self._marker(file)
        if marker is None or self._size(client, self._final(file)) is None:
            return
        if self._size(client, marker) is None:
            client.write_whole(marker, b"", exclusive=False, fsync=False)

    def _find(self, client: Client, file: OutboundFile) -> tuple[str, int | None] | None:
        """Where the final name is shown, and its size."""
        for folder in self._seen_folders(file):
            path = posixpath.join(folder, file.name)
            size = self._size(client, path)
            if size is not None:
                return path, size
        return None

    def _find_renamed(self, client: Client, file: OutboundFile) -> tuple[str, int | None] | None:
        """Where a bank that adds something to the names of files it works on (``NAME.done``) shows one of our size."""
        for folder in self._seen_folders(file):
            with suppress(Said):  # a folder that cannot be listed shows nothing
                for entry in client.listdir_iter(folder):
                    if entry.filename.startswith(f"{file.name}.") and entry.st_size == len(file.content):
                        return posixpath.join(folder, entry.filename), entry.st_size
        return None

    def _seen_folders(self, file: OutboundFile) -> list[str]:
        directories = self._settings.directories
        folders = (posixpath.dirname(self._final(file)), directories.work, directories.done)
        return [folder for folder in folders if folder is not None]

    def _judged(
        self, client: Client, file: OutboundFile, path: str, size: int | None, *, compare: bool = False
    ) -> Sighting:
        """Whether the file at ``path`` is ours and whole. Its bytes are compared where the profile asks or the name
        was found taken, if the bank lets us read them.
        """
        evidence = f"{path} holds {size} bytes"
        if size != len(file.content):
            return Sighting(presence=Presence.UNCLEAR, evidence=f"{evidence}, not {len(file.content)}")
        if compare or self._settings.read_back:
            digest = self._digest(client, path, file)
            if digest not in {None, file.sha256}:
                return Sighting(presence=Presence.UNCLEAR, evidence=f"{evidence} with sha256 {digest}")
            evidence += f", sha256 {'agrees' if digest else 'cannot be read'}"
        marker = self._marker(file)
        if marker is not None and path == self._final(file) and self._size(client, marker) is None:
            return Sighting(presence=Presence.STAGED, evidence=f"{evidence}, but its marker is missing")
        return Sighting(presence=Presence.DELIVERED, evidence=evidence)

    def _digest(self, client: Client, path: str, file: OutboundFile) -> str | None:
        try:
            return hashlib.sha256(client.read_whole(path, size_max=len(file.content))).hexdigest()
        except Said:
            return None

    def _size(self, client: Client, path: str) -> int | None:
        """The size of a file, or None when there is none (or nothing may be seen). A server that forbids stat is asked
        for its listing.
        """
        if not self._settings.visible:
            return None
        try:
            return client.stat(path).st_size
        except Said as err:
            if err.missing:
                return None
            folder, name = posixpath.split(path)
            entries = client.listdir_attr(folder)
            return next((entry.st_size for entry in entries if entry.filename == name), None)

    def _staged(self, file: OutboundFile) -> str:
        if file.staging_name == file.name:
            raise ValueError("The staging name must differ from the final name.")
        return posixpath.join(self._settings.directories.staging, file.staging_name)

    def _final(self, file: OutboundFile) -> str:
        return posixpath.join(file.directory or self._settings.directories.outbox, file.name)

    def _marker(self, file: OutboundFile) -> str | None:
        template = self._settings.marker
        return (
            None
            if template is None
            else posixpath.join(posixpath.dirname(self._final(file)), template.format(name=file.name))
        )

    def _places(self) -> str:
        directories = self._settings.directories
        return ", ".join(
            place for place in (directories.outbox, directories.staging, directories.work, directories.done) if place
        )
