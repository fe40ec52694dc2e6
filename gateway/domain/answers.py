"""What a bank's status does to a payment: one table, and unknown moves nothing (promise P7)."""

from dataclasses import dataclass

from gateway.domain.lifecycle import State

RANKS: dict[str, int] = {
    "RCVD": 10, "ACTC": 20, "PATC": 25, "ACCP": 30, "ACFC": 35, "ACFW": 36, "ACSP": 40, "ACWC": 40,
    "ACWP": 45, "ACPD": 45, "ACSC": 60, "ACCC": 70, "BLCK": 97, "CANC": 98, "RJCT": 99,
}  # fmt: skip
"""Progress order of statuses (rulebook B.1); PDNG is an overlay without a rank, VoP codes are not acceptance."""
OVERLAYS = frozenset({"PDNG", "PART"})
VERIFICATION_OF_PAYEE = frozenset({"RCVC", "RCVM", "RVMC", "RVNM", "RVNA", "RVNC"})
DUPLICATE_REASONS = frozenset({"DUPL", "AM05", "DU01"})
"""Reasons with which a bank says that it has this file or message already (promise P3)."""
_TARGETS: dict[str, State] = {
    **dict.fromkeys(
        ("RCVD", "ACTC", "PATC", "ACCP", "ACFC", "ACFW", "ACSP", "ACWC", "ACWP", "ACPD", "ACSC", "ACCC", "PDNG"),
        State.ACKNOWLEDGED,
    ),
    "RJCT": State.REJECTED,
    "CANC": State.CANCELLED,
}
MOVABLE = frozenset({State.SUBMITTED, State.IN_DOUBT, State.ACKNOWLEDGED})
"""States in which a bank's status can still move a payment; after a booking it is an exception for a person."""


@dataclass(frozen=True, slots=True)
class Effect:
    """``target`` is the state to move to (None: stay), ``note`` what a person should be told (None: nothing), and
    ``record`` whether the bank's word becomes what is known of the payment.
    """

    target: State | None
    note: str | None = None
    record: bool = False


def effect(state: State, status: str, *, known: str | None, reasons: frozenset[str], whole_file: bool) -> Effect:
    """What ``status`` does to a payment in ``state`` whose last status was ``known``.

    ``known`` matters because reports arrive late and twice: a lower rank than what is known is history, and a refusal
    as duplicate of something already accepted never un-accepts it. ``whole_file`` tells that the refusal is about the
    file: then a duplicate reason means that the bank holds an earlier copy of it, whatever it said before (RX-03).
    """
    if status in VERIFICATION_OF_PAYEE:
        return Effect(None, f"The bank checked the payee's name: {status}. This is not an acceptance.")
    if status == "PART":
        return Effect(None)
    target = _TARGETS.get(status)
    if target is None:
        return Effect(None, _unmoved(status))
    if target is State.REJECTED and reasons & DUPLICATE_REASONS and (whole_file or _accepted(state, known)):
        return Effect(None, "The bank refused a second copy; the first one stays accepted.")
    if state not in MOVABLE:
        return _after_booking(state, status, target)
    if known is not None and status not in OVERLAYS and RANKS.get(known, 0) > RANKS[status]:
        return Effect(None)
    return Effect(None if target is state else target, record=True)


def _unmoved(status: str) -> str:
    if status in RANKS:
        return f"The bank says {status}: the money is frozen, neither paid nor returned. Call it; do not pay again."
    return f"The bank sent the unknown status '{status}'. The payment stays where it is."


def _accepted(state: State, known: str | None) -> bool:
    if state in (State.ACKNOWLEDGED, State.SETTLED, State.RECONCILED, State.RETURNED):
        return True
    return known is not None and known not in ("RJCT", "CANC")


def _after_booking(state: State, status: str, target: State) -> Effect:
    if target is State.REJECTED and state in (State.SETTLED, State.RECONCILED):
        return Effect(None, f"The bank refused ({status}) after it had booked the payment; expect the money back.")
    if target is State.ACKNOWLEDGED and state is State.REJECTED:
        return Effect(None, f"The bank says {status} about a payment that it refused before. Ask it; do not pay again.")
    return Effect(None)
