"""Logs: one event name with fields a line, as JSON for machines or coloured for people, accounts masked in all of them.

What our code writes and what the libraries write (DBOS, uvicorn, paramiko) go through the same processors, so masking
is a property of the process and not of whoever writes a line. Correlation: a worker binds the job, the subject's id and
its fence; the API binds the request; lines below carry them.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, TextIO

import structlog

_IBAN = re.compile(
    r"(?<![0-9A-Za-z])[A-Za-z]{2}\d{2}(?:[0-9A-Za-z]{11,30}|(?: [0-9A-Z]{4}){2,7}(?: [0-9A-Z]{1,3})?)(?![0-9A-Za-z])"
)
_DIGITS_MIN = 8
"""Shortest account number that is hidden; a date written without dashes is as long and stays."""
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d))"
    rf"\d(?:[ -]?\d){{{_DIGITS_MIN - 1},33}}(?![0-9A-Za-z])"
)
_DASHED_DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
_SHOWN = 4
_MASK = "…"
_DEPTH_MAX = 8
"""Levels of nesting that are looked into; what lies deeper is written as one masked text."""


def masked(text: str) -> str:
    """``text`` with IBANs as ``DE89…3000`` and other long account numbers as ``…4321``."""
    return _NUMBER.sub(_hide_number, _IBAN.sub(_hide_iban, text))


def mask_accounts(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: masks every text of a line, however deep it lies."""
    return {key: _masked_value(value, _DEPTH_MAX) for key, value in event.items()}


CHATTY = ("httpx", "httpcore", "paramiko", "alembic", "dbos")
"""Libraries that tell every request and every tick; what matters of it is in our own log and tables."""


def configure(*, as_json: bool | None = None, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Sets up logging for this process: JSON unless ``stream`` (stderr by default) is a terminal."""
    target = stream or sys.stderr
    lines = not target.isatty() if as_json is None else as_json
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_accounts,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if lines else structlog.dev.ConsoleRenderer(colors=True)
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_accounts, renderer],
        )
    )
    root = logging.getLogger()
    for old in tuple(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in CHATTY:
        theirs = logging.getLogger(name)
        theirs.setLevel(logging.ERROR)
        theirs.handlers[:] = [logging.NullHandler()]  # DBOS would give itself one that masks nothing
        theirs.propagate = True


def _masked_value(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, bytes | bytearray):
        return masked(bytes(value).decode("utf-8", "replace"))
    if value is None or isinstance(value, bool | int | float) or callable(value):
        return value
    if depth > 0 and isinstance(value, Mapping):
        return {_masked_value(key, 0): _masked_value(inner, depth - 1) for key, inner in value.items()}
    if depth > 0 and isinstance(value, Sequence | set | frozenset):
        return [_masked_value(inner, depth - 1) for inner in value]
    return masked(str(value))


def _hide_iban(match: re.Match[str]) -> str:
    found = match[0]
    letters = found.replace(" ", "")
    if not (found.isupper() or _checks(letters)):
        return found
    return f"{letters[:_SHOWN]}{_MASK}{letters[-_SHOWN:]}"


def _hide_number(match: re.Match[str]) -> str:
    if _DASHED_DATE.match(match[0]):
        return match[0]
    return f"{_MASK}{match[0][-_SHOWN:]}"


def _checks(letters: str) -> bool:
    """Whether the check digits are right: small letters that are no IBAN are words and ids."""
    turned = letters[_SHOWN:] + letters[:_SHOWN]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1
