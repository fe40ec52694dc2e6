"""Secrets are named in profiles and never written there: ``env:NAME`` or ``file:/absolute/path``."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\x00]+")
SECRET_BYTES_MAX = 64 * 1024

Secrets = Callable[[str], str]
"""Gives the secret a reference names; raises :class:`SecretMissing`."""


class SecretMissing(Exception):
    """The reference names nothing that can be read: set the variable, or put the file there."""

    def __init__(self, reference: str, cause: str) -> None:
        super().__init__(f"The secret {reference} cannot be read: {cause}.")
        self.reference = reference
        self.cause = cause


def is_reference(text: str) -> bool:
    """Tells a reference from a secret somebody wrote into the profile by mistake."""
    return REFERENCE.fullmatch(text) is not None


def resolver(environment: Mapping[str, str]) -> Secrets:
    """A resolver over ``environment`` and the file system. A file's last line break is not part of the secret."""

    def resolve(reference: str) -> str:
        if not is_reference(reference):
            raise SecretMissing("(not shown)", "it is neither env:NAME nor file:/path")
        kind, _, name = reference.partition(":")
        if kind == "env":
            if name not in environment:
                raise SecretMissing(reference, f"the environment variable {name} is not set")
            return environment[name]
        return _from_file(reference, Path(name))

    return resolve


def _from_file(reference: str, path: Path) -> str:
    try:
        with path.open("rb") as opened:
            content = opened.read(SECRET_BYTES_MAX + 1)
        text = content.decode("utf-8")
    except OSError as err:
        raise SecretMissing(reference, err.strerror or "it cannot be opened") from err
    except UnicodeDecodeError as err:
        raise SecretMissing(reference, "it is not UTF-8 text") from err
    if len(content) > SECRET_BYTES_MAX:
        raise SecretMissing(reference, f"it is larger than {SECRET_BYTES_MAX} bytes")
    return text.removesuffix("\n")
