"""The model as XML text: parties, accounts and agents. Strings, because a tree costs four times as much.

Every function gives one element, or nothing where there is nothing to say. What a version has no element for is
:class:`Unbuildable` with the element's path; nothing is left out silently.
"""

from formats.errors import Unbuildable
from formats.initiation import Account, Address, Agent, Identification, Party
from formats.initiations.version import Version
from formats.values import Money

UNKNOWN_AGENT = Agent(other="NOTPROVIDED")
"""The standard requires a bank of each side; where it is not known, this is how SEPA says so (rulebook GEN-022)."""


def escaped(text: str) -> str:
    """Text as XML: three characters and the carriage return, which a parser would otherwise turn into a line feed."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if "\r" in text:
        text = text.replace("\r", "&#13;")
    return text


def element(tag: str, text: str | None) -> str:
    """A leaf, or nothing where there is no text."""
    return "" if text is None else f"<{tag}>{escaped(text)}</{tag}>"


def flag(tag: str, value: bool | None) -> str:
    """A boolean, or nothing where it is not said."""
    return "" if value is None else f"<{tag}>{'true' if value else 'false'}</{tag}>"


def choice(tag: str, code: str | None, own: str | None) -> str:
    """A choice of Cd and Prtry. Raises :class:`Unbuildable` where both are given."""
    if code is None:
        return "" if own is None else f"<{tag}><Prtry>{escaped(own)}</Prtry></{tag}>"
    if own is not None:
        raise Unbuildable(
            f"{tag} holds a code ({code}) and a proprietary word ({own}); only one is possible.", path=tag
        )
    return f"<{tag}><Cd>{escaped(code)}</Cd></{tag}>"


def money(tag: str, amount: Money) -> str:
    """An amount with its currency. Raises :class:`Unbuildable` where either is missing."""
    if amount.currency is None or not amount.value.is_finite():
        raise Unbuildable(f"'{amount.text} {amount.currency or ''}' is not an amount with a currency.", path=tag)
    return f'<{tag} Ccy="{escaped(amount.currency)}">{amount.value:f}</{tag}>'


def lacks(version: Version, tag: str, what: str) -> Unbuildable:
    """The error for a field the version has no element for."""
    return Unbuildable(
        f"{version.message} has no element for {what} ({tag}). Leave it out, or choose a newer version.", path=tag
    )


def address(value: Address | None, version: Version) -> str:
    """PstlAdr."""
    if value is None:
        return ""
    form = version.address
    if form.without and (tag := form.lacking(value)) is not None:
        raise lacks(version, f"PstlAdr/{tag}", "this part of an address")
    parts = "".join(
        [
            f"<{tag}>{escaped(text)}</{tag}>"
            for tag, text in zip(form.tags, form.texts(value), strict=True)
            if text is not None
        ]
    )
    if value.lines:
        parts += "".join([f"<AdrLine>{escaped(line)}</AdrLine>" for line in value.lines])
    if value.type_code in _ADDRESS_TYPES:
        # banks ignore the type of an address or ask for it to be left out (rulebook ADR-07); it is kept as sent
        code = f"<Cd>{value.type_code}</Cd>" if form.typed else value.type_code
        parts = f"<AdrTp>{code}</AdrTp>{parts}"
    return f"<PstlAdr>{parts}</PstlAdr>"


_ADDRESS_TYPES = frozenset({"ADDR", "PBOX", "HOME", "BIZZ", "MLTO", "DLVY"})


def party(tag: str, value: Party | None, version: Version, *, required: bool = False) -> str:
    """A party; an empty one only where the standard requires the element."""
    if value is None:
        return f"<{tag}/>" if required else ""
    name = value.name
    try:
        content = (
            ("" if name is None else f"<Nm>{escaped(name)}</Nm>")
            + ("" if value.address is None else address(value.address, version))
            + _ids(value, version)
            + ("" if value.residence is None else element("CtryOfRes", value.residence))
        )
    except Unbuildable as err:
        raise under(tag, err) from err
    if not content:
        return f"<{tag}/>" if required else ""
    return f"<{tag}>{content}</{tag}>"


def under(tag: str, err: Unbuildable) -> Unbuildable:
    """The same error, seen from one element further out."""
    return Unbuildable(err.message, code=err.code, path=f"{tag}/{err.path}" if err.path else tag, line=err.line)


def _ids(value: Party, version: Version) -> str:
    born = value.birth_date or value.birth_town or value.birth_country or value.birth_province
    if not value.private:
        if value.bic is None and value.lei is None and not value.ids:
            if born:
                raise Unbuildable("Only a person (private) has a date and place of birth.", path="Id/OrgId")
            return ""
        if value.lei is not None and not version.lei:
            raise lacks(version, "Id/OrgId/LEI", "an LEI")
        others = "".join(_other(other) for other in value.ids)
        return f"<Id><OrgId>{element(version.any_bic, value.bic)}{element('LEI', value.lei)}{others}</OrgId></Id>"
    if value.bic is not None or value.lei is not None:
        raise Unbuildable("A person (private) has neither a BIC nor an LEI.", path="Id/PrvtId")
    if not born and not value.ids:
        return ""
    birth = ""
    if born:
        if value.birth_date is None or value.birth_town is None or value.birth_country is None:
            raise Unbuildable("A birth needs its date, its town and its country.", path="Id/PrvtId/DtAndPlcOfBirth")
        birth = (
            f"<DtAndPlcOfBirth><BirthDt>{value.birth_date.isoformat()}</BirthDt>"
            f"{element('PrvcOfBirth', value.birth_province)}{element('CityOfBirth', value.birth_town)}"
            f"{element('CtryOfBirth', value.birth_country)}</DtAndPlcOfBirth>"
        )
    return f"<Id><PrvtId>{birth}{''.join(_other(other) for other in value.ids)}</PrvtId></Id>"


def _other(value: Identification) -> str:
    scheme = choice("SchmeNm", value.scheme, value.scheme_proprietary)
    return f"<Othr><Id>{escaped(value.value)}</Id>{scheme}{element('Issr', value.issuer)}</Othr>"


def account(tag: str, value: Account | None) -> str:
    """An account by its IBAN or its other number."""
    if value is None:
        return ""
    if value.iban is not None and value.other is not None:
        raise Unbuildable("An account has an IBAN or another number, not both.", path=f"{tag}/Id")
    if value.iban is not None:
        number = f"<Id><IBAN>{escaped(value.iban)}</IBAN></Id>"
    elif value.other is not None:
        scheme = choice("SchmeNm", value.scheme, value.scheme_proprietary)
        number = f"<Id><Othr><Id>{escaped(value.other)}</Id>{scheme}{element('Issr', value.issuer)}</Othr></Id>"
    elif value.proxy is not None:
        number = ""
    else:
        raise Unbuildable("The account has no number.", path=f"{tag}/Id")
    proxy = ""
    if value.proxy is not None:
        proxy_kind = choice("Tp", value.proxy_type, value.proxy_type_proprietary)
        proxy = f"<Prxy>{proxy_kind}<Id>{escaped(value.proxy)}</Id></Prxy>"
    kind = choice("Tp", value.type_code, value.type_proprietary)
    return f"<{tag}>{number}{kind}{element('Ccy', value.currency)}{element('Nm', value.name)}{proxy}</{tag}>"


def agent(tag: str, value: Agent | None, version: Version) -> str:
    """A bank."""
    if value is None:
        return ""
    if value.lei is not None and not version.lei:
        raise lacks(version, f"{tag}/FinInstnId/LEI", "an LEI")
    member = ""
    if value.member_id is not None:
        system = choice("ClrSysId", value.clearing_system, value.clearing_system_proprietary)
        member = f"<ClrSysMmbId>{system}<MmbId>{escaped(value.member_id)}</MmbId></ClrSysMmbId>"
    elif value.clearing_system is not None or value.clearing_system_proprietary is not None:
        raise Unbuildable("A clearing system without the bank's number in it says nothing.", path=f"{tag}/FinInstnId")
    other = "" if value.other is None else f"<Othr><Id>{escaped(value.other)}</Id></Othr>"
    branch = "" if value.branch is None else f"<BrnchId><Id>{escaped(value.branch)}</Id></BrnchId>"
    try:
        place = address(value.address, version)
    except Unbuildable as err:
        raise under(f"{tag}/FinInstnId", err) from err
    return (
        f"<{tag}><FinInstnId>{element(version.bic, value.bic)}{member}{element('LEI', value.lei)}"
        f"{element('Nm', value.name)}{place}{other}</FinInstnId>{branch}</{tag}>"
    )
