"""The holds of a batch as people look at them: by why they are held, with what was said about how many."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, func, select

from gateway.domain.hold import HOLDABLE, holds_digest
from gateway.persistence.columns import exact_sum
from gateway.persistence.holds import digest_where
from gateway.persistence.queries.payments import PaymentDetail
from gateway.persistence.queries.scope import pick
from gateway.persistence.tables import hold_words, payments

WORDS_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WordLine:
    """What one person said, and of how many payments."""

    person_id: str
    person_name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """Held payments of one kind and currency."""

    kind: str
    currency: str
    count: int
    amount: Decimal
    owner: str | None
    reason: str | None
    words: list[WordLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsOfBatch:
    """What is held in a batch now. Whoever speaks of all of it names ``digest``; it is None where nothing is held."""

    digest: str | None
    holds: list[HoldLine]


def holds_of(connection: Connection, batch_id: str) -> HoldsOfBatch:
    """What is held in a batch; ``owner`` and ``reason`` are those of one of them where there are several."""
    held = (
        payments.c.batch_id == batch_id,
        payments.c.hold.is_not(None),
        payments.c.state.in_([state.value for state in HOLDABLE]),
    )
    query = (
        select(
            payments.c.hold.label("kind"), payments.c.currency, func.count().label("count"),
            exact_sum(payments.c.amount).label("amount"), func.max(payments.c.hold_owner).label("owner"),
            func.max(payments.c.hold_reason).label("reason"),
        )
        .where(*held)
        .group_by(payments.c.hold, payments.c.currency)
        .order_by(payments.c.hold, payments.c.currency)
    )  # fmt: skip
    said = (
        select(
            payments.c.hold.label("kind"), payments.c.currency, hold_words.c.person_id,
            func.max(hold_words.c.person_name).label("person_name"), func.count().label("count"),
        )
        .join(hold_words, (hold_words.c.payment_id == payments.c.id) & (hold_words.c.hold_id == payments.c.hold_id))
        .where(*held)
        .group_by(payments.c.hold, payments.c.currency, hold_words.c.person_id)
        .order_by(hold_words.c.person_id)
        .limit(WORDS_SHOWN)
    )  # fmt: skip
    words: dict[tuple[str, str], list[WordLine]] = {}
    for row in connection.execute(said).mappings():
        words.setdefault((row["kind"], row["currency"]), []).append(pick(WordLine, row))
    found = [
        pick(HoldLine, row, words=words.get((row["kind"], row["currency"]), []))
        for row in connection.execute(query).mappings()
    ]
    return HoldsOfBatch(digest=digest_where(connection, *held), holds=found)


def digest_of(payment: PaymentDetail) -> str | None:
    """The digest of the hold of one payment that was looked at."""
    return None if payment.hold_id is None else holds_digest([(payment.position, payment.hold_id)])
