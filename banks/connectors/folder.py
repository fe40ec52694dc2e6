"""A local folder that somebody else empties and fills: a file transfer product, an EBICS client, a practice bank."""

import fnmatch
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from banks.channel import OutboundFile, Outstanding, Presence, Receipt, RemoteDocument, Sighting
from banks.errors import OutcomeUnknown, Refused
from banks.filenames import safe_name
from banks.settings import AfterFetch, FolderSettings, Vanished

ARCHIVE_NAMES_MAX = 100


class FolderChannel:
    """Hands files over by one rename, which is atomic: a reader sees the whole file or none. Unlike SFTP's, the local
    rename would replace a name that is there, so it is looked for first; names are never used twice, so that only we
    ourselves could come between.
    """

    def __init__(self, *, bank: str, settings: FolderSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._bank = bank
        self._settings = settings
        self._sleep = sleep

    def stage(self, file: OutboundFile) -> None:
        """Writes the staged copy, and has it on the disk when it returns."""
        with self._asking("staging"), self._staged(file).open("wb") as opened:
            opened.write(file.content)
            opened.flush()
            if self._settings.fsync:
                os.fsync(opened.fileno())

    def publish(self, file: OutboundFile) -> Receipt:
        """Gives the staged copy its final name."""
        with self._asking("publishing"):
            receipt = self._handed_over(file)
            self._mark(file)
            return receipt

    def discard(self, file: OutboundFile) -> bool:
        """Removes the staged copy; one that is gone was removed (or handed over) before."""
        with self._asking("removing the staged copy"):
            try:
                self._staged(file).unlink()
            except FileNotFoundError:
                return False
        return True

    def look(self, file: OutboundFile) -> Sighting:
        """Looks for the final name in the outbox, work and done folders, then for the staged copy."""
        with self._asking("looking"):
            found = self._find(file)
            if found is not None:
                return self._judged(file, found)
            staged = _content(self._staged(file))
            if staged is not None:
                whole = hashlib.sha256(staged).hexdigest() == file.sha256
                presence = Presence.STAGED if whole else Presence.ABSENT
                return Sighting(presence=presence, evidence=f"{file.staging_name} holds {len(staged)} bytes")
        absent = self._settings.vanished is Vanished.ABSENT
        return Sighting(
            presence=Presence.ABSENT if absent else Presence.UNCLEAR, evidence="neither staging nor final name is there"
        )

    def inbox(self, outstanding: Sequence[Outstanding]) -> Iterable[RemoteDocument]:
        """The regular files of the answer folders whose size stands still."""
        del outstanding  # only an API is asked about orders; files come unasked
        with self._asking("listing answers"):
            before = list(self._listed())
            if before and self._settings.pickup.stable_wait_s:
                self._sleep(self._settings.pickup.stable_wait_s)
                again = set(self._listed())
                before = [document for document in before if document in again]
        return before

    def fetch(self, document: RemoteDocument, *, size_max: int) -> bytes:
        """Reads a listed file, at most ``size_max`` bytes."""
        with self._asking(f"fetching {document.name}"), Path(document.locator).open("rb") as opened:
            content = opened.read(size_max + 1)
        if len(content) > size_max:
            raise Refused(f"{document.name} is larger than {size_max:,} bytes.", bank=self._bank)
        return content

    def archive(self, document: RemoteDocument) -> None:
        """Deletes, moves or leaves the file, as the profile says. A file that is gone was archived before."""
        source = Path(document.locator)
        after = self._settings.pickup.after_fetch
        with self._asking(f"archiving {document.name}"):
            if after is AfterFetch.DELETE:
                source.unlink(missing_ok=True)
            elif after is AfterFetch.ARCHIVE and self._settings.directories.archive is not None:
                self._move(source, Path(self._settings.directories.archive))

    def close(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _asking(self, act: str) -> Iterator[None]:
        try:
            yield
        except OSError as err:
            raise Refused(f"{act.capitalize()} failed: {err.strerror}.", bank=self._bank, detail=repr(err)) from err

    def _handed_over(self, file: OutboundFile) -> Receipt:
        staged, final = self._staged(file), self._final(file)
        if final.exists():
            return self._name_taken(file, final)
        try:
            staged.rename(final)
        except FileNotFoundError:
            return self._handed_over_before(file)
        if self._settings.fsync:
            _fsync_folder(final.parent)
        return Receipt(evidence=f"renamed to {final.name}, {len(file.content)} bytes")

    def _name_taken(self, file: OutboundFile, place: Path) -> Receipt:
        """Ours, or somebody else's. A file taken away while we compare is left to a person: sending the copy that is
        still staged could double it.
        """
        sighting = self._judged(file, place)
        if sighting.presence is Presence.UNCLEAR:
            raise Refused(f"The name {file.name} is taken by another file: {sighting.evidence}.", bank=self._bank)
        self._staged(file).unlink(missing_ok=True)
        return Receipt(evidence=sighting.evidence, already=True)

    def _handed_over_before(self, file: OutboundFile) -> Receipt:
        found = self._find(file)
        if found is not None:
            return self._name_taken(file, found)
        for folder in (self._staged(file).parent, self._final(file).parent):
            if not folder.is_dir():
                raise Refused(f"The folder {folder} is not there.", bank=self._bank)
        if self._settings.vanished is Vanished.HANDED_OVER:
            return Receipt(evidence=f"the staged copy is gone and {file.name} was taken away", already=True)
        raise OutcomeUnknown(f"Neither the staged copy nor {file.name} is there.", bank=self._bank)

    def _find(self, file: OutboundFile) -> Path | None:
        directories = self._settings.directories
        places = (self._final(file).parent, directories.work, directories.done)
        paths = (Path(place) / file.name for place in places if place is not None)
        return next((path for path in paths if path.is_file()), None)

    def _judged(self, file: OutboundFile, path: Path) -> Sighting:
        content = _content(path)
        if content is None:
            return Sighting(presence=Presence.UNCLEAR, evidence=f"{path} was taken away while we looked")
        digest = hashlib.sha256(content).hexdigest()
        evidence = f"{path} holds {len(content)} bytes, sha256 {digest}"
        if digest != file.sha256:
            return Sighting(presence=Presence.UNCLEAR, evidence=evidence)
        marker = self._marker(file)
        if marker is not None and path == self._final(file) and not marker.exists():
            return Sighting(presence=Presence.STAGED, evidence=f"{evidence}, but its marker is missing")
        return Sighting(presence=Presence.DELIVERED, evidence=evidence)

    def _mark(self, file: OutboundFile) -> None:
        marker = self._marker(file)
        if marker is not None and self._final(file).exists():
            marker.touch()

    def _listed(self) -> Iterator[RemoteDocument]:
        for folder in self._settings.directories.inbox:
            for path in sorted(Path(folder).iterdir()):
                ignored = any(fnmatch.fnmatchcase(path.name, pattern) for pattern in self._settings.pickup.ignore)
                if ignored or path.is_symlink() or not path.is_file():
                    continue
                about = path.stat()
                modified = datetime.fromtimestamp(about.st_mtime, UTC)
                listed = RemoteDocument(name=safe_name(path.name), size=about.st_size, locator=str(path))
                yield replace(listed, modified_at=modified)

    def _move(self, source: Path, folder: Path) -> None:
        if not source.exists():
            return
        for number in range(1, ARCHIVE_NAMES_MAX + 1):
            target = folder / (source.name if number == 1 else f"{source.name}.{number}")
            if target.exists():
                continue
            try:
                source.rename(target)
            except FileNotFoundError:
                if source.exists():
                    raise
            return
        raise Refused(f"{folder} already holds {ARCHIVE_NAMES_MAX} files named like {source.name}.", bank=self._bank)

    def _staged(self, file: OutboundFile) -> Path:
        if file.staging_name == file.name:
            raise ValueError("The staging name must differ from the final name.")
        return Path(self._settings.directories.staging) / file.staging_name

    def _final(self, file: OutboundFile) -> Path:
        return Path(file.directory or self._settings.directories.outbox) / file.name

    def _marker(self, file: OutboundFile) -> Path | None:
        template = self._settings.marker
        return None if template is None else self._final(file).with_name(template.format(name=file.name))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
