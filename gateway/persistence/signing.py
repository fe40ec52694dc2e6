"""What deciding about a batch looks at: what waits, which rules match it, who may sign, and what was signed today.

Every method is one or two statements, whatever the number of payments.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    case,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from gateway.domain import ids
from gateway.domain.approval import Decision
from gateway.domain.lifecycle import NEVER_PAID, State
from gateway.domain.policy import Limit, Payee, Roster, Rule, RuleMatch
from gateway.domain.promise import KIND, Kind
from gateway.domain.roles import EVERY, Role
from gateway.domain.standing import OverLimit, Signed, Waiting
from gateway.persistence import grants
from gateway.persistence.amounts import at_least
from gateway.persistence.columns import AMOUNT_SCALE, exact_sum
from gateway.persistence.tables import approvals, batches, payment_moves, payments, people
from gateway.persistence.totals import totals_from_json

SIGNING_LOCK = 7_041_777
"""The key of PostgreSQL's lock under which signatures wait for each other; any number that is ours alone."""
KINDS_MAX = 2_000
"""Kinds of payments a rule is narrowed to; a batch with more of them is taken as a whole, which is stricter."""
OVER_SHOWN = 3
SMALLEST = Decimal(1).scaleb(-AMOUNT_SCALE)
PAID = (State.ACKNOWLEDGED, State.SETTLED, State.RECONCILED)
"""States in which a bank has taken a payment: its payee is known from then on."""
_dead = [one.value for one in NEVER_PAID]


