"""The count: what the API said yes to, against what the banks hold. The hub's own opinion is asked last."""

import io
from collections import Counter
from itertools import chain

from formats import pain001
from formats.initiation import CreditTransfer

ENDED = "reconciled"


def at_the_banks(banks, *, but=None):
    """Arrivals by outcome, and how often each payment stands in an accepted file; ``but`` is another sender's."""
    others = set((but or {}).values())
    outcomes, payments = Counter(), Counter()
    for bank in banks.values():
        store = bank.bank.store
        for row in store.rows("SELECT outcome, content FROM arrivals LEFT JOIN arrival_bytes ON arrival = arrivals.id"):
            if row["content"] is not None and bytes(row["content"]) in others:
                continue
            outcomes[row["outcome"]] += 1
            if row["outcome"] == "accepted":
                payments.update(_references(row["content"]))
    return outcomes, payments


def count(accepted, outcomes, held):
    """``lost``, ``duplicated`` and ``unknown`` payments. A file or an order that came twice counts as doubled too."""
    wanted = set(chain.from_iterable(accepted.values()))
    again = outcomes["duplicate"] + outcomes["replayed"] + outcomes["unreadable"]
    return {
        "lost": len(wanted - set(held)),
        "duplicated": sum(1 for times in held.values() if times > 1) + again,
        "unknown": len(set(held) - wanted),
    }


def _references(content):
    return [event.end_to_end_id for event in pain001.stream(io.BytesIO(content)) if isinstance(event, CreditTransfer)]
