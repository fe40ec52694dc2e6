"""The words of the console: what every state, kind and verdict is called in front of a person.

Each gets a sentence, and one of four meanings; the meaning gives the icon and the colour, so nothing depends on colour.
"""

from dataclasses import dataclass
from enum import StrEnum

from formats.findings import Severity
from gateway.domain.hold import HOLDABLE
from gateway.domain.lifecycle import FileState, State
from reconciliation.breaks import BreakKind


class Meaning(StrEnum):
    """What a mark says at a glance; the value names the icon and the colour token."""

    GOOD = "good"
    WAITING = "waiting"
    ATTENTION = "attention"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """``short`` fits a table cell, ``says`` is a whole sentence with what happens next."""

    short: str
    says: str
    meaning: Meaning


def _words(meaning: Meaning, short: str, says: str) -> Words:
    return Words(short=short, says=says, meaning=meaning)


G, W, A, S = Meaning.GOOD, Meaning.WAITING, Meaning.ATTENTION, Meaning.STOPPED

PAYMENT: dict[State, Words] = {
    State.RECEIVED: _words(W, "Received, being checked", "It was taken in and is checked next."),
    State.VALIDATED: _words(W, "Waiting for approval", "Every rule passed. It waits for people to approve it."),
    State.INVALID: _words(S, "Refused by a rule", "A rule found an error. Correct it in the ERP and send it again."),
    State.APPROVED: _words(W, "Approved, being scheduled", "Enough people agreed. Its bank and day are chosen next."),
    State.DECLINED: _words(S, "Declined", "A person said no. It goes no further."),
    State.SCHEDULED: _words(
        W, "Waiting for its window", "Its way is chosen. The bank file is built when the window opens."
    ),
    State.GENERATED: _words(W, "In a bank file, about to leave", "The bank file is stored and leaves next."),
    State.SUBMITTED: _words(W, "Sent, bank has not answered yet", "The bank holds the file. Its answer is expected."),
    State.IN_DOUBT: _words(
        A, "Sending in doubt", "The line dropped; nobody knows if the bank has it. Nothing is sent again on a guess."
    ),
    State.ACKNOWLEDGED: _words(
        W, "Accepted by the bank", "The bank answered and did not refuse. A booking is expected."
    ),
    State.SETTLED: _words(G, "Booked by the bank", "A booking on our account shows it. It counts as paid."),
    State.RECONCILED: _words(G, "Paid and proven", "A statement that adds up shows it. Nothing is left to do."),
    State.REJECTED: _words(S, "Refused by the bank", "The bank refused it. No money moved."),
    State.RETURNED: _words(S, "Money came back", "It was paid and came back. The invoice is open again."),
    State.CANCELLED: _words(S, "Withdrawn", "It was withdrawn before it left, or recalled with the bank's consent."),
    State.EXPIRED: _words(
        S, "Missed its cut-off", "Its cut-off passed. It goes no further unless a person asks for a new day."
    ),
}  # fmt: skip

HELD = _words(A, "Held", "It does not leave before people have said that it is meant.")
HOLD: dict[str, Words] = {
    "duplicate": _words(A, "Looks paid already", "It looks like a payment made before. Release it or decline it."),
    "limit": _words(A, "Beyond a limit", "It goes beyond what may be paid. Release it or decline it."),
    "vop": _words(A, "Payee's name does not fit", "The payee's bank does not know the payee by this name."),
    "perhaps_sent": _words(
        A, "Perhaps sent before", "Nothing proves that its first file did not arrive. Ask the bank."
    ),
    "manual": _words(A, "Stopped by a person", "A person stopped it. Release it or decline it."),
}

FILE: dict[FileState, Words] = {
    FileState.GENERATED: _words(W, "Built, about to leave", "The bytes are stored. Nothing was handed over yet."),
    FileState.STAGED: _words(W, "At the bank, not handed over", "It stands there under a name the bank does not read."),
    FileState.SUBMITTED: _words(W, "Sent, bank has not answered yet", "The bank holds the whole file."),
    FileState.IN_DOUBT: _words(
        A, "Sending in doubt", "The line dropped. We look at the bank before anything is sent again."
    ),
    FileState.ACKNOWLEDGED: _words(G, "Answered by the bank", "The bank answered and did not refuse the file."),
    FileState.REFUSED: _words(S, "Refused by the bank", "The bank refused the whole file. No money moved."),
    FileState.WITHDRAWN: _words(S, "Withdrawn", "It was not handed over. Its payments go with a later file, or ended."),
}  # fmt: skip

