"""How fast an MT940 of 50,000 entries is read, against a floor and two peers: medians of paired runs, CPU time.

The floor is a regular expression for each :61: and its :86: with the German sub-fields of the latter split into a dict,
the amount as Decimal and both dates: a scanner that knows one dialect and makes no objects. The peers, mt-940 and
bankstatementparser, read fewer fields; each is paired with ours over the same, smaller number of entries.
"""

import io
import json
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from formats import mt94x
from formats.statement import Entry

ENTRIES = 50_000
PEER_ENTRIES = 3_000
RUNS = 5

_ENTRY = re.compile(
    r":61:(\d{6})(\d{4})([CD])([A-Z])?(\d+,\d*)(\w{4})([^/\r\n]*)(?://(\S+))?\r\n:86:((?:(?!\r\n:\d\d).)*)", re.DOTALL
)


def document(number: int) -> bytes:
    """A German statement: every entry with structured text, SEPA identifications, and both parties."""
    lines = [":20:STMT-1", ":25:51210800/1245126199", ":28C:1/1", ":60F:C260301EUR0,00"]
    for index in range(number):
        lines.append(f":61:2603020302CR{index}.,00NTRFNONREF//B-{index}".replace(".,", ","))
        lines.append(
            f":86:166?00GUTSCHRIFT?100399?20EREF+END-TO-END-{index:08d}?21KREF+FILE-{index % 50}?22SVWZ+Invoic"
        )
        lines.append(
            f"e {index} of March?23 2026, thank you?30SOGEDEFFXXX?31DE75512108001245126199?32Paper Mill?33 GmbH"
        )
    lines += [f":62F:C260302EUR{number * (number - 1) // 2},00", "-", ""]
    return "\r\n".join(lines).encode()


def ours(data: bytes, number: int) -> None:
    assert sum(isinstance(event, Entry) for event in mt94x.stream(io.BytesIO(data))) == number


def floor(data: bytes, number: int) -> None:
    seen = 0
    for found in _ENTRY.finditer(data.decode()):
        value, entry, mark, _, amount, kind, reference, bank, text = found.groups()
        total = Decimal(amount.replace(",", "."))
        booked = date(2000 + int(value[:2]), int(entry[:2]), int(entry[2:]))
        valued = date(2000 + int(value[:2]), int(value[2:4]), int(value[4:]))
        fields = {part[:2]: part[2:] for part in text.replace("\r\n", "").split("?")[1:]}
        seen += bool((total, booked, valued, fields, mark, kind, reference, bank))
    assert seen == number


def mt_940(data: bytes) -> Callable[[], None]:
    import mt940

    text = data.decode()

    def run() -> None:
        transactions = mt940.models.Transactions()
        transactions.parse(text)
        assert len(transactions) == PEER_ENTRIES

    return run


def bankstatementparser(data: bytes, folder: Path) -> Callable[[], None]:
    from bankstatementparser import Mt940Parser

    path = folder / "statement.mt940"
    path.write_bytes(data)

    def run() -> None:
        assert len(Mt940Parser(str(path)).parse()) == PEER_ENTRIES

    return run


def _ratio(one: Callable[[], None], other: Callable[[], None]) -> float:
    ratios = []
    for _ in range(RUNS):
        started = time.process_time()
        other()
        between = time.process_time()
        one()
        ratios.append((time.process_time() - between) / (between - started))
    return round(statistics.median(ratios), 3)


def figures() -> dict[str, float]:
    """Our time over theirs: below 1 is faster."""
    data, less = document(ENTRIES), document(PEER_ENTRIES)
    against_floor = _ratio(lambda: ours(data, ENTRIES), lambda: floor(data, ENTRIES))
    with tempfile.TemporaryDirectory() as folder:
        peers = {"mt_940": mt_940(less), "bankstatementparser": bankstatementparser(less, Path(folder))}
        against = {name: _ratio(lambda: ours(less, PEER_ENTRIES), peer) for name, peer in peers.items()}
    return {
        "read_mt940_vs_floor": against_floor,
        "read_mt940_vs_best_peer": max(against.values()),
        **{f"read_mt940_vs_{name}": value for name, value in against.items()},
    }


if __name__ == "__main__":
    print(json.dumps(figures()))
