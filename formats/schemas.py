"""Where the schema of a message comes from: a folder of official XSDs first, else regenerated from `pyiso20022`.

`pyiso20022` (MIT) carries every ISO 20022 facet in the metadata of its generated dataclasses. Its modules are read as
source text and never executed, so nothing of it is imported: a schema costs some tens of milliseconds once, and a
file read afterwards. A version nobody published a schema for has none here: that is said, never guessed.
"""

import hashlib
import importlib.util
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from formats import schema_text
from formats.errors import Unreadable
from formats.schema_text import SchemaModel, read_model, write_schema

Provenance = Literal["official", "generated", "derived"]
"""official: a file of the configured folder. generated: from `pyiso20022`'s metadata. derived: generated from the
nearest published version with the differences named in :data:`DERIVED` applied."""

SCHEMA_BYTES_MAX = 4_000_000
"""The largest XSD accepted from a folder, in bytes (the largest ISO one has 200,000)."""
_ISO_MESSAGE = re.compile(r"[a-z]{4}\.\d{3}\.\d{3}\.\d{2}", re.ASCII)
_MESSAGE = re.compile(r"[A-Za-z0-9.+_-]{1,80}", re.ASCII)
_SWISS = "http://www.six-interbank-clearing.com/de/"
_ISO = "urn:iso:std:iso:20022:tech:xsd:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """An XSD and where it came from: ``text`` is the XSD as UTF-8, ``detail`` the file or package it was made of."""

    message: str
    text: bytes
    provenance: Provenance
    detail: str
    sha256: str


@dataclass(frozen=True, slots=True)
class _Derivation:
    """``base`` is the published version; ``without`` the (parent type prefix, element) pairs the derived one lacks."""

    base: str
    namespace: str
    without: tuple[tuple[str, str], ...] = ()


def _swiss(message: str, base: str) -> tuple[str, _Derivation]:
    return message, _Derivation(base, f"{_SWISS}{message}.xsd")


def _german(message: str, base: str) -> tuple[str, _Derivation]:
    return message, _Derivation(base, f"{_ISO}{message}")


DERIVED: dict[str, _Derivation] = dict(
    [
        # pain.008.001.09 added the requested advice and changed nothing else.
        (
            "pain.008.001.08",
            _Derivation("pain.008.001.09", f"{_ISO}pain.008.001.08", (("PaymentInstruction", "ReqdAdvcTp"),)),
        ),
        # National subsets: whatever they admit, their ISO version admits too, so its schema is a sound first check.
        _swiss("pain.001.001.03.ch.02", "pain.001.001.03"),
        _swiss("pain.002.001.03.ch.02", "pain.002.001.03"),
        _swiss("pain.008.001.02.ch.03", "pain.008.001.02"),
        _german("pain.001.002.03", "pain.001.001.03"),
        _german("pain.001.003.03", "pain.001.001.03"),
        _german("pain.002.002.03", "pain.002.001.03"),
        _german("pain.002.003.03", "pain.002.001.03"),
        _german("pain.008.002.02", "pain.008.001.02"),
        _german("pain.008.003.02", "pain.008.001.02"),
    ]
)


def schema_for(message: str, *, official: Path | None = None, cache: Path | None = None) -> Schema | None:
    """The schema of ``message`` (``pain.001.001.09``), or None where none exists.

    ``official`` is a folder whose ``MESSAGE.xsd`` wins; ``cache`` a folder for generated ones, by default
    :func:`default_cache`. Raises :class:`Unreadable` for an official file that is too large.
    """
    if _MESSAGE.fullmatch(message) is None:
        return None
    if official is not None and (own := official / f"{message}.xsd").is_file():
        return _official(message, own)
    return _generated(message, cache if cache is not None else default_cache())


def default_cache() -> Path:
    """The one place that decides where generated schemas are kept: a folder of this user's under the system's
    temporary one. It is used only while it belongs to this user and nobody else may write to it.
    """
    return Path(tempfile.gettempdir()) / f"payhub-schemas-{os.getuid()}"


def _official(message: str, path: Path) -> Schema:
    if path.stat().st_size > SCHEMA_BYTES_MAX:
        raise Unreadable(f"The schema {path} is larger than {SCHEMA_BYTES_MAX:,} bytes; it is not an ISO 20022 schema.")
    text = path.read_bytes()
    return Schema(message=message, text=text, provenance="official", detail=str(path), sha256=_sha256(text))


@lru_cache(maxsize=64)
def _generated(message: str, cache: Path) -> Schema | None:
    derivation = DERIVED.get(message)
    base = derivation.base if derivation is not None else message
    source = _source(base)
    if source is None:
        return None
    provenance: Provenance = "generated" if derivation is None else "derived"
    digest = _sha256(source + _writer() + f"|{message}|{derivation}".encode())
    text = _from_cache(cache, digest)
    if text is None:
        model = read_model(source.decode())
        text = write_schema(model if derivation is None else _derive(model, derivation)).encode()
        _to_cache(cache, digest, text)
    return Schema(message=message, text=text, provenance=provenance, detail=f"pyiso20022 {base}", sha256=_sha256(text))


@lru_cache(maxsize=1)
def _writer() -> bytes:
    """What writes the schemas, as part of a cache digest: another writer must not meet the old one's files."""
    return Path(schema_text.__file__).read_bytes()


def _derive(model: SchemaModel, derivation: _Derivation) -> SchemaModel:
    for type_name, kind in model.complex_types.items():
        for prefix, element in derivation.without:
            if type_name.startswith(prefix):
                kind.children[:] = [child for child in kind.children if child.name != element]
    model.namespace = derivation.namespace
    return model


def _source(message: str) -> bytes | None:
    if _ISO_MESSAGE.fullmatch(message) is None:
        return None
    spec = importlib.util.find_spec("pyiso20022")
    if spec is None or not spec.submodule_search_locations:
        return None
    module = message.replace(".", "_")
    path = Path(spec.submodule_search_locations[0]) / message[:4] / module / f"{module}.py"
    return path.read_bytes() if path.is_file() else None


def _from_cache(cache: Path, digest: str) -> bytes | None:
    path = cache / f"{digest}.xsd"
    if not _ours(cache) or not path.is_file():
        return None
    checksum, _, text = path.read_bytes().partition(b"\n")
    return text if checksum.decode("ascii", "replace") == _sha256(text) else None


def _to_cache(cache: Path, digest: str, text: bytes) -> None:
    """Keeps ``text``; a cache that cannot be written is not an error, only slower."""
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _ours(cache):
            return
        handle, temporary = tempfile.mkstemp(dir=cache)
        with os.fdopen(handle, "wb") as out:
            out.write(_sha256(text).encode() + b"\n" + text)
        Path(temporary).replace(cache / f"{digest}.xsd")
    except OSError:
        return


def _ours(cache: Path) -> bool:
    """Whether nobody else could have put a schema there."""
    try:
        status = cache.stat()
    except OSError:
        return False
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
