"""Whether a part and a payment speak of the same money, and by which references they name each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from reconciliation.booked import ZERO, Booked, Part, reference
from reconciliation.expected import ExpectedPayment
from reconciliation.matching import direction_of

GIVEN_ONCE = frozenset({"instruction id", "payment information id", "message id"})
"""References we make up ourselves, each for one file only. End-to-end ids are the ERP's, and may come again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyAgrees:
    """The amounts agree; ``fee`` was taken along with the payment, in the account's currency."""

    words: str
    fee: Decimal = ZERO


def money_agrees(part: Part, payment: ExpectedPayment) -> MoneyAgrees | None:
    """Amount, currency and direction of a booking: exactly, less a charge the bank says is included, or by the
    instructed amount where the account has another currency (rulebook ENT-12, ENT-13).
    """
    if direction_of(part) != payment.direction:
        return None
    return _amount_agrees(part, payment, fee=part.included_charges)


def money_came_back(part: Part, payment: ExpectedPayment) -> MoneyAgrees | None:
    """The full amount in the other direction, exactly or with an included charge taken off (rulebook PR-02)."""
    if direction_of(part) == payment.direction:
        return None
    return _amount_agrees(part, payment, fee=-part.included_charges)


def _amount_agrees(part: Part, payment: ExpectedPayment, *, fee: Decimal) -> MoneyAgrees | None:
    if part.currency == payment.currency:
        if part.amount == payment.amount:
            return MoneyAgrees(words=f"{part.amount} {part.currency} agrees")
        if fee and part.amount - fee == payment.amount:
            words = f"{part.amount} {part.currency} with a charge of {abs(fee)} agrees"
            return MoneyAgrees(words=words, fee=abs(fee))
        return None
    instructed = part.instructed
    if instructed is not None and (instructed.value, instructed.currency) == (payment.amount, payment.currency):
        return MoneyAgrees(words=f"instructed amount {payment.amount} {payment.currency} agrees")
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How a part names a payment: references equal on both sides, and references that contradict each other."""

    equal: tuple[tuple[str, str], ...]
    different: tuple[str, ...]

    @property
    def strong(self) -> bool:
        """Our tracking id, or two of our references and none that contradicts them."""
        return "UETR" in dict(self.equal) or (not self.different and len(self.equal) >= 2)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What contradicts the name. Many banks put an instruction id of their own in the place of ours, so that one
        raises no doubt where two other references are ours.
        """
        if "UETR" in dict(self.equal):
            return ()
        return tuple(name for name in self.different if name != "instruction id" or len(self.equal) < 2)

    def certain(self, payment: ExpectedPayment, fitting: Iterable[ExpectedPayment]) -> bool:
        """Whether no other file can be meant: it has an id that only this one has, or all payments of ours that the
        part names and that agree with it in money stand in this one.
        """
        given_once = not GIVEN_ONCE.isdisjoint(dict(self.equal))
        return given_once or {one.file_id for one in fitting} <= {payment.file_id}

    @property
    def words(self) -> str:
        """The evidence, for people."""
        return " and ".join(f"{name} {text}" for name, text in self.equal)


def naming(entry: Booked, part: Part, payment: ExpectedPayment) -> Naming | None:
    """How the part names the payment; None where it does not, or where the tracking ids prove another payment."""
    refs = part.references
    pairs = (
        ("UETR", refs.uetr, payment.uetr),
        ("instruction id", refs.instruction_id, payment.instruction_id),
        ("end-to-end id", refs.end_to_end_id, payment.end_to_end_id),
        ("payment information id", refs.payment_information_id, payment.payment_information_id),
        ("message id", refs.message_id, payment.message_id),
    )
    equal: list[tuple[str, str]] = []
    different: list[str] = []
    for name, theirs, ours in pairs:
        if theirs is None or ours is None or reference(theirs) is None or reference(ours) is None:
            continue
        if theirs == ours:
            equal.append((name, theirs))
        elif name == "UETR":
            return None
        else:
            different.append(name)
    own = {name for name, _ in equal} & {"UETR", "instruction id", "end-to-end id"}
    if not own:
        if entry.reference is None or entry.reference not in (payment.instruction_id, payment.end_to_end_id):
            return None
        equal.insert(0, ("entry reference", entry.reference))
    return Naming(equal=tuple(equal), different=tuple(different))
