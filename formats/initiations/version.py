"""What one version of an initiation can say and how it says it: the only place versions differ when writing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from formats.initiation import Address

_ADDRESS = {
    "department": "Dept",
    "sub_department": "SubDept",
    "street": "StrtNm",
    "building_number": "BldgNb",
    "building_name": "BldgNm",
    "floor": "Flr",
    "post_box": "PstBx",
    "room": "Room",
    "post_code": "PstCd",
    "town": "TwnNm",
    "town_location": "TwnLctnNm",
    "district": "DstrctNm",
    "country_subdivision": "CtrySubDvsn",
    "country": "Ctry",
}
"""The fields of an address and their elements, in the order of the standard."""


@dataclass(frozen=True, slots=True)
class AddressForm:
    """Which of the address's elements a version has; ``typed`` where the type of address is an element of its own."""

    without: tuple[str, ...]
    typed: bool
    tags: tuple[str, ...] = field(init=False)
    texts: Callable[[Address], tuple[str | None, ...]] = field(init=False)

    def __post_init__(self) -> None:
        has = [name for name in _ADDRESS if name not in self.without]
        get: Any = attrgetter(*has)
        object.__setattr__(self, "tags", tuple(_ADDRESS[name] for name in has))
        object.__setattr__(self, "texts", get)

    def lacking(self, address: Address) -> str | None:
        """The element of the first field the address fills and this version does not have."""
        return next((_ADDRESS[name] for name in self.without if getattr(address, name) is not None), None)


ADDRESS_2009 = AddressForm(("building_name", "floor", "post_box", "room", "town_location", "district"), typed=False)
"""PostalAddress6."""
ADDRESS_2019 = AddressForm((), typed=True)
"""PostalAddress24."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version as a table. The defaults are those of the newest; a version file names what differs."""

    message: str
    bic: str = "BICFI"
    any_bic: str = "AnyBIC"
    address: AddressForm
    dated_choice: bool = True
    """ReqdExctnDt is a choice of Dt and DtTm (rulebook GEN-016)."""
    lei: bool = True
    uetr: bool = True
    unit_currency: bool = True
    """UnitCcy of the exchange rate."""
    coded_instruction: bool = True
    """InstrForDbtrAgt has an element for its text."""
    typed_documents: bool = False
    """Dates and amounts of referred documents carry their type as a code."""

    @property
    def namespace(self) -> str:
        """The namespace of its Document."""
        return f"urn:iso:std:iso:20022:tech:xsd:{self.message}"
