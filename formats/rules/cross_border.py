"""Cross-border payments: CGI-MP from a corporate, CBPR+ as a relay; charges, banks, reporting."""

from collections.abc import Iterator

from formats.codes.clearing import MEMBER_IDS, member_id_problem
from formats.codes.countries import EEA
from formats.codes.iban_lengths import OFFICIAL_IBAN_LENGTHS
from formats.findings import Severity
from formats.initiation import Agent, CreditTransfer, Initiation
from formats.rules.context import Context, Place
from formats.rules.engine import Found, Scope, rule
from formats.rules.profiles import CROSS_BORDER
from formats.rules.swiss_agents import bank_country

CBPR = "CBPR+ SR2025, through a secondary source"
CGI = "CGI-MP handbook of November 2025, through a secondary source"
PRACTICE = "market practice, no document opened"
EEA_CURRENCIES = frozenset({"EUR", "BGN", "CZK", "DKK", "HUF", "ISK", "NOK", "PLN", "RON", "SEK", "CHF"})
INTERMEDIARIES_MAX = 3


@rule(
    "XB-01",
    source=CBPR,
    severity=Severity.BLOCK,
    profiles=("cbpr",),
    scope=Scope.MESSAGE_END,
    advice="Send each payment as a message of its own.",
)
def one_payment_a_message(header: Initiation, context: Context) -> Iterator[Found]:
    """The relay takes one payment a message, with a tracking id, without sum and batch booking, both ids alike."""
    if context.batch_number != 1 or context.totals.count != 1 or header.number_of_transactions not in (None, "1"):
        yield Found("NbOfTxs", "This route takes one payment per message.")
    if header.control_sum is not None:
        yield Found("CtrlSum", "This route takes no control sum.")
    if header.created_at is not None and header.created_at.tzinfo is None:
        yield Found("CreDtTm", "The creation time needs its offset from UTC.")
    if context.batch.batch_booking is not None:
        yield Found("../PmtInf[1]/BtchBookg", "This route takes no batch booking wish.")
    if context.batch.id != header.message_id:
        yield Found("../PmtInf[1]/PmtInfId", "On this route the batch id is the message id.")
    if context.payment is not None and context.payment.uetr is None:
        yield Found("../PmtInf[1]/CdtTrfTxInf[1]/PmtId/UETR", "This route needs a tracking id (UETR).")


