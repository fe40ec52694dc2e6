"""The tables of an entry (Ntry) and of a transaction in it (TxDtls), for all versions. Rulebook C.2."""

from collections.abc import Mapping

from formats.camt.parts import (
    account,
    agent,
    bank_code,
    coded,
    date_choice,
    day,
    direction,
    flag,
    moment,
    party,
    trimmed,
)
from formats.initiation import ReferredDocument, StructuredRemittance
from formats.shapes import Either, Group, Inline, Leaf, Rule, Sum
from formats.statement import BatchBlock, Charge, CurrencyExchange, References, Return, Transaction
from formats.values import Money

_CHARGE = Group(
    "charges",
    Charge,
    {
        "Amt": Sum("amount"),
        "CdtDbtInd": Leaf("direction", direction),
        "ChrgInclInd": Leaf("included", flag),
        "Br": Leaf("bearer"),
        "Tp": coded("type_code", "type_code"),
    },
    many=True,
    required=("amount",),
)
_CHARGES = Either("Amt", present=_CHARGE, absent=Inline({"TtlChrgsAndTaxAmt": Sum("charges_total"), "Rcrd": _CHARGE}))
"""Until .02 each Chrgs is a charge; from .03 there is one Chrgs with a total and records (ENT-13)."""

_EXCHANGE = Group(
    "exchange",
    CurrencyExchange,
    {
        "SrcCcy": Leaf("source_currency"),
        "TrgtCcy": Leaf("target_currency"),
        "UnitCcy": Leaf("unit_currency"),
        "XchgRate": Leaf("rate"),
        "CtrctId": Leaf("contract"),
    },
)


def _explained(name: str) -> Inline:
    return Inline({"Amt": Sum(name), "CcyXchg": _EXCHANGE})


_AMOUNT_DETAILS = Inline(
    {
        "InstdAmt": _explained("instructed"),
        "TxAmt": _explained("transaction_amount"),
        "CntrValAmt": _explained("counter_value"),
    }
)
_BATCH = Group(
    "batches",
    BatchBlock,
    {
        "MsgId": Leaf("message_id"),
        "PmtInfId": Leaf("payment_information_id"),
        "NbOfTxs": Leaf("number_of_transactions"),
        "TtlAmt": Sum("total"),
        "CdtDbtInd": Leaf("direction", direction),
    },
    many=True,
)


def _pair(name: str = "", value: str = "") -> tuple[str, str]:
    return name, value


_REFERENCES = Group(
    "references",
    References,
    {
        "MsgId": Leaf("message_id", trimmed),
        "AcctSvcrRef": Leaf("account_servicer_reference", trimmed),
        "PmtInfId": Leaf("payment_information_id", trimmed),
        "InstrId": Leaf("instruction_id", trimmed),
        "EndToEndId": Leaf("end_to_end_id", trimmed),
        "UETR": Leaf("uetr", trimmed),
        "TxId": Leaf("transaction_id", trimmed),
        "MndtId": Leaf("mandate_id", trimmed),
        "ChqNb": Leaf("cheque_number", trimmed),
        "ClrSysRef": Leaf("clearing_system_reference", trimmed),
        "Prtry": Group("proprietary", _pair, {"Tp": Leaf("name"), "Ref": Leaf("value")}, many=True),
    },
)

_RETURN = Group(
    "returned",
    Return,
    {
        "OrgnlBkTxCd": bank_code("original_code"),
        "Orgtr": Inline(
            {
                "Nm": Leaf("originator"),
                "Pty": Inline({"Nm": Leaf("originator")}),
                "Id": Inline(
                    {"OrgId": Inline({"AnyBIC": Leaf("originator"), "BICOrBEI": Leaf("originator")})},
                ),
            }
        ),
        "Rsn": coded("reason", "reason_proprietary"),
        "RtrRsn": coded("reason", "reason_proprietary"),
        "AddtlInf": Leaf("text", many=True),
        "AddtlRtrRsnInf": Leaf("text", many=True),
    },
)


def _structured(
    *,
    documents: tuple[ReferredDocument, ...] = (),
    due: Money | None = None,
    remitted: Money | None = None,
    **fields: object,
) -> StructuredRemittance:
    """ISO puts the amounts beside the documents; with exactly one document (or none) they can only be its own."""
    if (due is not None or remitted is not None) and len(documents) <= 1:
        one = documents[0] if documents else ReferredDocument()
        documents = (
            ReferredDocument(
                number=one.number,
                type_code=one.type_code,
                type_proprietary=one.type_proprietary,
                issued_on=one.issued_on,
                due=due,
                remitted=remitted,
            ),
        )
    return StructuredRemittance(documents=documents, **fields)  # type: ignore[arg-type] # the table names the fields


