"""What one version of an initiation can say and how it says it: the only place versions differ when writing."""

from collections.abc import Mapping
from dataclasses import dataclass

ADDRESS_2009: Mapping[str, str] = {
    "department": "Dept",
    "sub_department": "SubDept",
    "street": "StrtNm",
    "building_number": "BldgNb",
    "post_code": "PstCd",
    "town": "TwnNm",
    "country_subdivision": "CtrySubDvsn",
    "country": "Ctry",
}
"""PostalAddress6, in the order of the standard."""
ADDRESS_2019: Mapping[str, str] = {
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
"""PostalAddress24, in the order of the standard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version as a table. The defaults are those of the newest; a version file names what differs."""

    message: str
    bic: str = "BICFI"
    any_bic: str = "AnyBIC"
    address: Mapping[str, str]
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
