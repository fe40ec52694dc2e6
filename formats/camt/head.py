"""The tables of what stands around the entries: the group header, and a Stmt, Rpt or Ntfctn with its balances."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from formats.camt.parts import ACCOUNT, agent, coded, date_choice, direction, flag, moment, party
from formats.initiation import Account, Agent, Party
from formats.shapes import Group, Inline, Leaf, Rule, Sum
from formats.statement import Balance, Direction
from formats.values import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What TxsSummry declares of all, the credit or the debit entries; ``count`` and ``sum`` as written."""

    count: str | None = None
    sum: str | None = None
    net: str | None = None
    direction: Direction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """TxsSummry (SEQ-05)."""

    all: Total | None = None
    credits: Total | None = None
    debits: Total | None = None


class Held:
    """The account of a statement with its owner and the bank that keeps it, which ISO nests inside the account."""

    __slots__ = ("account", "owner", "servicer")

    def __init__(self, *, owner: Party | None = None, servicer: Agent | None = None, **fields: Any) -> None:
        self.account = Account(**fields)
        self.owner = owner
        self.servicer = servicer


def balance(
    *,
    amount: Money,
    code: str | None = None,
    word: str | None = None,
    direction: Direction = "credit",
    as_of: date | None = None,
    sub_type: str | None = None,
) -> Balance:
    """A balance with its sign; without CdtDbtInd it counts as credit (BAL-05)."""
    if direction == "debit" and amount.value:
        amount = Money(-amount.value, amount.currency, "-" + amount.text.removeprefix("+"))
    return Balance(
        code=code if code is not None else word,
        amount=amount,
        as_of=as_of,
        sub_type=sub_type,
        proprietary=code is None and word is not None,
    )


_TYPE = coded("code", "word")
_BALANCE = Group(
    "balances",
    balance,
    {
        "Tp": Inline(
            {
                "CdOrPrtry": _TYPE,
                "Cd": Leaf("code"),
                "Prtry": Leaf("word"),
                "SubTp": coded("sub_type", "sub_type"),
            }
        ),
        "Amt": Sum("amount"),
        "CdtDbtInd": Leaf("direction", direction),
        "Dt": date_choice("as_of"),
    },
    many=True,
    required=("amount",),
)


def _total(name: str) -> Group:
    return Group(
        name,
        Total,
        {
            "NbOfNtries": Leaf("count"),
            "Sum": Leaf("sum"),
            "TtlNetNtryAmt": Leaf("net"),
            "CdtDbtInd": Leaf("direction", direction),
            "TtlNetNtry": Inline({"Amt": Leaf("net"), "CdtDbtInd": Leaf("direction", direction)}),
        },
    )


_PAGE = Inline({"PgNb": Leaf("page_number"), "LastPgInd": Leaf("last_page", flag)})

STATEMENT: Mapping[str, Rule] = {
    "Id": Leaf("id"),
    "StmtPgntn": _PAGE,
    "RptPgntn": _PAGE,
    "NtfctnPgntn": _PAGE,
    "ElctrncSeqNb": Leaf("electronic_sequence"),
    "LglSeqNb": Leaf("legal_sequence"),
    "CreDtTm": Leaf("created_at", moment),
    "FrToDt": Inline(
        {
            "FrDtTm": Leaf("from_date", moment),
            "ToDtTm": Leaf("to_date", moment),
            "FrDt": Leaf("from_date", moment),
            "ToDt": Leaf("to_date", moment),
        }
    ),
    "CpyDplctInd": Leaf("copy_duplicate"),
    "Acct": Group("held", Held, {**ACCOUNT, "Ownr": party("owner"), "Svcr": agent("servicer")}),
    "Bal": _BALANCE,
    "TxsSummry": Group(
        "summary",
        Summary,
        {"TtlNtries": _total("all"), "TtlCdtNtries": _total("credits"), "TtlDbtNtries": _total("debits")},
    ),
    "AddtlStmtInf": Leaf("additional_information"),
    "AddtlRptInf": Leaf("additional_information"),
    "AddtlNtfctnInf": Leaf("additional_information"),
}

HEADER: Mapping[str, Rule] = {
    "MsgId": Leaf("message_id"),
    "CreDtTm": Leaf("created_at", moment),
    "MsgPgntn": _PAGE,
}
