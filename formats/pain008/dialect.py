"""What the elements of a direct debit become: the roles of the model swap."""

from formats.initiations import details
from formats.initiations.parties import account, agent, party
from formats.initiations.reader import Dialect, execution_date, made, text
from formats.initiations.shared import SHARED_BATCH, SHARED_PAYMENT

COLLECTION = Dialect(
    family="pain.008",
    title="direct debits (pain.008)",
    transaction="DrctDbtTxInf",
    collection=True,
    batch={
        **SHARED_BATCH,
        "ReqdColltnDt": made("execution_date", execution_date),
        "Cdtr": made("debtor", party),
        "CdtrAcct": made("debtor_account", account),
        "CdtrAgt": made("debtor_agent", agent),
        "CdtrAgtAcct": made("debtor_agent_account", account),
        "UltmtCdtr": made("ultimate_debtor", party),
        "CdtrSchmeId": made("creditor_scheme_id", details.scheme_id),
    },
    payment={
        **SHARED_PAYMENT,
        "InstdAmt": made("amount", lambda element, notes: notes.money(element)),
        "DrctDbtTx": details.mandate,
        "UltmtCdtr": made("ultimate_debtor", party),
        "DbtrAgt": made("creditor_agent", agent),
        "DbtrAgtAcct": made("creditor_agent_account", account),
        "Dbtr": made("creditor", party),
        "DbtrAcct": made("creditor_account", account),
        "UltmtDbtr": made("ultimate_creditor", party),
        "InstrForCdtrAgt": text("instruction_for_debtor_agent"),
    },
)
