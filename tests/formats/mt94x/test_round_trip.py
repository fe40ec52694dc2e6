"""An own writer of MT940, and the reader: what one wrote the other says."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from formats import mt94x

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-.,()' äöüß"
words = (
    st.text(LETTERS, min_size=1, max_size=60)
    .map(str.strip)
    .filter(lambda text: text and not text.startswith(("-", "/")) and not text[:2].isdigit())
)
references = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=30)
amounts = st.decimals(Decimal("0.01"), Decimal("9999999.99"), places=2)
days = st.dates(date(2000, 1, 1), date(2078, 12, 31))


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    amount: Decimal
    mark: str
    value: date
    booked: date | None
    end_to_end_id: str | None
    text: str
    name: str | None


bookings = st.builds(
    lambda amount, mark, value, later, told, reference, text, name: Booking(
        amount=amount,
        mark=mark,
        value=value,
        booked=value + timedelta(days=later) if told else None,
        end_to_end_id=reference,
        text=text,
        name=name,
    ),
    amounts,
    st.sampled_from(["C", "D", "RC", "RD"]),
    days,
    st.integers(-90, 90),
    st.booleans(),
    st.none() | references,
    words,
    st.none() | words,
)


def credit(booking):
    return booking.mark in ("C", "RD")


def comma(amount):
    return f"{amount:f}".replace(".", ",")


def written(opening, entries, separator, width, line_end, encoding):
    """A German statement: texts in fields of 27 characters, lines wrapped at ``width``."""
    lines = [
        ":20:R",
        ":25:51210800/1245126199",
        ":28C:1/1",
        f":60F:{'D' if opening < 0 else 'C'}260301EUR{comma(abs(opening))}",
    ]
    for entry in entries:
        booked = f"{entry.booked:%m%d}" if entry.booked else ""
        lines.append(f":61:{entry.value:%y%m%d}{booked}{entry.mark}{comma(entry.amount)}NTRFNONREF")
        told = (f"EREF+{entry.end_to_end_id}" if entry.end_to_end_id else None, f"SVWZ+{entry.text}")
        parts = [text[at : at + 27] for text in told if text for at in range(0, len(text), 27)]
        fields = [f"{separator}{20 + number}{part}" for number, part in enumerate(parts)]
        name = [f"{separator}32{entry.name}"] if entry.name else []
        text = "166" + "".join([*fields, *name])
        wrapped = [text[at : at + width] for at in range(0, len(text), width)]
        lines += [":86:" + wrapped[0], *wrapped[1:]]
    closing = opening + sum(entry.amount if credit(entry) else -entry.amount for entry in entries)
    lines += [f":62F:{'D' if closing < 0 else 'C'}260302EUR{comma(abs(closing))}", "-", ""]
    return line_end.join(lines).encode(encoding), closing


@settings(max_examples=200, deadline=None)
@given(
    opening=st.decimals(Decimal(-1000), Decimal(1000), places=2),
    entries=st.lists(bookings, max_size=6),
    separator=st.sampled_from("?>@~<|"),
    line_end=st.sampled_from(["\r\n", "\n"]),
    encoding=st.sampled_from(["utf-8", "latin-1"]),
)
def test_what_a_bank_writes_is_what_we_read(opening, entries, separator, line_end, encoding):
    data, closing = written(opening, entries, separator, 4000, line_end, encoding)

    read = mt94x.read(data)

    (found,) = read.statements
    assert read.findings == ()
    assert found.balanced is True
    assert (found.opening.amount.value, found.closing.amount.value) == (opening, closing)
    assert len(found.entries) == len(entries)
    for got, meant in zip(found.entries, entries, strict=True):
        assert got.amount.value == meant.amount
        assert (got.direction == "credit") == credit(meant)
        assert got.reversal == meant.mark.startswith("R")
        assert (got.value_date, got.booking_date) == (meant.value, meant.booked)
        (transaction,) = got.transactions
        assert transaction.references.end_to_end_id == meant.end_to_end_id
        assert transaction.remittance == (meant.text,)
        assert (transaction.counterparty.name if transaction.counterparty else None) == meant.name
