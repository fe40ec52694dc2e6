"""Campaigns: a bank tells the same movements by statement, notification and report, in any order and again."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.candidates import Candidates, PriorClaim, Sighting, reference_keys
from reconciliation.engine import reconcile
from tests.reconciliation.factories import batch_block, came_back, entry, names, paid, payment, read, transaction

PAYMENTS_MAX = 8
FATES = ("booked", "batch", "returned", "returned_short", "other_amount", "refused", "never", "booked_twice")


class Store:
    """What the gateway keeps between calls, and the uniqueness its database enforces."""

    def __init__(self, payments):
        self.state = {p.payment_id: p.state for p in payments}
        self.payments = {p.payment_id: p for p in payments}
        self.claims, self.sightings, self.breaks = [], [], {}
        self.parts, self.targets = set(), set()
        self.open = {}
        self.moves = Counter()

    def deliver(self, booked):
        """As the gateway does: open entries of a movement that is told again are given again."""
        told = {e.event_key for e in booked}
        booked = [*booked, *(e for e in self.open.values() if e.event_key in told)]
        keys = reference_keys(booked)
        current = [payment_with(p, self.state[p.payment_id]) for p in self.payments.values()]
        loaded = tuple(
            p
            for p in current
            if p.end_to_end_id in keys.end_to_end_ids
            or p.instruction_id in keys.instruction_ids
            or p.payment_information_id in keys.payment_information_ids
            or p.payment_id in {c.payment_id for c in self.claims if c.event_key in keys.event_keys}
        )
        ids = {p.payment_id for p in loaded}
        outcome = reconcile(
            booked,
            Candidates(
                payments=loaded,
                claims=tuple(c for c in self.claims if c.payment_id in ids),
                sightings=tuple(s for s in self.sightings if s.event_key in keys.event_keys),
                open_breaks=frozenset(self.breaks),
            ),
        )
        self.keep(booked, outcome)
        return outcome

    def keep(self, booked, outcome):
        entries = {e.entry_id: e for e in booked}
        self.open = {key: e for key, e in self.open.items() if key not in entries}
        self.open |= {key: entries[key] for key in outcome.open_entries}
        for claim in (claim for match in outcome.matches for claim in match.claims):
            part, target = (claim.entry_id, claim.part, claim.slice), (claim.payment_id, claim.purpose, claim.kind)
            assert part not in self.parts
            assert target not in self.targets
            self.parts.add(part)
            self.targets.add(target)
            e = entries[claim.entry_id]
            self.claims.append(
                PriorClaim(
                    entry_id=e.entry_id,
                    statement_id=e.statement_id,
                    kind=e.kind,
                    event_key=e.event_key,
                    purpose=claim.purpose,
                    amount=claim.amount,
                    payment_id=claim.payment_id,
                )
            )
        for e in booked:
            if e.settles:
                self.sightings.append(
                    Sighting(entry_id=e.entry_id, statement_id=e.statement_id, kind=e.kind, event_key=e.event_key)
                )
        for rows, state in (
            (outcome.settlements, "settled"),
            (outcome.reconciliations, "reconciled"),
            (outcome.returns, "returned"),
        ):
            for row in rows:
                self.moves[row.payment_id, state] += 1
                self.state[row.payment_id] = state
        for key in outcome.resolved:
            self.breaks.pop(key)
        for found in outcome.breaks:
            self.breaks.setdefault(found.key, found)


def payment_with(p, state):
    return replace(p, state=state)


def bare(e):
    """The entry as a bank tells it that writes no details."""
    return replace(e, transactions=(), reversal=e.direction == "credit")


@st.composite
def worlds(draw):
    """Payments with a fate each, and the bank's entries that tell it."""
    fates = draw(st.lists(st.sampled_from(FATES), min_size=1, max_size=PAYMENTS_MAX))
    cents = draw(st.lists(st.integers(100, 100_000), min_size=len(fates), max_size=len(fates)))
    payments, entries, batch = [], [], []
    for n, (fate, cent) in enumerate(zip(fates, cents, strict=True), 1):
        amount = str(Decimal(cent) / 100)
        group = "B" if fate == "batch" else f"S{n}"
        state = "rejected" if fate == "refused" else "acknowledged"
        payments.append(payment(n, amount, payment_information_id=group, state=state))
        references = names(n, payment_information_id=group)
        if fate == "batch":
            batch.append(transaction(amount, "debit", references))
        elif fate not in ("refused", "never"):
            told = str(Decimal(amount) + 1) if fate == "other_amount" else amount
            for copy in range(2 if fate == "booked_twice" else 1):
                detail = transaction(told, "debit", references)
                entries.append(entry(told, "debit", detail, bank_reference=f"D{n}-{copy}"))
        if fate in ("returned", "returned_short"):
            back = amount if fate == "returned" else str(Decimal(amount) - Decimal("0.10"))
            entries.append(came_back(n, back, bank_reference=f"R{n}"))
    if batch:
        whole = str(sum((tx.amount.value for tx in batch), Decimal(0)))
        entries.append(entry(whole, "debit", *batch, bank_reference="BATCH", batches=(batch_block("B"),)))
    fees = draw(st.integers(0, 3))
    entries.extend(entry("5.00", "debit", additional_information=f"fee {fee}") for fee in range(fees))
    return fates, payments, entries


