"""Approval policies: rules that add to the floor, limits of a day, and the glass that two people may break.

A rule matches payments; the batch then needs what the strictest rule that matches any of its payments demands. A rule
only ever adds: the floor of :class:`gateway.domain.approval.ApprovalPolicy` always holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.domain.delegation import Signature, behind
from gateway.domain.promise import Promise
from gateway.domain.roles import Role

SECONDS_OF_A_MINUTE = 60


class Payee(StrEnum):
    """What we know about an account we are asked to pay, from what its entity has paid before."""

    NEW = "new"
    """No bank has taken a payment of this entity to this account yet."""
    CHANGED = "changed"
    """New, while a payee of the same name was paid at another account."""
    KNOWN = "known"
    """A bank has taken a payment of this entity to this account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Conditions that must all hold for a payment (an empty one always does), and what a batch with it needs then.

    Amounts are in ``currency``. ``split_days``: payments to one payee within so many days that stay below
    ``amount_from`` one by one, and reach it together, count as if each did (rulebook SD-04).
    """

    name: str
    approvers: int = 0
    releasers: int = 0
    entities: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    amount_from: Decimal | None = None
    amount_below: Decimal | None = None
    batch_total_from: Decimal | None = None
    payee: Payee | None = None
    minutes_to_cutoff_below: int | None = None
    split_days: int = 0

    @property
    def currency(self) -> str:
        """The one currency of the rule's amounts."""
        (only,) = self.currencies
        return only

    def takes(self, promise: Promise, at: datetime) -> bool:
        """Whether payments that leave this way may match."""
        if self.accounts and promise.kind.debtor_account not in self.accounts:
            return False
        if self.currencies and promise.kind.currency not in self.currencies:
            return False
        if self.products and promise.product not in self.products:
            return False
        if self.minutes_to_cutoff_below is None:
            return True
        if promise.release_by is None:
            return promise.product is None  # nobody can say when its cut-off is: the stricter reading
        left = (promise.release_by - at).total_seconds() / SECONDS_OF_A_MINUTE
        return left < self.minutes_to_cutoff_below


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMatch:
    """A rule that matches: how many payments, and the first of them. ``together`` is what the payments to its payee
    add up to where only that made it match.
    """

    rule: Rule
    count: int
    payment_id: str
    payee: str
    amount: Decimal
    currency: str
    together: Decimal | None = None


class Per(StrEnum):
    """Whose day a limit is about."""

    PERSON = "person"
    PAYEE = "payee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much one person may sign, or one payee be paid, in one currency, for one entity, on one day in ``zone``.

    ``entities`` says for which entities it holds (none: for each); every entity has a sum of its own.
    """

    name: str
    per: Per
    currency: str
    amount: Decimal
    zone: str
    entities: frozenset[str] = frozenset()

    def holds_for(self, entity: str) -> bool:
        """Whether it is about payments of this entity."""
        return not self.entities or entity in self.entities

    def day(self, at: datetime) -> tuple[datetime, datetime]:
        """Begin and end (exclusive) of the day in the limit's zone, in UTC."""
        zone = ZoneInfo(self.zone)
        today = at.astimezone(zone).date()
        return _midnight(today, zone), _midnight(today + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlass:
    """Who may let a batch go against the rules and limits: two persons with one of these roles."""

    roles: frozenset[Role]


GLASS_PERSONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a batch needs now, and the rules that ask for it beside the floor."""

    approvers: int
    releasers: int = 0
    matches: tuple[RuleMatch, ...] = ()


def need(floor: int, matches: Iterable[RuleMatch]) -> Need:
    """The strictest of each demand: a rule adds to the floor and takes nothing from it."""
    found = tuple(matches)
    return Need(
        approvers=max([floor, *(one.rule.approvers for one in found)]),
        releasers=max([0, *(one.rule.releasers for one in found)]),
        matches=found,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who is who, and who may sign for an entity now: ``persons`` maps accounts to persons, the others go by person.

    ``roles`` are a person's own; ``lent`` are those of others that a person may use, as (whose, role). ``gone`` are
    persons none of whose accounts is open.
    """

    persons: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    lent: Mapping[str, frozenset[tuple[str, Role]]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def person(self, account: str) -> str:
        """The person behind an account as things stand now."""
        return self.persons.get(account, account)

    def behind(self, one: Signature) -> frozenset[str]:
        """The persons who stand behind a signature as things stand now."""
        return frozenset(map(self.person, behind(one)))

    def may(self, account: str, roles: frozenset[Role]) -> bool:
        """Whether the person still holds one of the roles. Somebody without any account here is taken at their word:
        only the hub itself can have let them sign.
        """
        return account not in self.persons or bool(self.roles.get(self.person(account), frozenset()) & roles)

    def may_with(self, account: str, right_of: str, roles: frozenset[Role]) -> bool:
        """Whether somebody may still use another one's right, with the same word for those without an account."""
        rights = self.lent.get(self.person(account), frozenset())
        return account not in self.persons or any((self.person(right_of), role) in rights for role in roles)

    def able(self, roles: frozenset[Role], *, besides: Iterable[str]) -> list[str]:
        """The names of those who could sign, with a right of their own or with somebody else's, by name."""
        out = set(besides)
        own = {one for one, held in self.roles.items() if held & roles}
        borrowed = {
            one for one, rights in self.lent.items() if any(role in roles and of not in out for of, role in rights)
        }
        return sorted(self.names[one] for one in (own | borrowed) - out)
