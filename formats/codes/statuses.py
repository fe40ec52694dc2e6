"""How far a payment has come (ISO 20022 group and transaction status, May 2025), and what a name check said."""

from formats.codes import code_set, named

STATUSES: dict[str, str] = named("""
RCVD The bank has the file; nothing is checked yet
ACTC Format and sender are fine
PATC Some signatures are given, more are needed
ACCP Account and customer checks passed
ACFC The funds check passed as well
ACFW Funds are fine; the bank waits for your explicit confirmation
ACSP Accepted for execution, in process
ACWC Accepted, but the bank changed something
ACWP Accepted, the payee is not yet credited
ACPD Left the bank and was accepted by the clearing
ACSC Your account is debited
ACCC The payee's account is credited
ACIS Cheque issued
CPUC Cash collected by the payee
PRES Request-to-pay presented to the payer
PDNG Waits at the bank
PART Some payments accepted, some not yet or not
RJCT Refused; no money moved
CANC Cancelled on request before execution
BLCK The money is frozen: neither paid nor returned
RCVC Name check: the name matches
RVMC Name check: the name almost matches
RVNM Name check: the name does not match
RVNA Name check: it could not be made
RVNC Name check: it is still running
RVCM Name check: done, with names that do not match
""")
"""Code to name."""
GROUP_STATUSES = code_set("ACCC ACCP ACSC ACSP ACTC ACWC PART PDNG RCVC RCVD RJCT RVCM RVNC")
"""What a whole file may have. RVNM, RVMC and RVNA belong to payments only."""
TRANSACTION_STATUSES = frozenset(STATUSES) - {"PART"}
"""What a single payment may have: everything but PART."""
NAME_CHECK = code_set("RCVC RVCM RVMC RVNM RVNA RVNC")
"""Results of a name check: never an acceptance of the payment."""
FINAL = code_set("ACCC RJCT CANC BLCK CPUC")
"""After these nothing follows but exceptions."""
RANKS: dict[str, int] = {
    "RCVD": 10, "ACTC": 20, "PATC": 25, "ACCP": 30, "ACFC": 35, "ACFW": 36, "ACSP": 40, "ACWC": 40, "ACWP": 45,
    "ACPD": 45, "ACIS": 50, "ACSC": 60, "ACCC": 70, "CPUC": 70, "BLCK": 97, "CANC": 98, "RJCT": 99,
}  # fmt: skip
"""Order of progress; PDNG and PART overlay it, name checks have none."""
BALANCE_TYPES: dict[str, str] = named("""
OPBD Opening booked balance
PRCD Closing balance of the statement before
CLBD Closing booked balance
ITBD Booked balance at a moment of the day
OPAV Opening available balance
CLAV Closing available balance
ITAV Available balance at a moment of the day
FWAV Available balance of a coming day
XPCD Expected balance with what is pending
INFO For information only
""")
"""Balances of statements."""
