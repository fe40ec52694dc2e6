"""One check of one message: events in, findings out, in order, in memory that does not grow with the file."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from formats.findings import Finding, Severity
from formats.initiation import CreditTransfer, Initiation, PaymentInformation
from formats.rules.context import Context, History, Seen, Totals
from formats.rules.engine import Found, Rule, Scope
from formats.rules.paths import in_collection
from formats.rules.places import batch_places, header_places, payment_places
from formats.rules.policy import Policy, policy

Event = Initiation | PaymentInformation | CreditTransfer
"""What a streaming reader gives: the header, then each batch followed by its payments."""
Active = tuple[Callable[[Any, Context], Iterator[Found]], Rule, Severity | None]
EXECUTION_DAYS_KEPT_MAX = 400
"""Rule sets kept per execution day; a file with more different days works them out again each time."""
_EMPTY_HEADER = Initiation(message_id="", created_at=None)


class InForce(NamedTuple):
    """The rules of one day by what they look at, and their bank values."""

    rules: Mapping[Scope, tuple[Active, ...]]
    parameters: Mapping[str, Mapping[str, Any]]


class Checker:
    """Feed it the events of one message in order and close it; each call yields the findings it can be sure of.

    The sums of batch and message come when they end. A gateway that reads in chunks keeps one Checker over all chunks.
    It never raises for what a message holds.
    """

    def __init__(
        self,
        *,
        profile: str = "iso",
        as_of: date,
        overrides: Mapping[str, Any] | None = None,
        history: History | None = None,
    ) -> None:
        """Raises :class:`formats.rules.policy.UnknownProfile` or ``InvalidOverride`` before anything is checked."""
        self.policy: Policy = policy(profile, overrides)
        self.context = Context(
            profile=profile,
            as_of=as_of,
            header=_EMPTY_HEADER,
            history=history or History(),
        )
        self._payments = 0
        self._in_batch = False
        self._by_day: dict[date, InForce] = {}
        self._active = self._rules_of(as_of)

    def feed(self, event: Event) -> Iterator[Finding]:
        """The findings about one event; an Initiation or PaymentInformation that holds its parts is walked as well."""
        if isinstance(event, CreditTransfer):
            yield from self.payment(event)
        elif isinstance(event, PaymentInformation):
            yield from self.batch(event)
            for payment in event.payments:
                yield from self.payment(payment)
        else:
            yield from self.header(event)
            for batch in event.batches:
                yield from self.feed(batch)

    def header(self, header: Initiation) -> Iterator[Finding]:
        """The findings about the group header; starts the message."""
        context = self.context
        context.header = header
        context.totals, context.batch_totals, context.seen = Totals(), Totals(), Seen()
        context.batch_number = self._payments = 0
        self._in_batch = False
        yield from self._run(Scope.MESSAGE, header, "GrpHdr", None, None)
        yield from self._places(header_places(header), "GrpHdr", None, None)

    def batch(self, batch: PaymentInformation) -> Iterator[Finding]:
        """The findings about the head of one PmtInf, after the totals of the one before."""
        yield from self._end_batch()
        context = self.context
        context.batch, context.payment, context.payment_number = batch, None, 0
        context.batch_number += 1
        context.batch_totals = Totals()
        context.seen.instruction_ids = set()
        self._in_batch = True
        self._active = self._rules_of(context.execution_day)
        prefix = f"PmtInf[{context.batch_number}]"
        yield from self._run(Scope.BATCH, batch, prefix, batch.line, None)
        yield from self._places(batch_places(batch), prefix, batch.line, None)
        context.seen.batch_ids.add(batch.id)

    def payment(self, payment: CreditTransfer) -> Iterator[Finding]:
        """The findings about one payment of the batch fed last."""
        context = self.context
        context.payment = payment
        context.payment_number += 1
        index = self._payments
        self._payments += 1
        for totals in (context.totals, context.batch_totals):
            totals.count += 1
            totals.total += payment.amount.value
            totals.currencies.add(payment.amount.currency)
        element = "DrctDbtTxInf" if context.header.collection else "CdtTrfTxInf"
        prefix = f"PmtInf[{context.batch_number}]/{element}[{context.payment_number}]"
        yield from self._run(Scope.PAYMENT, payment, prefix, payment.line, index)
        yield from self._places(payment_places(payment), prefix, payment.line, index)
        if payment.instruction_id:
            context.seen.instruction_ids.add(hash(payment.instruction_id))
        if payment.end_to_end_id:
            context.seen.end_to_end_ids.add(hash(payment.end_to_end_id))

    def payments(self, payments: Iterable[CreditTransfer]) -> Iterator[Finding]:
        """The findings about a chunk of payments of the batch fed last."""
        for payment in payments:
            yield from self.payment(payment)

    def close(self) -> Iterator[Finding]:
        """The totals of the last batch and of the message."""
        yield from self._end_batch()
        self._active = self._rules_of(self.context.as_of)
        yield from self._run(Scope.MESSAGE_END, self.context.header, "GrpHdr", None, None)

    def schema(self, refusal: object, path: str, line: int | None) -> Iterator[Finding]:
        """The finding for one refusal of the XML schema."""
        yield from self._run(Scope.SCHEMA, refusal, path, line, None)

    def _end_batch(self) -> Iterator[Finding]:
        if self._in_batch:
            batch = self.context.batch
            prefix = f"PmtInf[{self.context.batch_number}]"
            yield from self._run(Scope.BATCH_END, batch, prefix, batch.line, None)
            self._in_batch = False

    def _places(
        self, places: Iterable[tuple[Scope, Any]], prefix: str, line: int | None, index: int | None
    ) -> Iterator[Finding]:
        context = self.context
        rules = self._active
        for scope, place in places:
            for active in rules.get(scope, ()):
                for found in active[0](place, context):
                    yield self._finding(active, found, prefix, line, index)

    def _run(
        self, scope: Scope, subject: object, prefix: str, line: int | None, index: int | None
    ) -> Iterator[Finding]:
        context = self.context
        for active in self._active.get(scope, ()):
            for found in active[0](subject, context):
                yield self._finding(active, found, prefix, line, index)

    def _finding(self, active: Active, found: Found, prefix: str, line: int | None, index: int | None) -> Finding:
        _, rule, changed = active
        below = found.path
        while below.startswith("../"):
            below, prefix = below[3:], prefix.rpartition("/")[0]
        if self.context.header.collection:
            below = in_collection(below, of_payment=index is not None and prefix.count("/") > 0)
        return Finding(
            rule=rule.id,
            severity=changed or found.severity or rule.severity,
            message=found.message,
            advice=rule.advice if found.advice is None else found.advice,
            path="/".join(part for part in (prefix, below) if part) or None,
            line=line,
            payment=index,
        )

    def _rules_of(self, day: date) -> Mapping[Scope, tuple[Active, ...]]:
        """The rules in force for a batch executed on ``day`` (most rules count from the day of the check)."""
        known = self._by_day.get(day)
        if known is None:
            known = self._in_force(day)
            if len(self._by_day) < EXECUTION_DAYS_KEPT_MAX:
                self._by_day[day] = known
        self.context.parameters = known.parameters
        return known.rules

    def _in_force(self, execution_day: date) -> InForce:
        scopes: dict[Scope, list[Active]] = {}
        parameters: dict[str, Mapping[str, Any]] = {}
        for rule in self.policy.rules:
            day = execution_day if rule.by_execution else self.context.as_of
            on, severity = self.policy.in_force(rule, day)
            if on:
                scopes.setdefault(rule.scope, []).append((rule.check, rule, severity))
                parameters[rule.id] = self.policy.parameters(rule, day)
        return InForce({scope: tuple(rules) for scope, rules in scopes.items()}, parameters)


def check_payments(
    events: Iterable[Event],
    *,
    profile: str = "iso",
    as_of: date,
    overrides: Mapping[str, Any] | None = None,
    history: History | None = None,
) -> Iterator[Finding]:
    """Every finding about a message given as events (header, batches, payments) or as one Initiation in a list.

    Streams: nothing is kept but counts and id hashes. Raises only for an unknown profile or a wrong override.
    """
    checker = Checker(profile=profile, as_of=as_of, overrides=overrides, history=history)
    for event in events:
        yield from checker.feed(event)
    yield from checker.close()
