"""One person signing with another one's right: who may stand in for whom, until when, and how the two are counted.

A delegate signs as themselves with the right of exactly one other person. Behind such a signature stand two persons,
the one who looked and the one whose right it was; a person stands behind one signature of a batch at most. So a right
is used once, whoever uses it, and nobody counts twice by lending it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.roles import EVERY, Grant, Role, Verb

DELEGABLE = frozenset({Role.APPROVER, Role.RELEASER})
LASTS_MAX = timedelta(days=35)
"""The longest delegation: five weeks of leave. Whoever is away for longer needs a colleague with a grant."""
AHEAD_MAX = timedelta(days=90)
"""How far ahead a delegation may begin."""
HANDED_OVER = frozenset(
    {Verb.SEE, Verb.BATCH_APPROVE, Verb.BATCH_RELEASE, Verb.BATCH_WITHDRAW, Verb.FILE_READ, Verb.EVIDENCE_TAKE}
)
"""What of a role is handed over: signing batches and looking at them. Holds, files in doubt and another day for what
missed its cut-off stay with those who were appointed.
"""
NAME_LENGTH_MAX = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The person whose right somebody else uses."""

    id: str
    name: str


class Signature(Protocol):
    """What was signed, by whom, and with whose right (None: their own)."""

    @property
    def person_id(self) -> str: ...  # noqa: D102 - the names say it
    @property
    def person_name(self) -> str: ...  # noqa: D102
    @property
    def right_of(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one person wants to hand over to another. All ids are persons, not accounts."""

    giver: str
    taker: str
    role: Role
    entity: str
    starts_at: datetime
    ends_at: datetime


def check_wish(wish: Wish, held: Iterable[Grant], at: datetime) -> None:
    """Raises unless the giver may hand that over: what they hold themselves, no longer than they hold it."""
    if wish.role not in DELEGABLE:
        raise Unacceptable(
            f"Only {' and '.join(sorted(DELEGABLE))} can be handed over for a while.", code="delegation.role"
        )
    if wish.giver == wish.taker:
        raise Unacceptable("Choose another person; this one is you.", code="delegation.to_oneself")
    own = [one for one in held if one.right_of is None and one.role is wish.role]
    covering = [one for one in own if one.entity in (EVERY, wish.entity)]
    if not covering:
        where = "all entities" if wish.entity == EVERY else wish.entity
        raise Forbidden(
            f"You are not {wish.role} for {where} yourself, so you cannot hand it over.", code="delegation.not_held"
        )
    if wish.ends_at <= max(wish.starts_at, at):
        raise Unacceptable("It would end before it begins.", code="delegation.period")
    if wish.ends_at - wish.starts_at > LASTS_MAX:
        raise Unacceptable(f"It may last {LASTS_MAX.days} days at most.", code="delegation.too_long")
    if wish.starts_at > at + AHEAD_MAX:
        raise Unacceptable(f"It may begin at most {AHEAD_MAX.days} days ahead.", code="delegation.too_far")
    if all(one.ends_at is not None and one.ends_at < wish.ends_at for one in covering):
        raise Unacceptable("Your own grant ends before that.", code="delegation.beyond_grant")


def stands_in_for(grants: Iterable[Grant], entity: str, *verbs: Verb) -> tuple[Principal, ...]:
    """Whose right somebody uses for one of these, one of them; nobody's where they have a right of their own."""
    able = [one for one in grants if one.entity in (EVERY, entity) and any(map(one.allows, verbs))]
    if any(one.right_of is None for one in able):
        return ()
    found = {one.right_of: Principal(id=one.right_of, name=one.right_of_name) for one in able if one.right_of}
    return tuple(found.values())


def behind(one: Signature) -> frozenset[str]:
    """The persons who stand behind a signature: who signed, and whose right it was."""
    return frozenset({one.person_id, one.right_of or one.person_id})


def chosen(principals: Iterable[Principal], signed: Iterable[Signature], maker: str | None) -> Principal | None:
    """The one whose right is used: the first whom nobody has spoken for yet. None where there is nobody to choose."""
    taken = {maker}.union(*map(behind, signed))
    offered = tuple(principals)
    return next((one for one in offered if one.id not in taken), offered[0] if offered else None)


def why_not(person_id: str, right: Principal | None, signed: Iterable[Signature], maker: str | None) -> str:
    """Why a signature of this person, with that right, would count for nothing; empty where it counts."""
    if right is not None and right.id == maker:
        return f"You would sign for {right.name}, who brought this batch."
    for one in signed:
        if one.person_id != person_id and one.right_of == person_id:
            return f"{one.person_name} has signed already; with your right, so that the two of you count once."
        if right is not None and right.id in behind(one):
            return f"You would sign for {right.name}, and {one.person_name} has signed: the same right counts once."
    return ""


def check_signature(
    person_id: str, right: Principal | None, signed: Iterable[Signature], *, maker: str | None, refuses: bool
) -> None:
    """Raises :class:`Forbidden` or :class:`Conflict` where a signature would count for nothing. Saying no
    (``refuses``) needs no second person, so only the right itself is asked about.
    """
    if right is not None and right.id == maker:
        raise Forbidden(why_not(person_id, right, (), maker), code="approval.own_batch")
    says = "" if refuses else why_not(person_id, right, signed, maker)
    if says:
        raise Conflict(says, code="approval.same_right")


def signed_as(name: str, right: Principal | None) -> str:
    """How a signature reads on the trail: "Ben for Anna"."""
    if right is None:
        return name
    half = (NAME_LENGTH_MAX - len(" for ")) // 2
    return f"{name[:half]} for {right.name[:half]}"
