"""Character sets banks accept, as tables, and the replacing of what lies outside them.

Texts (names, addresses, remittance) are replaced; identifiers never: one that holds a character outside the set is
:class:`Unbuildable`, because a changed reference finds nothing again (rulebook GEN-011, GEN-012, SCT-12, CH-21).
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from importlib.resources import files
from typing import Any, TypeVar

from formats.errors import Unbuildable
from formats.initiation import (
    Address,
    CreditTransfer,
    Initiation,
    Party,
    PaymentInformation,
    StructuredRemittance,
)

_LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_SAFE = frozenset(_LATIN + "/-?:().,'+ ")
"""What every bank of SEPA and SWIFT accepts (SWIFT's set x)."""
_SWISS = frozenset(chr(point) for point in (*range(0x20, 0x7F), *range(0xA0, 0x180))) | frozenset("ȘșȚț€")
_TABLES: dict[str, dict[str, str]] = tomllib.loads(files("formats").joinpath("letters.toml").read_text("utf-8"))
UNKNOWN = "."
"""What stands for a character no table knows."""


@dataclass(frozen=True, slots=True)
class Charset:
    """What a bank accepts, and what is written instead of the rest."""

    name: str
    allowed: frozenset[str]
    instead: Mapping[str, str]

    def text(self, value: str) -> str:
        """``value`` with everything outside the set replaced; the same object where nothing is."""
        if self.allowed.issuperset(value):
            return value
        return "".join(
            [one if one in self.allowed else self._other(one) for one in unicodedata.normalize("NFC", value)]
        )

    def _other(self, character: str) -> str:
        known = self._known(character)
        if known is not None:
            return known
        bare = [one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one)]
        return "".join([one if one in self.allowed else self._known(one) or UNKNOWN for one in bare]) or UNKNOWN

    def _known(self, character: str) -> str | None:
        known = self.instead.get(character)
        if known is None and (upper := self.instead.get(character.upper())) is not None:
            known = upper.lower()
        return known

    def refuses(self, identifier: str) -> str | None:
        """The first character of an identifier that lies outside the set, or None."""
        return next((one for one in identifier if one not in self.allowed), None)


_COMMON = {**_TABLES["punctuation"], **_TABLES["letters"], **_TABLES["scripts"]}
CHARSETS: dict[str, Charset] = {
    one.name: one
    for one in (
        Charset("epc", _SAFE, {**_COMMON, **_TABLES["epc"]}),
        Charset("german", _SAFE, {**_COMMON, **_TABLES["umlauts"]}),
        Charset("german-umlauts", _SAFE | frozenset("ÄÖÜäöüß&*$%"), _COMMON),
        Charset("swiss", _SWISS, _COMMON),
        Charset("swift-x", _SAFE, {**_COMMON, **_TABLES["umlauts"]}),
    )
}
"""The tables a bank profile chooses from: ``epc`` drops accents (EPC217-08), ``german`` writes ae, oe, ue and ss,
``german-umlauts`` is what German banks take within the country, ``swiss`` Latin-1, Latin Extended-A and a few more
(SPS), ``swift-x`` the set of MT messages."""

_Whole = TypeVar("_Whole", Initiation, PaymentInformation, CreditTransfer)
_IDENTIFIERS = ("message_id", "id", "instruction_id", "end_to_end_id")


def transliterated(message: Initiation, charset: Charset) -> Initiation:
    """The message with its texts in ``charset``; blocks and payments are done as they are walked.

    Raises :class:`Unbuildable`, with the path and the line, for an identifier outside the set and for a name of which
    nothing is left; lengths are for the schema and the rules to test, after this.
    """
    done = _part(message, charset, "GrpHdr")
    if isinstance(message.batches, tuple):
        return replace(done, batches=tuple(_blocks(message.batches, charset)))
    return replace(done, batches=_blocks(message.batches, charset))


def alone(part: _Whole, charset: Charset) -> _Whole:
    """A single header, block (without its payments) or payment in ``charset``; the same object where nothing changes.

    Raises :class:`Unbuildable` as :func:`transliterated` does.
    """
    return _part(part, charset, "")


