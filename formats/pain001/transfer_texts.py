"""A credit transfer and its block as XML text, in the order of the standard."""

from datetime import date, datetime

from formats.errors import Unbuildable
from formats.initiation import CreditTransfer, PaymentInformation
from formats.initiations.detail_texts import exchange, payment_id, payment_type, regulatory, remittance
from formats.initiations.texts import UNKNOWN_AGENT, account, agent, choice, element, escaped, flag, lacks, money, party
from formats.initiations.version import Version

INTERMEDIARIES_MAX = 3


def payment(value: CreditTransfer, version: Version) -> str:
    """CdtTrfTxInf. Raises :class:`Unbuildable` with the path inside it."""
    if value.mandate is not None or value.creditor_scheme_id is not None:
        raise Unbuildable("A credit transfer has no mandate and no creditor id.", path="DrctDbtTx")
    return (
        f"<CdtTrfTxInf>{payment_id(value, version)}"
        f"{'' if value.payment_type is None else payment_type(value.payment_type, collection=False)}"
        f"<Amt>{_amount(value)}</Amt>"
        f"{_rarely_before(value, version)}"
        f"{'' if value.creditor_agent is None else agent('CdtrAgt', value.creditor_agent, version)}"
        f"{'' if value.creditor_agent_account is None else account('CdtrAgtAcct', value.creditor_agent_account)}"
        f"{party('Cdtr', value.creditor, version)}"
        f"{account('CdtrAcct', value.creditor_account)}"
        f"{_rarely_after(value, version)}"
        f"{remittance(value, version)}</CdtTrfTxInf>"
    )


def _amount(value: CreditTransfer) -> str:
    if value.equivalent_currency_of_transfer is None:
        return money("InstdAmt", value.amount)
    return (
        f"<EqvtAmt>{money('Amt', value.amount)}{element('CcyOfTrf', value.equivalent_currency_of_transfer)}</EqvtAmt>"
    )


def _rarely_before(value: CreditTransfer, version: Version) -> str:
    """What may stand between the amount and the creditor's bank."""
    rate = (value.exchange_rate, value.exchange_contract, value.exchange_rate_type, value.exchange_unit_currency)
    if rate == _NO_RATE and value.ultimate_debtor is None and not value.intermediary_agents:
        return "" if value.charge_bearer is None else element("ChrgBr", value.charge_bearer)
    if len(value.intermediary_agents) > INTERMEDIARIES_MAX:
        raise Unbuildable(f"At most {INTERMEDIARIES_MAX} intermediary banks are possible.", path="IntrmyAgt")
    agents = "".join(
        [agent(f"IntrmyAgt{number}", value, version) for number, value in enumerate(value.intermediary_agents, 1)]
    )
    return (
        f"{exchange(value, version) if rate != _NO_RATE else ''}{element('ChrgBr', value.charge_bearer)}"
        f"{party('UltmtDbtr', value.ultimate_debtor, version)}{agents}"
    )


_NO_RATE = (None, None, None, None)
_NOTHING = (None, None, None)


def _rarely_after(value: CreditTransfer, version: Version) -> str:
    """What may stand between the creditor's account and the remittance."""
    said = (value.ultimate_creditor, value.instruction_for_debtor_agent, value.purpose_proprietary)
    if said == _NOTHING and not value.instructions_for_creditor_agent and not value.regulatory_reporting:
        return "" if value.purpose is None else f"<Purp><Cd>{escaped(value.purpose)}</Cd></Purp>"
    instructions = "".join(
        [
            f"<InstrForCdtrAgt>{element('Cd', code)}{element('InstrInf', text)}</InstrForCdtrAgt>"
            for code, text in value.instructions_for_creditor_agent
        ]
    )
    own = value.instruction_for_debtor_agent
    if own is not None:
        text = element("InstrInf", own) if version.coded_instruction else escaped(own)
        instructions = f"{instructions}<InstrForDbtrAgt>{text}</InstrForDbtrAgt>"
    reports = "".join([regulatory(report) for report in value.regulatory_reporting])
    return (
        f"{party('UltmtCdtr', value.ultimate_creditor, version)}{instructions}"
        f"{choice('Purp', value.purpose, value.purpose_proprietary)}{reports}"
    )


def block(value: PaymentInformation, version: Version) -> str:
    """PmtInf as far as its payments, left open. Raises :class:`Unbuildable` with the path inside it."""
    if value.creditor_scheme_id is not None:
        raise Unbuildable("A credit transfer has no creditor id.", path="CdtrSchmeId")
    if value.debtor_account is None:
        raise Unbuildable("A block of payments needs the account they leave.", path="DbtrAcct")
    bank = agent("DbtrAgt", value.debtor_agent or UNKNOWN_AGENT, version)
    return (
        f"<PmtInf><PmtInfId>{escaped(value.id)}</PmtInfId><PmtMtd>{escaped(value.method)}</PmtMtd>"
        f"{flag('BtchBookg', value.batch_booking)}{element('NbOfTxs', value.number_of_transactions)}"
        f"{element('CtrlSum', value.control_sum)}"
        f"{payment_type(value.payment_type, collection=False)}"
        f"<ReqdExctnDt>{_execution(value.execution_date, version)}</ReqdExctnDt>"
        f"{party('Dbtr', value.debtor, version, required=True)}{account('DbtrAcct', value.debtor_account)}{bank}"
        f"{account('DbtrAgtAcct', value.debtor_agent_account)}"
        f"{party('UltmtDbtr', value.ultimate_debtor, version)}{element('ChrgBr', value.charge_bearer)}"
        f"{account('ChrgsAcct', value.charges_account)}{agent('ChrgsAcctAgt', value.charges_agent, version)}"
    )


def _execution(value: date | datetime | None, version: Version) -> str:
    if value is None:
        raise Unbuildable("A block of payments needs its execution date.", path="ReqdExctnDt")
    if isinstance(value, datetime):
        if not version.dated_choice:
            raise lacks(version, "ReqdExctnDt/DtTm", "a time of execution")
        return f"<DtTm>{value.isoformat()}</DtTm>"
    return f"<Dt>{value.isoformat()}</Dt>" if version.dated_choice else value.isoformat()