@st.composite
def deliveries(draw):
    """One statement, advices of some entries, some of it again, in any order. A batch may be told without details."""
    fates, payments, entries = draw(worlds())
    plain = draw(st.booleans())
    stated = [bare(e) if plain and e.batches else e for e in draw(st.permutations(entries))]
    messages = [("statement", "S1", stated)] if stated else []
    for kind, name in (("notification", "N1"), ("report", "R1")):
        chosen = [e for e in entries if draw(st.booleans())]
        if draw(st.booleans()):
            chosen = [bare(e) for e in chosen]
        if chosen:
            messages.append((kind, name, chosen))
    again = [message for message in messages if draw(st.booleans())]
    return fates, payments, draw(st.permutations(messages + again))


def tell(payments, messages, *, together=False):
    store = Store(payments)
    batches = [
        read(*entries, kind=kind, statement=name, prefix=f"{name}-{n}")
        for n, (kind, name, entries) in enumerate(messages)
    ]
    if together:
        batches = [[e for batch in batches for e in batch]]
    for booked in batches:
        outcome = store.deliver(booked)
        assert all(figures.holds for figures in outcome.conservation)
        assert {(e.entry_id, part.index) for e in booked for part in e.parts} <= outcome.standings.keys()
    return store


EXPECTED = {
    "booked": "reconciled",
    "batch": "reconciled",
    "returned": "returned",
    "returned_short": "returned",
    "other_amount": "acknowledged",
    "refused": "rejected",
    "never": "acknowledged",
    "booked_twice": "reconciled",
}


@settings(max_examples=400, deadline=None)
@given(deliveries())
def test_every_payment_ends_where_its_fate_says_in_any_order_and_however_often_it_is_told(delivered):
    fates, payments, messages = delivered
    store = tell(payments, messages)
    assert [store.state[p.payment_id] for p in payments] == [EXPECTED[fate] for fate in fates]
    assert all(count == 1 for count in store.moves.values())


@settings(max_examples=200, deadline=None)
@given(deliveries())
def test_the_breaks_do_not_depend_on_the_order_of_delivery(delivered):
    fates, payments, messages = delivered
    kinds = Counter(found.kind.value for found in tell(payments, messages).breaks.values())
    assert kinds["duplicate_booking"] == fates.count("booked_twice")
    assert kinds["return"] == fates.count("returned") + fates.count("returned_short")
    assert kinds["amount_differs"] == fates.count("other_amount")
    assert kinds["fee"] == fates.count("returned_short")
    backwards = Counter(found.kind.value for found in tell(payments, messages[::-1]).breaks.values())
    assert kinds == backwards


@settings(max_examples=200, deadline=None)
@given(deliveries())
def test_telling_everything_at_once_says_the_same_as_telling_it_piece_by_piece(delivered):
    _, payments, messages = delivered
    apart, at_once = tell(payments, messages), tell(payments, messages, together=True)
    assert apart.state == at_once.state
    assert apart.breaks.keys() == at_once.breaks.keys()


@settings(max_examples=200, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_entries_on_a_statement_does_not_matter(world, random):
    _, payments, entries = world
    if not entries:
        return
    shuffled = random.sample(entries, len(entries))
    one, other = (tell(payments, [("statement", "S1", each)]) for each in (entries, shuffled))
    assert one.state == other.state


def test_a_single_paid_payment_told_three_times_moves_once():
    messages = [("notification", "N1", [paid(1)]), ("report", "R1", [paid(1)]), ("statement", "S1", [paid(1)])]
    store = tell([payment(1)], messages)
    assert store.moves == {("p1", "settled"): 1, ("p1", "reconciled"): 1}