BREAK: dict[BreakKind, Words] = {
    BreakKind.AMOUNT_DIFFERS: _words(A, "Another amount", "Our reference was booked with another amount."),
    BreakKind.UNKNOWN_ENTRY: _words(A, "Unknown entry", "Nothing we know of explains this entry."),
    BreakKind.MISSING_BOOKING: _words(A, "Not booked yet", "The bank should have booked this payment by now."),
    BreakKind.DUPLICATE_BOOKING: _words(S, "Booked twice", "The bank booked the payment, or its return, twice."),
    BreakKind.RETURN: _words(A, "Money came back", "The vendor is unpaid again."),
    BreakKind.UNKNOWN_RETURN: _words(A, "Unknown return", "Money came back, but not of a payment we know."),
    BreakKind.AMBIGUOUS: _words(A, "Several could fit", "Several payments fit equally well; nobody guesses."),
    BreakKind.STATEMENT_UNPROVEN: _words(
        S, "Statement not proven", "It does not add up, or does not follow the last one."
    ),
    BreakKind.DETAILS_DIFFER: _words(A, "Details do not add up", "The details of an entry do not add up to it."),
    BreakKind.LATE_REJECTION: _words(S, "Refused after booking", "Refused by the bank and yet booked, or the reverse."),
    BreakKind.UNEXPECTED_BOOKING: _words(
        S, "Booked unexpectedly", "It was booked although we do not think it was sent."
    ),
    BreakKind.FEE: _words(W, "Charge", "The bank took a charge with a payment or a return."),
}  # fmt: skip

SEVERITY: dict[Severity, Words] = {
    Severity.HALT: _words(S, "Stop", "Data integrity is in doubt. A person must look before anything goes on."),
    Severity.BLOCK: _words(S, "Must be corrected", "It cannot be released until it is put right."),
    Severity.WARN: _words(A, "Look at this", "It may be released once a person has seen it."),
    Severity.FIX: _words(A, "Repaired", "The hub repaired it before approval, and shows what it changed."),
    Severity.INFO: _words(W, "Good to know", "Nothing to do."),
}

CHANNEL: dict[str, Words] = {
    "closed": _words(G, "Works", "Files and answers get through."),
    "open": _words(
        A,
        "Out of reach",
        "Several attempts in a row failed. Nothing connects until the pause is over, and nothing is lost.",
    ),
    "half_open": _words(
        W, "Being tried", "One attempt finds out whether it works again; everything else waits for it."
    ),
    "stopped": _words(
        S, "Stopped", "The server shows a host key nobody confirmed. Nothing connects until two administrators did."
    ),
}

CHANNEL_TO_DO: dict[str, str] = {
    "closed": "Nothing",
    "open": "It is tried again by itself; look at the last trouble",
    "half_open": "Wait a moment",
    "stopped": "Call the bank about its host key",
}

VERDICT: dict[str, Words] = {
    "proven": _words(G, "Proven", "Opening plus entries is closing, and it follows the last statement."),
    "advised": _words(W, "Advice only", "A notification: it tells of bookings, and proves no balance."),
    "waiting": _words(W, "Pages missing", "Not all of its pages are here yet."),
    "duplicate": _words(W, "Seen before", "The same statement was imported before. It moves nothing."),
    "quarantined": _words(S, "Not proven", "It does not add up. Its entries move nothing until a person has looked."),
}

ENTRY: dict[str, Words] = {
    "matched": _words(G, "Matched", "It belongs to payments of ours."),
    "suggested": _words(A, "Suggested", "There is a likely match. A person decides."),
    "open": _words(A, "Open", "Nothing explains it yet."),
    "repeated": _words(W, "Told before", "Another message told the same movement."),
    "forecast": _words(W, "Not booked yet", "The bank only announces it."),
    "quarantined": _words(S, "Not counted", "It stands on a statement that is not proven."),
}

DOCUMENT: dict[str, Words] = {
    "received": _words(W, "Being read", "It is stored and read next."),
    "processed": _words(G, "Read", "It was read and acted upon."),
    "quarantined": _words(S, "In quarantine", "It could not be read, or belongs to nothing we know. It moved nothing."),
}

BREAK_STATE: dict[str, Words] = {
    "open": _words(A, "Open", "Somebody must act."),
    "resolved": _words(G, "Closed", "It was explained."),
}

ATTEMPT: dict[str | None, Words] = {
    None: _words(A, "No outcome yet", "It is under way, or nobody knows how it ended."),
    "delivered": _words(G, "Delivered", "The bank holds the file."),
    "superseded": _words(W, "Replaced", "It was never handed over."),
    "taken_back": _words(W, "Taken back", "Its staged copy was removed at the bank before anybody handed it over."),
    "unreachable": _words(W, "Bank not reached", "Nothing was handed over."),
    "refused": _words(S, "Refused", "The bank said no; nothing was handed over."),
    "ruled": _words(A, "Decided by two people", "Two people said that the bank does not have it."),
}

