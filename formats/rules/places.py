"""Where parties, addresses, accounts, banks, references and texts stand in a header, a batch and a payment."""

import re
from collections.abc import Iterator

from formats.initiation import Address, Agent, CreditTransfer, Initiation, Party, PaymentInformation
from formats.rules.context import Place
from formats.rules.engine import Scope

Found = tuple[Scope, Place[object]]
PLAIN_TEXT = re.compile(r"[A-Za-z0-9/\-?:().,'+][A-Za-z0-9/\-?:().,'+ ]{0,69}").fullmatch
"""Most texts: no rule about texts can object to them (a test proves it), so they are passed over at once."""
PLAIN_REFERENCE = re.compile(r"[A-Za-z0-9\-]{1,35}").fullmatch
"""Most references, likewise."""
ADDRESS_TAGS = (
    ("department", "Dept"),
    ("sub_department", "SubDept"),
    ("street", "StrtNm"),
    ("building_number", "BldgNb"),
    ("building_name", "BldgNm"),
    ("floor", "Flr"),
    ("post_box", "PstBx"),
    ("room", "Room"),
    ("post_code", "PstCd"),
    ("town", "TwnNm"),
    ("town_location", "TwnLctnNm"),
    ("district", "DstrctNm"),
    ("country_subdivision", "CtrySubDvsn"),
)
"""The structured fields of an address but its country, with their element names."""


def header_places(header: Initiation) -> Iterator[Found]:
    """What stands in the group header."""
    if PLAIN_REFERENCE(header.message_id) is None:
        yield Scope.REFERENCE, Place(header.message_id, "MsgId", "message id")
    yield from _party(header.initiating_party, "InitgPty", "initiating_party")


def batch_places(batch: PaymentInformation) -> Iterator[Found]:
    """What stands in the head of a batch."""
    if PLAIN_REFERENCE(batch.id) is None:
        yield Scope.REFERENCE, Place(batch.id, "PmtInfId", "batch id")
    yield from _party(batch.debtor, "Dbtr", "debtor")
    if batch.debtor_account is not None:
        yield Scope.ACCOUNT, Place(batch.debtor_account, "DbtrAcct", "debtor")
    if batch.debtor_agent is not None:
        yield from _agent(batch.debtor_agent, "DbtrAgt", "debtor")
    if batch.ultimate_debtor is not None:
        yield from _party(batch.ultimate_debtor, "UltmtDbtr", "ultimate_debtor")
    if batch.charges_account is not None:
        yield Scope.ACCOUNT, Place(batch.charges_account, "ChrgsAcct", "charges")


def payment_places(payment: CreditTransfer) -> Iterator[Found]:
    """What stands in one payment."""
    if payment.instruction_id is not None and PLAIN_REFERENCE(payment.instruction_id) is None:
        yield Scope.REFERENCE, Place(payment.instruction_id, "PmtId/InstrId", "instruction id")
    if payment.end_to_end_id is not None and PLAIN_REFERENCE(payment.end_to_end_id) is None:
        yield Scope.REFERENCE, Place(payment.end_to_end_id, "PmtId/EndToEndId", "end-to-end id")
    if payment.mandate is not None and payment.mandate.id is not None:
        yield Scope.REFERENCE, Place(payment.mandate.id, "DrctDbtTx/MndtRltdInf/MndtId", "mandate id")
    yield from _party(payment.creditor, "Cdtr", "creditor")
    if payment.creditor_account is not None:
        yield Scope.ACCOUNT, Place(payment.creditor_account, "CdtrAcct", "creditor")
    if payment.creditor_agent is not None:
        yield from _agent(payment.creditor_agent, "CdtrAgt", "creditor")
    for number, agent in enumerate(payment.intermediary_agents, 1):
        yield from _agent(agent, f"IntrmyAgt{number}", "intermediary")
    if payment.ultimate_debtor is not None:
        yield from _party(payment.ultimate_debtor, "UltmtDbtr", "ultimate_debtor")
    if payment.ultimate_creditor is not None:
        yield from _party(payment.ultimate_creditor, "UltmtCdtr", "ultimate_creditor")
    yield from _remittance(payment)


def _remittance(payment: CreditTransfer) -> Iterator[Found]:
    for number, line in enumerate(payment.remittance, 1):
        if PLAIN_TEXT(line) is None:
            yield Scope.TEXT, Place(line, f"RmtInf/Ustrd[{number}]", "remittance")
    for number, structured in enumerate(payment.structured_remittance, 1):
        if structured.reference is not None:
            yield Scope.REFERENCE, Place(structured.reference, f"RmtInf/Strd[{number}]/CdtrRefInf/Ref", "reference")
        for line in structured.additional:
            yield Scope.TEXT, Place(line, f"RmtInf/Strd[{number}]/AddtlRmtInf", "remittance")


def _party(party: Party, path: str, role: str) -> Iterator[Found]:
    yield Scope.PARTY, Place(party, path, role)
    if party.name is not None and PLAIN_TEXT(party.name) is None:
        yield Scope.TEXT, Place(party.name, f"{path}/Nm", "name")
    if party.address is not None:
        yield from _address(party.address, f"{path}/PstlAdr", role)


def _address(address: Address, path: str, role: str) -> Iterator[Found]:
    yield Scope.ADDRESS, Place(address, path, role)
    for field, tag in ADDRESS_TAGS:
        text = getattr(address, field)
        if text is not None and PLAIN_TEXT(text) is None:
            yield Scope.TEXT, Place(text, f"{path}/{tag}", "address")
    for number, line in enumerate(address.lines, 1):
        if PLAIN_TEXT(line) is None:
            yield Scope.TEXT, Place(line, f"{path}/AdrLine[{number}]", "address line")


def _agent(agent: Agent, path: str, role: str) -> Iterator[Found]:
    yield Scope.AGENT, Place(agent, f"{path}/FinInstnId", role)
    if agent.address is not None:
        yield from _address(agent.address, f"{path}/FinInstnId/PstlAdr", f"{role}_agent")
