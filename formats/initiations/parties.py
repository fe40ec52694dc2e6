"""Who and where: parties, addresses, accounts and agents out of the elements of any version since 2005."""

from typing import Any

from formats.initiation import Account, Address, Agent, Identification, Party
from formats.initiations.notes import Notes
from formats.making import maker
from formats.xml import Element

_make_address, _make_party, _make_account, _make_agent = maker(Address), maker(Party), maker(Account), maker(Agent)

_ADDRESS = {
    "Dept": "department",
    "SubDept": "sub_department",
    "StrtNm": "street",
    "BldgNb": "building_number",
    "BldgNm": "building_name",
    "Flr": "floor",
    "PstBx": "post_box",
    "Room": "room",
    "PstCd": "post_code",
    "TwnNm": "town",
    "TwnLctnNm": "town_location",
    "DstrctNm": "district",
    "CtrySubDvsn": "country_subdivision",
    "Ctry": "country",
}
_BIRTH = {"PrvcOfBirth": "birth_province", "CityOfBirth": "birth_town", "CtryOfBirth": "birth_country"}
_IDS_OF_2005 = {
    "BkPtyId": "BANK",
    "DUNS": "DUNS",
    "TaxIdNb": "TXID",
    "DrvrsLicNb": "DRLC",
    "CstmrNb": "CUST",
    "SclSctyNb": "SOSE",
    "AlnRegnNb": "ARNU",
    "PsptNb": "CCPT",
    "IdntyCardNb": "NIDN",
    "MplyrIdNb": "EMPL",
}
"""Version .02 had an element for each kind of id; since then the same kinds are codes."""


def address(element: Element, notes: Notes) -> Address:
    """PstlAdr."""
    values: dict[str, Any] = {}
    lines: list[str] = []
    skip = notes.skip
    for child in element:
        name = child.tag[skip:]
        if name == "AdrLine":
            lines.append(child.text or "")
        elif (field := _ADDRESS.get(name)) is not None:
            values[field] = child.text
        elif name == "AdrTp":
            code = child[0] if len(child) else child
            values["type_code"] = code.text or code.tag[skip:]
            if code.text is None:
                notes.leave(code)
        else:
            notes.leave(child)
    if lines:
        values["lines"] = tuple(lines)
    return _make_address(values)


def party(element: Element, notes: Notes) -> Party:
    """Dbtr, Cdtr, InitgPty and the ultimate ones."""
    values: dict[str, Any] = {}
    skip = notes.skip
    for child in element:
        name = child.tag[skip:]
        if name == "Nm":
            values["name"] = child.text
        elif name == "PstlAdr":
            values["address"] = address(child, notes)
        elif name == "Id":
            for kind in child:
                _party_ids(kind, values, notes)
        elif name == "CtryOfRes":
            values["residence"] = child.text
        else:
            notes.leave(child)
    return _make_party(values)


def _party_ids(element: Element, values: dict[str, Any], notes: Notes) -> None:
    """OrgId or PrvtId."""
    if element.tag[notes.skip :] == "PrvtId":
        values["private"] = True
    ids: list[Identification] = []
    for child in element:
        name = child.tag[notes.skip :]
        if name in ("AnyBIC", "BICOrBEI", "BIC", "BEI"):
            values["bic"] = child.text
        elif name == "LEI":
            values["lei"] = child.text
        elif name in ("Othr", "PrtryId", "OthrId"):
            ids.append(identification(child, notes))
        elif name == "DtAndPlcOfBirth":
            _birth(child, values, notes)
        elif name in _IDS_OF_2005:
            ids.append(Identification(value=child.text or "", scheme=_IDS_OF_2005[name]))
        else:
            notes.leave(child)
    if ids:
        values["ids"] = (*values.get("ids", ()), *ids)


def _birth(element: Element, values: dict[str, Any], notes: Notes) -> None:
    for child in element:
        name = child.tag[notes.skip :]
        if name == "BirthDt":
            values["birth_date"] = notes.day(child)
        elif name in _BIRTH:
            values[_BIRTH[name]] = child.text
        else:
            notes.leave(child)


