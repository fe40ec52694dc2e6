"""The model as XML text: kinds of payment, remittance, exchange, reports for the central bank."""

from formats.errors import Unbuildable
from formats.initiation import CreditTransfer, PaymentType, ReferredDocument, RegulatoryReporting, StructuredRemittance
from formats.initiations.texts import choice, element, escaped, lacks, money
from formats.initiations.version import Version


def payment_id(value: CreditTransfer, version: Version) -> str:
    """PmtId."""
    if value.end_to_end_id is None:
        raise Unbuildable("A payment needs an end-to-end id.", path="PmtId/EndToEndId")
    identified = f"<EndToEndId>{escaped(value.end_to_end_id)}</EndToEndId>"
    if value.instruction_id is not None:
        identified = f"<InstrId>{escaped(value.instruction_id)}</InstrId>{identified}"
    if value.uetr is not None:
        if not version.uetr:
            raise lacks(version, "PmtId/UETR", "a UETR")
        identified = f"{identified}<UETR>{escaped(value.uetr)}</UETR>"
    return f"<PmtId>{identified}</PmtId>"


def payment_type(value: PaymentType | None, *, collection: bool) -> str:
    """PmtTpInf; the sequence (FRST, RCUR …) belongs to collections only."""
    if value is None:
        return ""
    if value.sequence is not None and not collection:
        raise Unbuildable("Only a direct debit has a sequence type.", path="PmtTpInf/SeqTp")
    return (
        f"<PmtTpInf>{element('InstrPrty', value.priority)}"
        f"{choice('SvcLvl', value.service_level, value.service_level_proprietary)}{_more_levels(value)}"
        f"{choice('LclInstrm', value.local_instrument, value.local_instrument_proprietary)}"
        f"{element('SeqTp', value.sequence)}"
        f"{choice('CtgyPurp', value.category_purpose, value.category_purpose_proprietary)}</PmtTpInf>"
    )


def _more_levels(value: PaymentType) -> str:
    return "".join([choice("SvcLvl", code, own) for code, own in value.more_service_levels])


def exchange(value: CreditTransfer, version: Version) -> str:
    """XchgRateInf."""
    if value.exchange_unit_currency is not None and not version.unit_currency:
        raise lacks(version, "XchgRateInf/UnitCcy", "the unit currency of an exchange rate")
    content = (
        f"{element('UnitCcy', value.exchange_unit_currency)}{element('XchgRate', value.exchange_rate)}"
        f"{element('RateTp', value.exchange_rate_type)}{element('CtrctId', value.exchange_contract)}"
    )
    return f"<XchgRateInf>{content}</XchgRateInf>" if content else ""


def remittance(value: CreditTransfer, version: Version) -> str:
    """RmtInf: free lines, then structured blocks."""
    if not value.remittance and not value.structured_remittance:
        return ""
    lines = "".join([f"<Ustrd>{escaped(line)}</Ustrd>" for line in value.remittance])
    blocks = "".join([_structured(block, version) for block in value.structured_remittance])
    return f"<RmtInf>{lines}{blocks}</RmtInf>"


def _structured(value: StructuredRemittance, version: Version) -> str:
    documents = "".join([_document(document, version) for document in value.documents])
    amounts = ""
    for document in value.documents:
        if document.due is not None or document.remitted is not None:
            if document is not value.documents[-1]:
                raise Unbuildable(
                    "Amounts belong to the last document of a block; give every document a block of its own.",
                    path="RmtInf/Strd/RfrdDocAmt",
                )
            amounts = _amounts(document, version)
    reference = ""
    if value.reference is not None or value.reference_type is not None or value.reference_type_proprietary is not None:
        kind = choice("CdOrPrtry", value.reference_type, value.reference_type_proprietary)
        if not kind and value.reference_issuer is not None:
            raise Unbuildable("The issuer of a reference needs its type.", path="RmtInf/Strd/CdtrRefInf/Tp")
        typed = f"<Tp>{kind}{element('Issr', value.reference_issuer)}</Tp>" if kind else ""
        reference = f"<CdtrRefInf>{typed}{element('Ref', value.reference)}</CdtrRefInf>"
    more = "".join([f"<AddtlRmtInf>{escaped(line)}</AddtlRmtInf>" for line in value.additional])
    return f"<Strd>{documents}{amounts}{reference}{more}</Strd>"


def _document(value: ReferredDocument, version: Version) -> str:
    kind = choice("CdOrPrtry", value.type_code, value.type_proprietary)
    issued = ""
    if value.issued_on is not None:
        day = value.issued_on.isoformat()
        issued = f"<Tp><Cd>INDA</Cd></Tp><Dt>{day}</Dt>" if version.typed_documents else day
        issued = f"<RltdDt>{issued}</RltdDt>"
    content = f"{f'<Tp>{kind}</Tp>' if kind else ''}{element('Nb', value.number)}{issued}"
    return f"<RfrdDocInf>{content}</RfrdDocInf>"


def _amounts(value: ReferredDocument, version: Version) -> str:
    due, remitted = value.due, value.remitted
    if version.typed_documents:
        content = "".join(
            f"<RmtAmtAndTp><Tp><Cd>{code}</Cd></Tp>{money('Amt', amount)}</RmtAmtAndTp>"
            for code, amount in (("DUPA", due), ("REMI", remitted))
            if amount is not None
        )
    else:
        content = (money("DuePyblAmt", due) if due is not None else "") + (
            money("RmtdAmt", remitted) if remitted is not None else ""
        )
    return f"<RfrdDocAmt>{content}</RfrdDocAmt>"


def regulatory(value: RegulatoryReporting) -> str:
    """RgltryRptg with at most one detail block."""
    authority = f"{element('Nm', value.authority)}{element('Ctry', value.authority_country)}"
    details = (
        f"{element('Tp', value.type)}"
        f"{element('Dt', value.reported_on.isoformat() if value.reported_on is not None else None)}"
        f"{element('Ctry', value.country)}{element('Cd', value.code)}"
        f"{money('Amt', value.amount) if value.amount is not None else ''}"
        f"{''.join(f'<Inf>{escaped(line)}</Inf>' for line in value.information)}"
    )
    return (
        f"<RgltryRptg>{element('DbtCdtRptgInd', value.indicator)}"
        f"{f'<Authrty>{authority}</Authrty>' if authority else ''}{f'<Dtls>{details}</Dtls>' if details else ''}"
        "</RgltryRptg>"
    )
