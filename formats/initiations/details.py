"""What a payment says beside who: its kind, its amount, its remittance, what the central bank wants to know."""

from typing import Any

from formats.initiation import Mandate, PaymentType, ReferredDocument, RegulatoryReporting, StructuredRemittance
from formats.initiations.notes import Notes
from formats.initiations.parties import account, code_or_own
from formats.xml import Element


def payment_type(element: Element, notes: Notes) -> PaymentType:
    """PmtTpInf. Since .09 the service level may come several times."""
    values: dict[str, Any] = {}
    more: list[tuple[str | None, str | None]] = []
    for child in element:
        name = child.tag[notes.skip :]
        if name == "InstrPrty":
            values["priority"] = child.text
        elif name == "SvcLvl":
            if "service_level" in values or "service_level_proprietary" in values:
                level: dict[str, Any] = {}
                code_or_own(child, "level", level, notes)
                more.append((level.get("level"), level.get("level_proprietary")))
            else:
                code_or_own(child, "service_level", values, notes)
        elif name == "LclInstrm":
            code_or_own(child, "local_instrument", values, notes)
        elif name == "CtgyPurp":
            _category(child, values, notes)
        elif name == "SeqTp":
            values["sequence"] = child.text
        else:
            notes.leave(child)
    return PaymentType(more_service_levels=tuple(more), **values)


def _category(element: Element, values: dict[str, Any], notes: Notes) -> None:
    if len(element):
        code_or_own(element, "category_purpose", values, notes)
    else:
        # in version .02 the code is the text of the element itself
        values["category_purpose"] = element.text


def amount(element: Element, values: dict[str, Any], notes: Notes) -> None:
    """Amt: InstdAmt, or EqvtAmt with the currency the payee receives."""
    for child in element:
        name = child.tag[notes.skip :]
        if name == "InstdAmt":
            values["amount"] = notes.money(child)
        elif name == "EqvtAmt":
            for part in child:
                if part.tag[notes.skip :] == "Amt":
                    values["amount"] = notes.money(part)
                elif part.tag[notes.skip :] == "CcyOfTrf":
                    values["equivalent_currency_of_transfer"] = part.text
                else:
                    notes.leave(part)
        else:
            notes.leave(child)


def remittance(element: Element, values: dict[str, Any], notes: Notes) -> None:
    """RmtInf: free lines and structured blocks."""
    lines: list[str] = []
    blocks: list[StructuredRemittance] = []
    for child in element:
        name = child.tag[notes.skip :]
        if name == "Ustrd":
            lines.append(child.text or "")
        elif name == "Strd":
            blocks.append(_structured(child, notes))
        else:
            notes.leave(child)
    if lines:
        values["remittance"] = tuple(lines)
    if blocks:
        values["structured_remittance"] = tuple(blocks)


def _structured(element: Element, notes: Notes) -> StructuredRemittance:
    values: dict[str, Any] = {}
    documents: list[dict[str, Any]] = []
    additional: list[str] = []
    unread: list[str] = []
    for child in element:
        name = child.tag[notes.skip :]
        if name == "CdtrRefInf":
            _creditor_reference(child, values, notes)
        elif name == "RfrdDocInf":
            documents.append(_document(child, notes))
        elif name == "RfrdDocAmt":
            # the standard gives a Strd block one set of amounts; they belong to its last document
            if not documents:
                documents.append({})
            _document_amounts(child, documents[-1], notes)
        elif name == "AddtlRmtInf":
            additional.append(child.text or "")
        else:
            unread.append(name)
            notes.leave(child)
    if documents:
        values["documents"] = tuple(ReferredDocument(**document) for document in documents)
    return StructuredRemittance(additional=tuple(additional), unread=tuple(unread), **values)


def _creditor_reference(element: Element, values: dict[str, Any], notes: Notes) -> None:
    for child in element:
        name = child.tag[notes.skip :]
        if name in ("Ref", "CdtrRef"):
            values["reference"] = child.text
        elif name in ("Tp", "CdtrRefTp"):
            _type(child, "reference_type", "reference_issuer", values, notes)
        else:
            notes.leave(child)


def _type(element: Element, field: str, issuer: str | None, values: dict[str, Any], notes: Notes) -> None:
    """Tp: CdOrPrtry (or, in version .02, Cd and Prtry themselves) and the issuer of the scheme."""
    for child in element:
        name = child.tag[notes.skip :]
        if name == "CdOrPrtry":
            code_or_own(child, field, values, notes)
        elif name == "Cd":
            values[field] = child.text
        elif name == "Prtry":
            values[f"{field}_proprietary"] = child.text
        elif name == "Issr" and issuer is not None:
            values[issuer] = child.text
        else:
            notes.leave(child)


def _document(element: Element, notes: Notes) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for child in element:
        name = child.tag[notes.skip :]
        if name in ("Nb", "RfrdDocNb"):
            values["number"] = child.text
        elif name in ("Tp", "RfrdDocTp"):
            _type(child, "type", None, values, notes)
            if "type" in values:
                values["type_code"] = values.pop("type")
        elif name == "RltdDt":
            # since .12 the date has a type beside it, and comes last
            values["issued_on"] = notes.day(child[-1] if len(child) else child)
        else:
            notes.leave(child)
    return values