def _blocks(blocks: Iterable[PaymentInformation], charset: Charset) -> Iterator[PaymentInformation]:
    for number, block in enumerate(blocks, 1):
        path = f"PmtInf[{number}]"
        done = _part(block, charset, path)
        payments = _payments(block.payments, charset, path)
        yield replace(done, payments=tuple(payments) if isinstance(block.payments, tuple) else payments)


def _payments(payments: Iterable[CreditTransfer], charset: Charset, path: str) -> Iterator[CreditTransfer]:
    for number, payment in enumerate(payments, 1):
        yield _part(payment, charset, f"{path}/payment[{number}]")


def _part(part: _Whole, charset: Charset, path: str) -> _Whole:
    """Header, block or payment: its identifiers tested, its texts replaced, everything else left alone."""
    line = getattr(part, "line", None)
    for name in _IDENTIFIERS:
        identifier = getattr(part, name, None)
        refused = charset.refuses(identifier) if identifier else None
        if refused is not None:
            raise Unbuildable(
                f"Reference '{identifier}' holds a character banks refuse ({refused}). Change it where it was made.",
                code="build.identifier",
                path=f"{path}/{name}",
                line=line,
            )
    changes: dict[str, Any] = {}
    for name in _TEXTS[type(part)]:
        value = getattr(part, name)
        if value:
            try:
                new = _value(value, charset)
            except Unbuildable as err:
                raise Unbuildable(err.message, code=err.code, path=f"{path}/{name}", line=line) from err
            if new is not value:
                changes[name] = new
    return replace(part, **changes) if changes else part


_TEXT_FIELDS = frozenset({
    "initiating_party", "debtor", "creditor", "ultimate_debtor", "ultimate_creditor", "remittance",
    "structured_remittance", "instruction_for_debtor_agent",
})  # fmt: skip
_TEXTS = {
    kind: tuple(one.name for one in fields(kind) if one.name in _TEXT_FIELDS)
    for kind in (Initiation, PaymentInformation, CreditTransfer)
}


def _value(value: Any, charset: Charset) -> Any:
    if isinstance(value, str):
        return charset.text(value)
    if isinstance(value, Party):
        return _party(value, charset)
    if isinstance(value, StructuredRemittance):
        return _same_or(value, additional=_value(value.additional, charset))
    assert isinstance(value, tuple), f"{type(value).__name__} is no text of a message"
    new = tuple(_value(one, charset) for one in value)
    return value if all(a is b for a, b in zip(new, value, strict=True)) else new


def _party(value: Party, charset: Charset) -> Party:
    name = charset.text(value.name) if value.name else value.name
    if value.name and name is not None and not name.strip(UNKNOWN + " "):
        raise Unbuildable(f"Nothing is left of the name '{value.name}' in the character set.", code="build.empty_name")
    return _same_or(
        value, name=name, address=_address(value.address, charset), birth_town=_maybe(value.birth_town, charset)
    )


def _address(value: Address | None, charset: Charset) -> Address | None:
    if value is None:
        return None
    changes: dict[str, Any] = {
        one: charset.text(text)
        for one in _ADDRESS
        if (text := getattr(value, one)) is not None and not charset.allowed.issuperset(text)
    }
    lines = _value(value.lines, charset)
    return replace(value, **changes, lines=lines) if changes or lines is not value.lines else value


_ADDRESS = tuple(one.name for one in fields(Address) if one.name not in {"lines", "country", "type_code"})


def _maybe(value: str | None, charset: Charset) -> str | None:
    return charset.text(value) if value else value


_Model = TypeVar("_Model", Party, StructuredRemittance)


def _same_or(value: _Model, **changes: Any) -> _Model:
    """``value`` itself where nothing changes, so that a payment in plain letters costs no copy."""
    if all(getattr(value, name) is new for name, new in changes.items()):
        return value
    return replace(value, **changes)
