"""The parts of a camt message that stand in several places: parties, accounts, agents, codes, dates.

One table serves all versions, .01 to .14: a rule for an element an older version does not have is never asked.
Where versions differ, both ways stand side by side: ``Nm`` under the party (until .06) or under ``Pty`` (from .07),
``BIC`` (until .02) or ``BICFI``, a charge directly in ``Chrgs`` (until .02) or in its ``Rcrd``.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache

from formats.errors import InvalidValue
from formats.initiation import Account, Address, Agent, Identification, Party
from formats.shapes import Group, Inline, Leaf, Rule
from formats.statement import BankTransactionCode, Direction

_DIRECTIONS: dict[str, Direction] = {"CRDT": "credit", "DBIT": "debit"}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@lru_cache(maxsize=512)
def day(text: str) -> date:
    """The day of a Dt or DtTm as the bank wrote it, without shifting it to another time zone."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError as err:
        raise InvalidValue(f"'{text}' is not a date.", value=text, code="value.date") from err


def moment(text: str) -> datetime:
    """A date and time; without an offset where the bank gave none. Fractions beyond microseconds are cut."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as err:
        raise InvalidValue(f"'{text}' is not a date and time.", value=text, code="value.datetime") from err


def trimmed(text: str) -> str | None:
    """A reference without the blanks and line ends that pretty printing puts around it; None where nothing is left."""
    return text.strip() or None


def direction(text: str) -> Direction:
    """CRDT or DBIT: the side of the booking, also on a reversal (ENT-05)."""
    try:
        return _DIRECTIONS[text.strip()]
    except KeyError as err:
        raise InvalidValue(f"'{text}' is neither CRDT nor DBIT.", value=text, code="value.direction") from err


def flag(text: str) -> bool:
    """An xs:boolean."""
    try:
        return _FLAGS[text.strip()]
    except KeyError as err:
        raise InvalidValue(f"'{text}' is neither true nor false.", value=text, code="value.flag") from err


def coded(code: str, proprietary: str, *, many: bool = False) -> Inline:
    """A choice of an ISO code and the bank's own word."""
    return Inline({"Cd": Leaf(code, many=many), "Prtry": Leaf(proprietary, many=many)})


_ADDRESS: Mapping[str, Rule] = {
    "Dept": Leaf("department"),
    "SubDept": Leaf("sub_department"),
    "StrtNm": Leaf("street"),
    "BldgNb": Leaf("building_number"),
    "BldgNm": Leaf("building_name"),
    "Flr": Leaf("floor"),
    "PstBx": Leaf("post_box"),
    "Room": Leaf("room"),
    "PstCd": Leaf("post_code"),
    "TwnNm": Leaf("town"),
    "TwnLctnNm": Leaf("town_location"),
    "DstrctNm": Leaf("district"),
    "CtrySubDvsn": Leaf("country_subdivision"),
    "Ctry": Leaf("country"),
    "AdrLine": Leaf("lines", many=True),
}
ADDRESS = Group("address", Address, _ADDRESS)

_OTHER_ID = Group(
    "ids",
    Identification,
    {"Id": Leaf("value"), "SchmeNm": coded("scheme", "scheme_proprietary"), "Issr": Leaf("issuer")},
    many=True,
    required=("value",),
)
_PARTY_ID = Inline(
    {
        "OrgId": Inline(
            {
                "AnyBIC": Leaf("bic"),
                "BICOrBEI": Leaf("bic"),
                "BIC": Leaf("bic"),
                "BEI": Leaf("bic"),
                "LEI": Leaf("lei"),
                "Othr": _OTHER_ID,
                "PrtryId": _OTHER_ID,
            }
        ),
        "PrvtId": Inline(
            {
                "DtAndPlcOfBirth": Inline(
                    {
                        "BirthDt": Leaf("birth_date", day),
                        "CityOfBirth": Leaf("birth_town"),
                        "CtryOfBirth": Leaf("birth_country"),
                    }
                ),
                "Othr": _OTHER_ID,
            },
            sets={"private": True},
        ),
    }
)
_PARTY_FIELDS: Mapping[str, Rule] = {
    "Nm": Leaf("name"),
    "PstlAdr": ADDRESS,
    "Id": _PARTY_ID,
    "CtryOfRes": Leaf("residence"),
}
_AGENT_AS_PARTY = Inline(
    {
        "FinInstnId": Inline(
            {
                "BICFI": Leaf("bic"),
                "BIC": Leaf("bic"),
                "LEI": Leaf("lei"),
                "Nm": Leaf("name"),
                "PstlAdr": ADDRESS,
            }
        )
    }
)
PARTY: Mapping[str, Rule] = {**_PARTY_FIELDS, "Pty": Inline(_PARTY_FIELDS), "Agt": _AGENT_AS_PARTY}
"""A party: its fields (until .06), or a choice of Pty and Agt around them (from .07; ENT-16)."""

ACCOUNT: Mapping[str, Rule] = {
    "Id": Inline(
        {
            "IBAN": Leaf("iban", trimmed),
            "BBAN": Leaf("other"),
            "UPIC": Leaf("other"),
            "PrtryAcct": Inline({"Id": Leaf("other")}),
            "Othr": Inline({"Id": Leaf("other", trimmed), "SchmeNm": coded("scheme", "scheme_proprietary")}),
        }
    ),
    "Tp": coded("type_code", "type_code"),
    "Ccy": Leaf("currency"),
    "Nm": Leaf("name"),
}

_INSTITUTION: dict[str, Rule] = {
    "BICFI": Leaf("bic"),
    "BIC": Leaf("bic"),
    "ClrSysMmbId": Inline(
        {
            "ClrSysId": coded("clearing_system", "clearing_system_proprietary"),
            "Id": Leaf("member_id"),
            "MmbId": Leaf("member_id"),
        }
    ),
    "LEI": Leaf("lei"),
    "Nm": Leaf("name"),
    "PstlAdr": ADDRESS,
    "NmAndAdr": Inline({"Nm": Leaf("name"), "PstlAdr": ADDRESS}),
    "PrtryId": Inline({"Id": Leaf("other")}),
    "Othr": Inline({"Id": Leaf("other")}),
}
AGENT: Mapping[str, Rule] = {
    "FinInstnId": Inline({**_INSTITUTION, "CmbndId": Inline(_INSTITUTION)}),
    "BrnchId": Inline({"Id": Leaf("branch")}),
}


def party(name: str) -> Group:
    """A party under the field ``name``."""
    return Group(name, Party, PARTY)


def account(name: str) -> Group:
    """An account under the field ``name``; most entries repeat the same few."""
    return Group(name, Account, ACCOUNT, shared=True)


def agent(name: str) -> Group:
    """A bank under the field ``name``; most entries repeat the same few."""
    return Group(name, Agent, AGENT, shared=True)


def bank_code(name: str) -> Group:
    """A bank transaction code (C.3): the ISO domain, the bank's own code, or both."""
    return Group(
        name,
        BankTransactionCode,
        {
            "Domn": Inline(
                {"Cd": Leaf("domain"), "Fmly": Inline({"Cd": Leaf("family"), "SubFmlyCd": Leaf("sub_family")})}
            ),
            "Prtry": Inline({"Cd": Leaf("proprietary"), "Issr": Leaf("issuer")}),
        },
        shared=True,
    )


def date_choice(name: str) -> Inline:
    """A day, given as Dt or DtTm (BAL-06, ENT-07)."""
    return Inline({"Dt": Leaf(name, day), "DtTm": Leaf(name, day)})
