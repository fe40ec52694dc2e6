"""What is stored of a message comes back equal, and equal content has equal bytes: digests are taken of them."""

from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from formats import canonical, registry
from formats.initiation import Initiation, PaymentInformation
from formats.statement import StatementMessage
from formats.status_report import StatusReport
from tests.formats.pain001.messages import block, euro, initiations, message, transfer

GOLDEN = Path(__file__).parents[1] / "golden"
MODELS = {"camt": StatementMessage, "mt94x": StatementMessage, "pain002": StatusReport, "pain001": Initiation}
MESSAGES = [
    (kind, path)
    for folder, kind in MODELS.items()
    for path in sorted((GOLDEN / folder).rglob("*"))
    if path.is_file() and path.suffix not in (".json", ".toml", ".md", ".txt")
]


@settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(initiations("pain.001.001.09"))
def test_a_payment_message_comes_back_as_it_was(sent):
    assert canonical.decode(Initiation, canonical.encode(sent)) == sent


@pytest.mark.parametrize(("kind", "path"), MESSAGES, ids=lambda value: getattr(value, "name", ""))
def test_every_golden_message_comes_back_as_it_was(kind, path):
    read = registry.read(path)
    assert canonical.decode(kind, canonical.encode(read)) == read


def test_equal_content_has_equal_bytes_whatever_line_it_came_from():
    one, other = transfer(amount="12.50", line=3), transfer(amount="12.50", line=99)
    assert canonical.encode(one) == canonical.encode(other)
    assert canonical.encode(one) == (
        '{"amount":{"amount":"12.50","currency":"EUR"},"creditor":{"name":"Lieferant AG"},'
        '"creditor_account":{"iban":"NL91ABNA0417164300"},"end_to_end_id":"E2E-1"}'
    )


def test_another_amount_has_other_bytes():
    assert canonical.encode(transfer(amount="12.50")) != canonical.encode(transfer(amount="12.51"))


def test_an_amount_keeps_the_digits_it_was_sent_with():
    sent = transfer(amount="12.50")
    assert canonical.decode(type(sent), canonical.encode(sent)).amount.text == "12.50"


def test_a_field_at_its_default_leaves_no_trace():
    """So that a field added later does not change the digest of what was stored before."""
    assert canonical.encode(message(block(), findings=())) == canonical.encode(message(block()))
    assert "batch_booking" not in canonical.encode(block())


@pytest.mark.parametrize("when", [date(2026, 11, 25), datetime.fromisoformat("2026-11-25T08:00:00+01:00")])
def test_a_day_stays_a_day_and_a_moment_a_moment(when):
    back = canonical.decode(PaymentInformation, canonical.encode(block(execution_date=when)))
    assert (back.execution_date, type(back.execution_date)) == (when, type(when))


def test_what_was_not_made_here_is_refused_aloud():
    for text in ("{}", '{"end_to_end_id":"E","amount":{"amount":"1","currency":"EUR"},"surprise":1}', "[", '{"id":5'):
        with pytest.raises((KeyError, ValueError, TypeError)):
            canonical.decode(type(transfer()), text)
    assert euro("1.00").text == "1.00"
