"""What changed between two configurations, in words: key by key, as one would say it to the person who approves."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MOVES_MONEY = ("banks/", "accounts.toml", "approvals.toml")
"""Files that two people must agree to where ``[control] configuration`` says so."""


def sources(folder: Path, overlay: Path | None) -> dict[str, str]:
    """Every file of a configuration by its name; those laid over it as ``overlay/…``."""
    found = {}
    for place, prefix in ((folder, ""), *([(overlay, "overlay/")] if overlay is not None else ())):
        for path in sorted(place.rglob("*.toml")):
            found[f"{prefix}{path.relative_to(place).as_posix()}"] = path.read_text(encoding="utf-8")
    return found


def that_move_money(files: Mapping[str, str]) -> dict[str, str]:
    """Those of the files that two people must agree to."""
    return {name: text for name, text in files.items() if name.removeprefix("overlay/").startswith(MOVES_MONEY)}


def digest(files: Mapping[str, str]) -> str:
    """One digest over names and contents."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\n{hashlib.sha256(files[name].encode()).hexdigest()}\n".encode())
    return whole.hexdigest()


def in_words(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Every difference, file by file."""
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield f"{name} is gone."
        elif name not in before:
            yield f"{name} is new."
        elif before[name] != after[name]:
            changes = list(_changes(before[name], after[name]))
            yield from (f"{name}: {one}" for one in changes or ["only its layout or comments changed."])


def _changes(before: str, after: str) -> Iterator[str]:
    old, new = dict(_flat(tomllib.loads(before))), dict(_flat(tomllib.loads(after)))
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            yield f"{key} was {old[key]!r} and is gone."
        elif key not in old:
            yield f"{key} is new: {new[key]!r}."
        elif old[key] != new[key]:
            yield f"{key} was {old[key]!r}, becomes {new[key]!r}."


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        for number, inner in enumerate(value):
            label = inner.get("name") or inner.get("iban") or number
            yield from _flat(inner, f"{key}[{label}]")
    else:
        yield key, value