@rule("XB-02", source=CBPR, severity=Severity.BLOCK, profiles=("cbpr",), advice="Use SHAR, DEBT or CRED.")
def no_sepa_charges(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """SLEV is for SEPA only."""
    bearer = context.charge_bearer(payment)
    if bearer is not None and bearer not in ("SHAR", "DEBT", "CRED"):
        yield Found(context.charge_path(payment), f"The charge option {bearer} is not possible here; SLEV is for SEPA.")


@rule("XB-03", source=PRACTICE, severity=Severity.WARN, profiles=CROSS_BORDER, advice="Use SHAR.")
def shared_in_the_eea(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Between accounts of the EEA in a currency of it, charges are shared by law."""
    own = context.batch.debtor_account
    own_country = own.iban[:2] if own is not None and own.iban else None
    inside = own_country in EEA and bank_country(payment) in EEA and payment.amount.currency in EEA_CURRENCIES
    if inside and context.charge_bearer(payment) in ("DEBT", "CRED"):
        yield Found(context.charge_path(payment), "Within the EEA charges must be shared.")


@rule(
    "XB-04",
    source=f"{CGI}; ISO 20022 external code sets",
    severity=Severity.BLOCK,
    profiles=("cgi",),
    advice="Set the service level to URGP for a wire or NURG for a low-value payment.",
)
def wire_or_ach(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """The service level says whether it is a wire or a low-value payment."""
    kind = context.payment_type(payment)
    if not (kind.service_level or kind.service_level_proprietary):
        yield Found(f"{context.type_path(payment)}/SvcLvl", "Choose wire (URGP) or low-value payment (NURG).")


@rule(
    "XB-05",
    source=f"{CGI}; Swiss Payment Standards 2.2",
    severity=Severity.BLOCK,
    profiles=(*CROSS_BORDER, "us"),
    advice="Add the BIC, or the clearing code with its system.",
)
def bank_identified(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """The bank at the other end is named by BIC, or by a clearing code with its system."""
    agent = payment.creditor_agent
    if agent is not None and agent.bic and agent.bic != "NOTPROVIDED":
        return
    if agent is not None and agent.member_id and (agent.clearing_system or agent.clearing_system_proprietary):
        return
    yield Found("CdtrAgt/FinInstnId", f"The bank of the {context.other_side} is not identified.")


@rule(
    "XB-06",
    source=f"ISO 20022 external code sets; forms: {PRACTICE}",
    severity=Severity.BLOCK,
    profiles=(*CROSS_BORDER, "uk", "us", "swiss"),
    scope=Scope.AGENT,
    advice="Ask the payee for the code as the bank prints it.",
)
def clearing_code_form(place: Place[Agent], _context: Context) -> Iterator[Found]:
    """A clearing code looks as its system says, and belongs to the bank's country."""
    agent = place.value
    system, member = agent.clearing_system, agent.member_id
    if system is None or member is None:
        return
    path = f"{place.path}/ClrSysMmbId"
    problem = member_id_problem(system, member)
    if problem is not None:
        yield Found(f"{path}/MmbId", problem)
    if agent.bic and system in MEMBER_IDS and agent.bic[4:6] not in MEMBER_IDS[system][0].split():
        yield Found(f"{path}/ClrSysId/Cd", f"{system} is not a clearing system of the bank's country {agent.bic[4:6]}.")


@rule(
    "XB-07",
    source=PRACTICE,
    severity=Severity.BLOCK,
    profiles=(*CROSS_BORDER, "us", "uk"),
    advice="Ask the payee for the account number.",
)
def account_given(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """There is an account: an IBAN where the country has them, else the number as the bank prints it."""
    account = payment.creditor_account
    if account is None or not account.number:
        yield Found("CdtrAcct/Id", f"The {context.other_side}'s account number is missing.")
    elif account.iban is None and bank_country(payment) in OFFICIAL_IBAN_LENGTHS and context.profile != "uk":
        text = f"Banks in {bank_country(payment)} expect an IBAN."
        yield Found("CdtrAcct/Id/IBAN", text, "Ask the payee for the IBAN.", Severity.WARN)


@rule(
    "XB-08",
    source=f"{CBPR}; {PRACTICE}",
    severity=Severity.WARN,
    profiles=CROSS_BORDER,
    advice="Keep it only if the payee's invoice asks for it.",
)
def intermediaries(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """An intermediary bank is given only where the payee asks for it, and at most three."""
    given = len(payment.intermediary_agents)
    if given > INTERMEDIARIES_MAX:
        text = f"At most three intermediary banks are possible, not {given}."
        yield Found("IntrmyAgt4", text, "Remove those beyond the third.", Severity.BLOCK)
    elif given:
        yield Found("IntrmyAgt1", "An intermediary bank is given; the main bank may ignore it.")


@rule(
    "XB-16",
    source=PRACTICE,
    severity=Severity.WARN,
    profiles=CROSS_BORDER,
    advice="Give the amount in the payee's currency, or leave the deal id out.",
)
def deal_with_equivalent(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """A booked exchange deal goes with an instructed amount, not with an equivalent one."""
    if payment.equivalent_currency_of_transfer is not None and payment.exchange_contract:
        yield Found("XchgRateInf/CtrctId", "The FX deal id is not usable with an equivalent amount.")


@rule(
    "XB-18",
    source=CGI,
    severity=Severity.FIX,
    profiles=("cgi",),
    advice="payhub makes one where the bank takes it.",
)
def tracking_id_recommended(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """A tracking id (UETR) lets the payment be followed through the chain of banks."""
    if payment.uetr is None:
        yield Found("PmtId/UETR", "The payment has no tracking id.")