class Signing:
    """Looks at one moment; writes nothing."""

    def __init__(self, connection: Connection, *, at: datetime) -> None:
        self._connection = connection
        self._at = at

    def lock(self) -> None:
        """Lets one signature at a time be given, where sums over batches decide. SQLite has one writer anyway."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(select(func.pg_advisory_xact_lock(SIGNING_LOCK)))

    def waiting(self, batch_id: str) -> list[Waiting]:
        """What of a batch waits for people, by the way it would go, held or not."""
        held = payments.c.hold.is_not(None).label("held")
        keys = [payments.c[name] for name in KIND]
        query = (
            select(*keys, held, func.count().label("count"), exact_sum(payments.c.amount).label("amount"))
            .where(payments.c.batch_id == batch_id, payments.c.state == State.VALIDATED.value)
            .group_by(*keys, held)
            .order_by(payments.c.currency, payments.c.debtor_account, payments.c.requested_date)
        )
        return [
            Waiting(
                kind=Kind(**{name: row[name] for name in KIND}), held=bool(row["held"]), count=row["count"],
                amount=row["amount"],
            )
            for row in self._connection.execute(query).mappings()
        ]  # fmt: skip

    def content(self, batch_id: str) -> Iterable[tuple[int, str]]:
        """(position, content digest) of what waits, in order."""
        query = (
            select(payments.c.position, payments.c.content_sha256)
            .where(*_waiting(batch_id))
            .order_by(payments.c.position)
        )
        for row in self._connection.execute(query):
            yield row.position, row.content_sha256

    def editors(self, batch_id: str) -> dict[str, str]:
        """The accounts that gave what waits another day, each with the act in which it last did so."""
        query = (
            select(payment_moves.c.actor, func.max(payment_moves.c.act).label("act"))
            .join(payments, payments.c.id == payment_moves.c.payment_id)
            .where(
                *_waiting(batch_id), payment_moves.c.source == State.EXPIRED.value,
                payment_moves.c.target == State.VALIDATED.value,
            )
            .group_by(payment_moves.c.actor)
        )  # fmt: skip
        return {row.actor: row.act for row in self._connection.execute(query)}

    def batch_totals(self, batch_id: str) -> dict[str, Decimal]:
        """What a batch pays in each currency, whatever of it is held or decided already, but not what never leaves."""
        query = (
            select(payments.c.currency, exact_sum(payments.c.amount))
            .where(payments.c.batch_id == batch_id, payments.c.state.not_in(_dead))
            .group_by(payments.c.currency)
        )
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def matches(self, batch_id: str, rules: Sequence[tuple[Rule, Sequence[Kind] | None]]) -> list[RuleMatch]:
        """The rules that match what waits in a batch, with how many payments and the first of them.

        Each rule comes with the kinds it is narrowed to, None meaning any.
        """
        if not rules:
            return []
        conditions = [self._condition(batch_id, rule, kinds) for rule, kinds in rules]
        columns = [
            column
            for number, one in enumerate(conditions)
            for column in (
                func.count(case((one, payments.c.position))).label(f"count_{number}"),
                func.min(case((one, payments.c.position))).label(f"first_{number}"),
            )
        ]
        found = self._connection.execute(select(*columns).where(*_waiting(batch_id))).mappings().one()
        hits = {number: found[f"first_{number}"] for number in range(len(rules)) if found[f"count_{number}"]}
        query = select(payments).where(payments.c.batch_id == batch_id, payments.c.position.in_(set(hits.values())))
        firsts = {row["position"]: row for row in self._connection.execute(query).mappings()} if hits else {}
        matched = []
        for number, position in hits.items():
            rule, row = rules[number][0], firsts[position]
            match = RuleMatch(
                rule=rule, count=found[f"count_{number}"], payment_id=row["id"], payee=row["creditor_name"],
                amount=row["amount"], currency=row["currency"],
            )  # fmt: skip
            if rule.split_days and rule.amount_from is not None and row["amount"] < rule.amount_from:
                match = replace(match, together=self._together(rule, row["entity"], row["creditor_account"]))
            matched.append(match)
        return matched

    def roster(self, entity: str, accounts: Iterable[str]) -> Roster:
        """Who may sign for an entity now, and the persons behind some accounts."""
        person, named = func.coalesce(people.c.same_as, people.c.id), list(accounts)
        held = grants.signing(entity, self._at).subquery()
        query = (
            select(people.c.id, person.label("person"), people.c.display_name, people.c.disabled_at, held.c.role)
            .select_from(people.outerjoin(held, and_(held.c.person_id == people.c.id, people.c.disabled_at.is_(None))))
            .where(or_(held.c.role.is_not(None), people.c.id.in_(named), person.in_(named)))
            .order_by(people.c.id)
        )
        persons, roles, names = dict[str, str](), dict[str, frozenset[Role]](), dict[str, str]()
        open_to = set[str]()
        for row in self._connection.execute(query):
            persons[row.id] = row.person
            names.setdefault(row.person, row.display_name)
            more = frozenset() if row.role is None else frozenset({Role(row.role)})
            roles[row.person] = roles.get(row.person, frozenset()) | more
            open_to |= {row.person} if row.disabled_at is None else set()
        lent = dict[str, frozenset[tuple[str, Role]]]()
        rights = grants.handed_over(self._at).subquery()
        loans = (
            select(person.label("person"), people.c.display_name, rights.c.right_of, rights.c.role)
            .join(rights, rights.c.person_id == people.c.id)
            .where(people.c.disabled_at.is_(None), rights.c.entity.in_((EVERY, entity)))
        )
        for loan in self._connection.execute(loans):
            names.setdefault(loan.person, loan.display_name)
            right = (loan.right_of, Role(loan.role))
            lent[loan.person] = lent.get(loan.person, frozenset()) | {right}
        gone = frozenset(persons.values()) - open_to
        return Roster(persons=persons, roles=roles, names=names, lent=lent, gone=gone)

    def signed(self, person: str, *, entity: str, since: datetime, until: datetime) -> list[Signed]:
        """What a person signed for an entity within a day, over all their accounts, and what others signed with their
        right; oldest first.
        """
        theirs = select(people.c.id).where(func.coalesce(people.c.same_as, people.c.id) == person)
        query = (
            select(approvals.c.batch_id, approvals.c.content, approvals.c.totals)
            .select_from(approvals.join(batches, batches.c.id == approvals.c.batch_id))
            .where(
                or_(
                    approvals.c.person_id == person, approvals.c.person_id.in_(theirs),
                    approvals.c.right_of == person, approvals.c.right_of.in_(theirs),
                ),
                approvals.c.at >= since, approvals.c.at < until, approvals.c.decision != Decision.DECLINE.value,
                batches.c.entity == entity,
            )
            .order_by(approvals.c.id)
        )  # fmt: skip
        return [
            Signed(batch_id=row.batch_id, content=row.content, totals=totals_from_json(row.totals))
            for row in self._connection.execute(query)
        ]

    def took_effect(self, batch_ids: Iterable[str]) -> set[tuple[str, str]]:
        """(batch, content digest) of every approval by which payments went."""
        query = (
            select(payments.c.batch_id, payments.c.approval_digest)
            .where(payments.c.batch_id.in_(list(batch_ids)), payments.c.approval_digest.is_not(None))
            .distinct()
        )
        return {(row.batch_id, row.approval_digest) for row in self._connection.execute(query)}

    def payees_over(self, batch_id: str, entity: str, limit: Limit) -> list[OverLimit]:
        """Payees whom this batch would take over their limit of the day, with what was approved for them today."""
        since, until = limit.day(self._at)
        here = and_(*_waiting(batch_id))
        approved = exists().where(
            payment_moves.c.payment_id == payments.c.id, payment_moves.c.target == State.APPROVED.value,
            payment_moves.c.at >= since, payment_moves.c.at < until,
        )  # fmt: skip
        earlier = and_(payments.c.approval_digest.is_not(None), payments.c.state.not_in(_dead), approved)
        ours = (payments.c.entity == entity, payments.c.currency == limit.currency)
        payees = select(payments.c.creditor_account).where(here, *ours).distinct()
        total = exact_sum(payments.c.amount)
        query = (
            select(func.min(payments.c.creditor_name).label("payee"), payments.c.creditor_account, total.label("total"))
            .where(*ours, payments.c.creditor_account.in_(payees), or_(here, earlier))
            .group_by(payments.c.creditor_account)
            .having(at_least(self._connection, total, limit.amount + SMALLEST))
            .order_by(payments.c.creditor_account)
            .limit(OVER_SHOWN)
        )
        return [
            OverLimit(limit=limit, payee=row.payee, account=row.creditor_account, total=row.total)
            for row in self._connection.execute(query)
        ]

    def _condition(self, batch_id: str, rule: Rule, kinds: Sequence[Kind] | None) -> ColumnElement[bool]:
        parts: list[ColumnElement[bool]] = [true()]
        if rule.entities:
            parts.append(payments.c.entity.in_(sorted(rule.entities)))
        if rule.currencies:
            parts.append(payments.c.currency.in_(sorted(rule.currencies)))
        if kinds is not None and len(kinds) <= KINDS_MAX:
            texts = [func.coalesce(payments.c[name], literal("")) for name in KIND if name != "requested_date"]
            wanted = [
                (*(getattr(one, name) or "" for name in KIND if name != "requested_date"), one.requested_date)
                for one in kinds
            ]
            parts.append(tuple_(*texts, payments.c.requested_date).in_(wanted))
        if rule.payee is not None:
            parts.append(_payee(rule.payee))
        if rule.amount_from is not None:
            large = at_least(self._connection, payments.c.amount, rule.amount_from)
            if rule.amount_below is not None:
                large = and_(large, ~at_least(self._connection, payments.c.amount, rule.amount_below))
            parts.append(or_(large, self._split(batch_id, rule)) if rule.split_days else large)
        elif rule.amount_below is not None:
            parts.append(~at_least(self._connection, payments.c.amount, rule.amount_below))
        return and_(*parts)

    def _split(self, batch_id: str, rule: Rule) -> ColumnElement[bool]:
        """Payees whose payments below the band reach it together."""
        assert rule.amount_from is not None
        payees = select(distinct(payments.c.creditor_account)).where(*_waiting(batch_id))
        other = payments.alias("other")
        reached = (
            select(other.c.creditor_account)
            .where(*self._below(other, rule), other.c.creditor_account.in_(payees))
            .where(other.c.entity == select(batches.c.entity).where(batches.c.id == batch_id).scalar_subquery())
            .group_by(other.c.creditor_account)
            .having(at_least(self._connection, exact_sum(other.c.amount), rule.amount_from))
        )
        below = ~at_least(self._connection, payments.c.amount, rule.amount_from)
        return and_(below, payments.c.creditor_account.in_(reached))

    def _together(self, rule: Rule, entity: str, account: str) -> Decimal:
        other = payments.alias("other")
        query = select(exact_sum(other.c.amount)).where(
            *self._below(other, rule), other.c.entity == entity, other.c.creditor_account == account
        )
        return Decimal(self._connection.execute(query).scalar_one())

    def _below(self, other: FromClause, rule: Rule) -> tuple[ColumnElement[bool], ...]:
        assert rule.amount_from is not None
        return (
            other.c.currency == rule.currency, other.c.id >= ids.floor(self._at - timedelta(days=rule.split_days)),
            other.c.state.not_in([*_dead, State.RECEIVED.value]),
            ~at_least(self._connection, other.c.amount, rule.amount_from),
        )  # fmt: skip


def _waiting(batch_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        payments.c.batch_id == batch_id, payments.c.state == State.VALIDATED.value, payments.c.hold.is_(None),
    )  # fmt: skip


def _payee(wanted: Payee) -> ColumnElement[bool]:
    paid = payments.alias("paid")
    taken = (paid.c.state.in_([one.value for one in PAID]), paid.c.entity == payments.c.entity)
    known = exists().where(paid.c.creditor_account == payments.c.creditor_account, *taken)
    if wanted is Payee.KNOWN:
        return known
    if wanted is Payee.NEW:
        return ~known
    elsewhere = exists().where(
        paid.c.creditor_name == payments.c.creditor_name, paid.c.creditor_account != payments.c.creditor_account, *taken
    )
    return and_(~known, elsewhere)
