"""Values that cannot be wrong: each is valid by construction or does not exist.

What a bank *sent* may be wrong and is kept as text by the models; what payhub *pays with* goes through here.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from formats.codes.currencies import MINOR_UNITS
from formats.codes.iban_lengths import IBAN_LENGTHS
from formats.errors import InvalidValue

_AMOUNT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
_LEI = re.compile(r"[A-Z0-9]{18}\d{2}", re.ASCII)
_CREDITOR_REFERENCE = re.compile(r"RF\d{2}[A-Z0-9]{1,21}", re.ASCII)
_LETTER_NUMBERS = str.maketrans({chr(letter): str(letter - 55) for letter in range(ord("A"), ord("Z") + 1)})
AMOUNT_DIGITS_MAX = 18
"""Total digits ISO 20022 allows in an amount (ActiveOrHistoricCurrencyAndAmount)."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount as somebody sent it: any sign, any number of decimals, currency as written or None.

    ``text`` is what stood in the message; equality and hashing look at the value and the currency only.
    """

    value: Decimal
    currency: str | None
    text: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.text:
            object.__setattr__(self, "text", format(self.value, "f"))

    @classmethod
    def parse(cls, text: str, currency: str | None) -> "Money":
        """Reads a plain decimal (no exponent, no grouping); raises :class:`InvalidValue` otherwise."""
        return cls(decimal(text), currency, text.strip())


def decimal(text: str) -> Decimal:
    """A plain decimal number, exactly; raises :class:`InvalidValue` for exponents, NaN, grouping and blanks."""
    stripped = text.strip()
    if _AMOUNT.fullmatch(stripped) is None:
        raise InvalidValue(f"'{text}' is not a decimal number.", value=text, code="value.decimal")
    try:
        return Decimal(stripped)
    except InvalidOperation as err:  # pragma: no cover - the pattern admits only what Decimal reads
        raise InvalidValue(f"'{text}' is not a decimal number.", value=text, code="value.decimal") from err


@dataclass(frozen=True, slots=True)
class Amount:
    """A payable amount: more than zero, a known currency, and no more decimals than that currency has (ISO 4217)."""

    value: Decimal
    currency: str

    def __post_init__(self) -> None:
        problem = amount_problem(self.value, self.currency)
        if problem is not None:
            raise InvalidValue(problem, value=f"{self.value} {self.currency}", code="value.amount")

    def __str__(self) -> str:
        return f"{self.value:f} {self.currency}"


def amount_problem(value: Decimal, currency: str) -> str | None:
    """Why ``value`` in ``currency`` cannot be paid, in words, or None."""
    units = MINOR_UNITS.get(currency)
    if units is None:
        return f"{currency} is not a currency code of ISO 4217."
    if not value.is_finite() or value <= 0:
        return "An amount to pay must be more than zero."
    _, digits, exponent = value.normalize().as_tuple()
    decimals = max(0, -int(exponent))
    if decimals > units:
        return f"{currency} has {units} decimals, not {decimals}."
    if len(digits) + max(0, int(exponent)) > AMOUNT_DIGITS_MAX:
        return f"An amount has at most {AMOUNT_DIGITS_MAX} digits."
    return None


def mod97(text: str) -> int:
    """ISO 7064 MOD 97-10 of an alphanumeric text: letters count A=10 … Z=35."""
    return int(text.translate(_LETTER_NUMBERS)) % 97


def iban_problem(text: str) -> str | None:
    """Why ``text`` (compact, upper case) is not an IBAN, in words, or None (ISO 13616; rulebook GEN-020)."""
    if _IBAN.fullmatch(text) is None:
        return "An IBAN is two letters, two digits, then letters and digits, without blanks."
    length = IBAN_LENGTHS.get(text[:2])
    if length is None:
        return f"{text[:2]} is not a country that uses IBANs."
    if len(text) != length:
        return f"An IBAN of {text[:2]} has {length} characters, this one has {len(text)}."
    if mod97(text[4:] + text[:4]) != 1:
        return "The check digits of this IBAN are wrong; retype it from the invoice."
    return None


@dataclass(frozen=True, slots=True)
class Iban:
    """An IBAN, stored compact and upper case (ISO 13616)."""

    text: str

    def __post_init__(self) -> None:
        compact = re.sub(r"[\s-]", "", self.text).upper()
        object.__setattr__(self, "text", compact)
        problem = iban_problem(compact)
        if problem is not None:
            raise InvalidValue(problem, value=compact, code="value.iban")

    def __str__(self) -> str:
        return self.text

    @property
    def country(self) -> str:
        """ISO 3166 code of the account's country."""
        return self.text[:2]

    @property
    def grouped(self) -> str:
        """In blocks of four, as people read it."""
        return " ".join(self.text[i : i + 4] for i in range(0, len(self.text), 4))


@dataclass(frozen=True, slots=True)
class Bic:
    """A BIC of 8 or 11 characters; the first four may hold digits (ISO 9362:2022, rulebook GEN-021)."""

    text: str

    def __post_init__(self) -> None:
        if _BIC.fullmatch(self.text) is None or self.text == "NOTPROVIDED":
            raise InvalidValue("A BIC has 8 or 11 characters: bank, country, place.", value=self.text, code="value.bic")

    def __str__(self) -> str:
        return self.text

    @property
    def country(self) -> str:
        """ISO 3166 code of the bank's country."""
        return self.text[4:6]


@dataclass(frozen=True, slots=True)
class Lei:
    """A legal entity identifier: 20 characters, ISO 17442 check digits."""

    text: str

    def __post_init__(self) -> None:
        if _LEI.fullmatch(self.text) is None or mod97(self.text) != 1:
            raise InvalidValue("This LEI has a wrong length or check digit.", value=self.text, code="value.lei")

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class CreditorReference:
    """An ISO 11649 creditor reference: RF, two check digits, up to 21 characters."""

    text: str

    def __post_init__(self) -> None:
        compact = self.text.replace(" ", "").upper()
        object.__setattr__(self, "text", compact)
        if _CREDITOR_REFERENCE.fullmatch(compact) is None or mod97(compact[4:] + compact[:4]) != 1:
            raise InvalidValue("The check digits of this RF reference are wrong.", value=compact, code="value.rf")

    def __str__(self) -> str:
        return self.text