_TYPE_OF_DOCUMENT = coded("type_code", "type_proprietary")
_STRUCTURED = Group(
    "structured_remittance",
    _structured,
    {
        "RfrdDocInf": Group(
            "documents",
            ReferredDocument,
            {
                "Tp": Inline(
                    {"CdOrPrtry": _TYPE_OF_DOCUMENT, "Cd": Leaf("type_code"), "Prtry": Leaf("type_proprietary")}
                ),
                "Nb": Leaf("number"),
                "RfrdDocTp": _TYPE_OF_DOCUMENT,
                "RfrdDocNb": Leaf("number"),
                "RltdDt": Either("Dt", date_choice("issued_on"), Leaf("issued_on", day)),
            },
            many=True,
        ),
        "RfrdDocAmt": Inline({"DuePyblAmt": Sum("due"), "RmtdAmt": Sum("remitted")}),
        "CdtrRefInf": Inline(
            {
                "Tp": Inline(
                    {
                        "CdOrPrtry": coded("reference_type", "reference_type_proprietary"),
                        "Issr": Leaf("reference_issuer"),
                    }
                ),
                "CdtrRefTp": coded("reference_type", "reference_type_proprietary"),
                "Ref": Leaf("reference"),
                "CdtrRef": Leaf("reference"),
            }
        ),
        "AddtlRmtInf": Leaf("additional", many=True),
    },
    many=True,
)
_INTERMEDIARY = Group("intermediary_agents", agent("").make, agent("").rules, many=True, shared=True)

TRANSACTION: Mapping[str, Rule] = {
    "Refs": _REFERENCES,
    "Amt": Sum("amount"),
    "CdtDbtInd": Leaf("direction", direction),
    "AmtDtls": _AMOUNT_DETAILS,
    "BkTxCd": bank_code("code"),
    "Chrgs": _CHARGES,
    "RltdPties": Inline(
        {
            "InitgPty": party("initiating_party"),
            "Dbtr": party("debtor"),
            "DbtrAcct": account("debtor_account"),
            "UltmtDbtr": party("ultimate_debtor"),
            "Cdtr": party("creditor"),
            "CdtrAcct": account("creditor_account"),
            "UltmtCdtr": party("ultimate_creditor"),
        }
    ),
    "RltdAgts": Inline(
        {
            "DbtrAgt": agent("debtor_agent"),
            "CdtrAgt": agent("creditor_agent"),
            "IntrmyAgt1": _INTERMEDIARY,
            "IntrmyAgt2": _INTERMEDIARY,
            "IntrmyAgt3": _INTERMEDIARY,
        }
    ),
    "LclInstrm": coded("local_instrument", "local_instrument"),
    "Purp": coded("purpose", "purpose_proprietary"),
    "RmtInf": Inline({"Ustrd": Leaf("remittance", many=True), "Strd": _STRUCTURED}),
    "RltdDts": Inline({"AccptncDtTm": Leaf("accepted_at", moment), "IntrBkSttlmDt": Leaf("settlement_date", day)}),
    "RtrInf": _RETURN,
    "AddtlTxInf": Leaf("additional_information"),
}
"""A transaction. Until .02 it has neither amount nor direction of its own, only AmtDtls (ENT-10, ENT-11)."""
_DETAIL = Group("transactions", Transaction, TRANSACTION, many=True, draft=True, kept_empty=True)
"""Drafts: what a transaction leaves unsaid it takes from its entry, when that is known."""

ENTRY: Mapping[str, Rule] = {
    "NtryRef": Leaf("reference"),
    "Amt": Sum("amount"),
    "CdtDbtInd": Leaf("direction", direction),
    "RvslInd": Leaf("reversal", flag),
    "Sts": Either(
        "Cd", coded("status", "status"), Either("Prtry", coded("status", "status"), Leaf("status", str.strip))
    ),
    "BookgDt": date_choice("booking_date"),
    "ValDt": date_choice("value_date"),
    "AcctSvcrRef": Leaf("bank_reference", trimmed),
    "BkTxCd": bank_code("code"),
    "AmtDtls": _AMOUNT_DETAILS,
    "Chrgs": _CHARGES,
    "Btch": _BATCH,
    "NtryDtls": Inline({"Btch": _BATCH, "TxDtls": _DETAIL}),
    "TxDtls": _DETAIL,
    "AddtlNtryInf": Leaf("additional_information"),
}
"""An entry. Btch and TxDtls stand in NtryDtls since .02 (ENT-08)."""