def _document_amounts(element: Element, values: dict[str, Any], notes: Notes) -> None:
    for child in element:
        name = child.tag[notes.skip :]
        if name == "DuePyblAmt":
            values["due"] = notes.money(child)
        elif name == "RmtdAmt":
            values["remitted"] = notes.money(child)
        elif name == "RmtAmtAndTp":
            _typed_amount(child, values, notes)
        else:
            notes.leave(child)


def _typed_amount(element: Element, values: dict[str, Any], notes: Notes) -> None:
    """RmtAmtAndTp, which since .12 says by a code what an element of its own said before."""
    kind: dict[str, Any] = {}
    for child in element:
        if child.tag[notes.skip :] == "Tp":
            code_or_own(child, "kind", kind, notes)
        elif (field := _AMOUNT_KINDS.get(kind.get("kind", ""))) is not None and field not in values:
            values[field] = notes.money(child)
        else:
            notes.leave(child)


_AMOUNT_KINDS = {"DUPA": "due", "REMI": "remitted"}


def regulatory(element: Element, notes: Notes) -> RegulatoryReporting:
    """RgltryRptg, of which the first detail block is kept."""
    values: dict[str, Any] = {}
    detailed = False
    for child in element:
        name = child.tag[notes.skip :]
        if name == "DbtCdtRptgInd":
            values["indicator"] = child.text
        elif name == "Authrty":
            for part in child:
                if part.tag[notes.skip :] == "Nm":
                    values["authority"] = part.text
                elif part.tag[notes.skip :] == "Ctry":
                    values["authority_country"] = part.text
                else:
                    notes.leave(part)
        elif name == "Dtls" and not detailed:
            detailed = True
            _regulatory_details(child, values, notes)
        else:
            notes.leave(child)
    return RegulatoryReporting(**values)


def _regulatory_details(element: Element, values: dict[str, Any], notes: Notes) -> None:
    information: list[str] = []
    for child in element:
        name = child.tag[notes.skip :]
        if name == "Cd":
            values["code"] = child.text
        elif name == "Amt":
            values["amount"] = notes.money(child)
        elif name == "Inf":
            information.append(child.text or "")
        elif name == "Ctry":
            values["country"] = child.text
        elif name == "Dt":
            values["reported_on"] = notes.day(child)
        elif name == "Tp":
            values["type"] = child.text
        else:
            notes.leave(child)
    values["information"] = tuple(information)


def mandate(element: Element, values: dict[str, Any], notes: Notes) -> None:
    """DrctDbtTx: the mandate, its amendment, and the creditor id where it stands at the payment."""
    for child in element:
        name = child.tag[notes.skip :]
        if name == "MndtRltdInf":
            values["mandate"] = _mandate(child, notes)
        elif name == "CdtrSchmeId":
            values["creditor_scheme_id"] = scheme_id(child, notes)
        else:
            notes.leave(child)


def _mandate(element: Element, notes: Notes) -> Mandate:
    values: dict[str, Any] = {}
    for child in element:
        name = child.tag[notes.skip :]
        if name == "MndtId":
            values["id"] = child.text
        elif name == "DtOfSgntr":
            values["signed_on"] = notes.day(child)
        elif name == "AmdmntInd":
            values["amended"] = bool(notes.flag(child))
        elif name == "AmdmntInfDtls":
            _amendment(child, values, notes)
        else:
            notes.leave(child)
    return Mandate(**values)


def _amendment(element: Element, values: dict[str, Any], notes: Notes) -> None:
    for child in element:
        name = child.tag[notes.skip :]
        if name == "OrgnlMndtId":
            values["original_id"] = child.text
        elif name == "OrgnlCdtrSchmeId":
            _original_creditor(child, values, notes)
        elif name == "OrgnlDbtrAcct":
            number = account(child, notes)
            values["original_debtor_account"] = number.number
        else:
            notes.leave(child)


def _original_creditor(element: Element, values: dict[str, Any], notes: Notes) -> None:
    for child in element:
        if child.tag[notes.skip :] == "Nm":
            values["original_creditor_name"] = child.text
        elif child.tag[notes.skip :] == "Id":
            values["original_creditor_id"] = scheme_id(element, notes)
        else:
            notes.leave(child)


def scheme_id(element: Element, notes: Notes) -> str | None:
    """CdtrSchmeId: the creditor identifier deep inside (Id/PrvtId/Othr/Id)."""
    for node in element.iter():
        if node.tag[notes.skip :] == "Othr":
            for child in node:
                if child.tag[notes.skip :] == "Id":
                    return child.text
    return None


def exchange(element: Element, values: dict[str, Any], notes: Notes) -> None:
    """XchgRateInf."""
    for child in element:
        name = child.tag[notes.skip :]
        if name == "XchgRate":
            values["exchange_rate"] = child.text
        elif name == "CtrctId":
            values["exchange_contract"] = child.text
        elif name == "RateTp":
            values["exchange_rate_type"] = child.text
        elif name == "UnitCcy":
            values["exchange_unit_currency"] = child.text
        else:
            notes.leave(child)