VERDICT_ABOUT_FILE: dict[str, Words] = {
    "arrived": _words(G, "The bank has it", "It counts as sent. The bank's answer and booking are expected as usual."),
    "send_again": _words(
        W, "It never arrived, send it again", "The same bytes go again under the same name and MsgId, in their window."
    ),
    "give_up": _words(
        S,
        "It never arrived, give it up",
        "It does not go any more. Its payments are rejected; the ERP is told why.",
    ),
}
"""What a person can say about a file in doubt."""

SETTLE: dict[str, str] = {
    "arrived": "Say that the bank has",
    "send_again": "Send again",
    "give_up": "Give up",
}
"""The verbs of the buttons, before the object and the amount."""

WHO_ACTS: dict[str, str] = {
    "treasury": "Treasury looks",
    "operator": "An operator mends the line",
    "bank": "Call the bank",
    "erp": "The ERP posts it",
}

STEP: dict[str, str] = {
    "intake": "Received",
    "validate": "Checked",
    "approve": "Approved",
    "schedule": "Scheduled",
    "generate": "Filed",
    "submit": "Sent",
    "acknowledge": "Answered",
    "reconcile": "Booked",
    "notify": "Told",
}
"""The nine steps as the path writes them, in its order: the past participle of what each does."""

MESSAGE: dict[str, str] = {
    "status_report": "Status report",
    "statement": "Statement",
    "report": "Report during the day",
    "notification": "Advice of bookings",
}

ROLE: dict[str, str] = {
    "maker": "Maker: brings batches",
    "approver": "Approver: agrees to payments, and decides about holds",
    "releaser": "Releaser: lets approved payments go to the bank",
    "operator": "Operator: looks after documents, breaks and webhooks",
    "auditor": "Auditor: sees everything, changes nothing",
    "administrator": "Administrator: looks after people, configuration and the ways to the banks",
}
"""What each role is for, as an administrator chooses it."""

FACTOR: dict[str, Words] = {
    "set": _words(G, "Set up", "Approvals ask for a code of it."),
    "none": _words(A, "None", "Whoever knows the password can act in this name."),
}

ACCOUNT: dict[str, Words] = {
    "open": _words(G, "Can sign in", "The account works."),
    "locked": _words(A, "Locked out", "Too many wrong passwords or codes; it opens again by itself."),
    "disabled": _words(S, "Disabled", "This account can do nothing any more."),
}

DELEGATION: dict[str, Words] = {
    "waiting": _words(A, "Waits for an administrator", "It holds once an administrator has confirmed it."),
    "coming": _words(W, "Begins later", "It is confirmed and holds from its first day."),
    "holds": _words(G, "Holds", "One signs for the other now."),
    "over": _words(W, "Over", "It holds no more."),
}

RECALL: dict[str, Words] = {
    "asked": _words(A, "Asked for, waits for a second person", "Nothing has left. Another person must confirm it."),
    "confirmed": _words(W, "Confirmed, about to leave", "It goes to the bank as soon as the bank can be reached."),
    "sending": _words(W, "On its way", "It is being handed to the bank, and may have arrived."),
    "sent": _words(W, "Sent, bank has not answered yet", "The bank holds it. Its answer is expected."),
    "unclear": _words(
        A, "Nobody knows if it arrived", "It is not sent again. Ask the bank; take it back if the bank has nothing."
    ),
    "pending": _words(W, "Neither accepted nor refused yet", "The bank looks into it, or asks the payee."),
    "accepted": _words(
        G, "Accepted by the bank", "The bank stops the payment or brings it back. A statement shows it."
    ),
    "refused": _words(S, "Refused by the bank", "The bank does not bring it back. It may be asked again."),
    "withdrawn": _words(S, "Taken back", "It goes no further. The payment may be recalled anew."),
}

UNKNOWN_MEANING = Meaning.ATTENTION


def payment(state: str, *, held: bool = False) -> Words:
    """The words of a payment's state; a hold wins, because it is what somebody must act on."""
    return HELD if held and state in HOLDABLE else PAYMENT[State(state)]


def of(table: dict[str, Words], key: str) -> Words:
    """The words of a key; one that is not in the table is shown as it is, marked for attention."""
    found = table.get(key)
    return found or Words(short=key.replace("_", " "), says="", meaning=UNKNOWN_MEANING)


def entity(name: str) -> str:
    """What a grant is for, in words."""
    return "all entities" if name == "*" else name


def attempt(outcome: str | None) -> Words:
    """The words of an attempt's outcome."""
    return ATTEMPT.get(outcome) or of({}, outcome or "")


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 payment``, ``3 payments``: never "payment(s)"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
