"""What a status asks of people."""

from formats.codes.reason_actions import Action

_NOBODY = "Nobody: wait for the next status."
STATUS_ACTIONS: dict[str, Action] = {
    "RCVD": Action(_NOBODY, "-"),
    "ACTC": Action(_NOBODY, "-"),
    "PATC": Action("Signatories: more signatures are needed at the bank.", "-"),
    "ACCP": Action(_NOBODY, "-"),
    "ACFC": Action(_NOBODY, "-", "The funds check passed as well. That reserves no money."),
    "ACFW": Action("Treasury: confirm the payment at the bank.", "-"),
    "ACSP": Action(_NOBODY, "-"),
    "ACWC": Action("Treasury: see the reason for what the bank changed (date, remittance, instant to normal).", "-"),
    "ACWP": Action(_NOBODY, "-"),
    "ACPD": Action(_NOBODY, "-"),
    "ACSC": Action(
        "Nobody: the statement will prove it.", "-", "Your account is debited. Book from the statement, not from this."
    ),
    "ACCC": Action("Nobody: the payee has the money.", "-"),
    "ACIS": Action(_NOBODY, "-"),
    "CPUC": Action("Nobody: the payee has the cash.", "-"),
    "PRES": Action("Nobody: this is about requests-to-pay.", "-"),
    "PDNG": Action("Treasury: see the reason (signature, funds, compliance, manual check).", "-"),
    "PART": Action("Nobody: look at the single payments.", "-", "It says nothing about payments that are not listed."),
    "RJCT": Action("See the reason: it says who acts.", "F", "Refused; no money moved. A new payment needs new ids."),
    "CANC": Action("Nobody.", "N"),
    "BLCK": Action(
        "Treasury and compliance: call the bank; do not pay again.",
        "N",
        "After acceptance the money was frozen: it is neither paid nor returned.",
    ),
    "RCVC": Action("Nobody: the name matches. This is not an acceptance of the payment.", "-"),
    "RVMC": Action(
        "Accounts payable: compare with the name the bank shows; a second person confirms.",
        "A",
        "The bank knows the account under a slightly different name, which it gives in its text.",
    ),
    "RVNM": Action(
        "Accounts payable: call the payee back; going on needs two approvers and a reason.",
        "A",
        "The name does not belong to this account. The bank does not say whose it is.",
    ),
    "RVNA": Action("Accounts payable: decide by policy; stop for new or changed payees.", "A"),
    "RVNC": Action("Nobody: the check is running; the file waits until then.", "-"),
    "RVCM": Action("Accounts payable: look at the payments whose names do not match.", "A"),
}