def identification(element: Element, notes: Notes) -> Identification:
    """Othr: an id, its scheme and who issued it."""
    values: dict[str, Any] = {"value": ""}
    for child in element:
        name = child.tag[notes.skip :]
        if name == "Id":
            values["value"] = child.text or ""
        elif name == "SchmeNm":
            code_or_own(child, "scheme", values, notes)
        elif name == "IdTp":
            values["scheme_proprietary"] = child.text
        elif name == "Issr":
            values["issuer"] = child.text
        else:
            notes.leave(child)
    return Identification(**values)


def code_or_own(element: Element, field: str, values: dict[str, Any], notes: Notes) -> None:
    """A choice of Cd and Prtry into ``field`` and ``field_proprietary``."""
    for child in element:
        name = child.tag[notes.skip :]
        if name == "Cd":
            values[field] = child.text
        elif name == "Prtry":
            values[f"{field}_proprietary"] = child.text
        else:
            notes.leave(child)


def account(element: Element, notes: Notes) -> Account:
    """DbtrAcct, CdtrAcct, ChrgsAcct and the accounts of agents."""
    values: dict[str, Any] = {}
    skip = notes.skip
    for child in element:
        name = child.tag[skip:]
        if name == "Id":
            for kind in child:
                _account_number(kind, values, notes)
        elif name == "Tp":
            code_or_own(child, "type", values, notes)
            if "type" in values:
                values["type_code"] = values.pop("type")
        elif name == "Ccy":
            values["currency"] = child.text
        elif name == "Nm":
            values["name"] = child.text
        elif name == "Prxy":
            _proxy(child, values, notes)
        else:
            notes.leave(child)
    return _make_account(values)


def _proxy(element: Element, values: dict[str, Any], notes: Notes) -> None:
    for child in element:
        name = child.tag[notes.skip :]
        if name == "Id":
            values["proxy"] = child.text
        elif name == "Tp":
            code_or_own(child, "proxy_type", values, notes)
        else:
            notes.leave(child)


def _account_number(element: Element, values: dict[str, Any], notes: Notes) -> None:
    name = element.tag[notes.skip :]
    if name == "IBAN":
        values["iban"] = element.text
    elif name in ("Othr", "PrtryAcct"):
        for child in element:
            part = child.tag[notes.skip :]
            if part == "Id":
                values["other"] = child.text
            elif part == "SchmeNm":
                code_or_own(child, "scheme", values, notes)
            elif part == "Issr":
                values["issuer"] = child.text
            else:
                notes.leave(child)
    elif name in ("BBAN", "UPIC"):
        values["other"], values["scheme"] = element.text, name
    else:
        notes.leave(element)


def agent(element: Element, notes: Notes) -> Agent:
    """DbtrAgt, CdtrAgt and the intermediaries: FinInstnId and BrnchId."""
    values: dict[str, Any] = {}
    skip = notes.skip
    for child in element:
        name = child.tag[skip:]
        if name == "FinInstnId":
            for part in child:
                _institution(part, values, notes)
        elif name == "BrnchId":
            for part in child:
                if part.tag[skip:] == "Id":
                    values["branch"] = part.text
                else:
                    notes.leave(part)
        else:
            notes.leave(child)
    return _make_agent(values)


def _institution(element: Element, values: dict[str, Any], notes: Notes) -> None:
    name = element.tag[notes.skip :]
    if name in _INSTITUTION:
        values[_INSTITUTION[name]] = element.text
    elif name == "PstlAdr":
        values["address"] = address(element, notes)
    elif name == "ClrSysMmbId":
        _clearing_member(element, values, notes)
    elif name in ("Othr", "PrtryId"):
        for child in element:
            if child.tag[notes.skip :] == "Id":
                values["other"] = child.text
            else:
                notes.leave(child)
    elif name in ("CmbndId", "NmAndAdr"):
        for child in element:
            _institution(child, values, notes)
    else:
        notes.leave(element)


_INSTITUTION = {"BICFI": "bic", "BIC": "bic", "LEI": "lei", "Nm": "name"}


def _clearing_member(element: Element, values: dict[str, Any], notes: Notes) -> None:
    for child in element:
        part = child.tag[notes.skip :]
        if part == "MmbId":
            values["member_id"] = child.text
        elif part == "ClrSysId":
            code_or_own(child, "clearing_system", values, notes)
        else:
            notes.leave(child)
