"""A direct debit and its block as XML text, in the order of the standard."""

from datetime import datetime

from formats.errors import Unbuildable
from formats.initiation import Account, CreditTransfer, Mandate, PaymentInformation
from formats.initiations.detail_texts import payment_id, payment_type, regulatory, remittance
from formats.initiations.texts import UNKNOWN_AGENT, account, agent, choice, element, escaped, flag, money, party
from formats.initiations.version import Version
from formats.values import iban_problem


def payment(value: CreditTransfer, version: Version) -> str:
    """DrctDbtTxInf; the model's ``creditor`` is the one who is debited."""
    _refuse_transfer_fields(value)
    if value.creditor_account is None:
        raise Unbuildable("A direct debit needs the account that is debited.", path="DbtrAcct")
    reports = "".join([regulatory(report) for report in value.regulatory_reporting])
    return (
        f"<DrctDbtTxInf>{payment_id(value, version)}{payment_type(value.payment_type, collection=True)}"
        f"{money('InstdAmt', value.amount)}{element('ChrgBr', value.charge_bearer)}{_transaction(value)}"
        f"{party('UltmtCdtr', value.ultimate_debtor, version)}"
        f"{agent('DbtrAgt', value.creditor_agent or UNKNOWN_AGENT, version)}"
        f"{account('DbtrAgtAcct', value.creditor_agent_account)}"
        f"{party('Dbtr', value.creditor, version, required=True)}{account('DbtrAcct', value.creditor_account)}"
        f"{party('UltmtDbtr', value.ultimate_creditor, version)}"
        f"{element('InstrForCdtrAgt', value.instruction_for_debtor_agent)}"
        f"{choice('Purp', value.purpose, value.purpose_proprietary)}{reports}"
        f"{remittance(value, version)}</DrctDbtTxInf>"
    )


def _refuse_transfer_fields(value: CreditTransfer) -> None:
    """What only credit transfers have would otherwise be lost."""
    if value.intermediary_agents or value.instructions_for_creditor_agent:
        raise Unbuildable("A direct debit has no intermediary banks and no instructions for them.", path="IntrmyAgt")
    if value.equivalent_currency_of_transfer is not None or value.exchange_rate or value.exchange_contract:
        raise Unbuildable("A direct debit has no counter-value and no exchange rate.", path="Amt")


def _transaction(value: CreditTransfer) -> str:
    mandate = "" if value.mandate is None else _mandate(value.mandate)
    scheme = scheme_id(value.creditor_scheme_id)
    return f"<DrctDbtTx>{mandate}{scheme}</DrctDbtTx>" if mandate or scheme else ""


def scheme_id(value: str | None) -> str:
    """CdtrSchmeId: the creditor identifier, in the one place SEPA looks for it."""
    if value is None:
        return ""
    return f"<CdtrSchmeId>{_identifier(value)}</CdtrSchmeId>"


def _identifier(value: str) -> str:
    scheme = "<SchmeNm><Prtry>SEPA</Prtry></SchmeNm>"
    return f"<Id><PrvtId><Othr><Id>{escaped(value)}</Id>{scheme}</Othr></PrvtId></Id>"


def _mandate(value: Mandate) -> str:
    original = value.original_creditor_id
    creditor = f"{element('Nm', value.original_creditor_name)}{_identifier(original) if original is not None else ''}"
    number = value.original_debtor_account
    held: Account | None = None
    if number is not None:
        held = Account(iban=number) if iban_problem(number) is None else Account(other=number)
    amendment = (
        f"{element('OrgnlMndtId', value.original_id)}"
        f"{f'<OrgnlCdtrSchmeId>{creditor}</OrgnlCdtrSchmeId>' if creditor else ''}{account('OrgnlDbtrAcct', held)}"
    )
    if amendment and not value.amended:
        raise Unbuildable("What a mandate was before needs the mark that it was amended.", path="DrctDbtTx/MndtRltdInf")
    signed = element("DtOfSgntr", value.signed_on.isoformat() if value.signed_on is not None else None)
    details = f"<AmdmntInfDtls>{amendment}</AmdmntInfDtls>" if amendment else ""
    amended = f"<AmdmntInd>true</AmdmntInd>{details}" if value.amended else ""
    return f"<MndtRltdInf>{element('MndtId', value.id)}{signed}{amended}</MndtRltdInf>"


def block(value: PaymentInformation, version: Version) -> str:
    """PmtInf as far as its payments, left open; the model's ``debtor`` is the one who collects."""
    if value.debtor_account is None:
        raise Unbuildable("A block of direct debits needs the account they arrive on.", path="CdtrAcct")
    day = value.execution_date
    if day is None or isinstance(day, datetime):
        raise Unbuildable("A block of direct debits needs its collection date, without a time.", path="ReqdColltnDt")
    return (
        f"<PmtInf><PmtInfId>{escaped(value.id)}</PmtInfId><PmtMtd>DD</PmtMtd>"
        f"{flag('BtchBookg', value.batch_booking)}{element('NbOfTxs', value.number_of_transactions)}"
        f"{element('CtrlSum', value.control_sum)}{payment_type(value.payment_type, collection=True)}"
        f"<ReqdColltnDt>{day.isoformat()}</ReqdColltnDt>{party('Cdtr', value.debtor, version, required=True)}"
        f"{account('CdtrAcct', value.debtor_account)}{agent('CdtrAgt', value.debtor_agent or UNKNOWN_AGENT, version)}"
        f"{account('CdtrAgtAcct', value.debtor_agent_account)}{party('UltmtCdtr', value.ultimate_debtor, version)}"
        f"{element('ChrgBr', value.charge_bearer)}{account('ChrgsAcct', value.charges_account)}"
        f"{agent('ChrgsAcctAgt', value.charges_agent, version)}{scheme_id(value.creditor_scheme_id)}"
    )
