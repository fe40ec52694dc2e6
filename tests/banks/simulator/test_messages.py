"""What the bank writes is valid by the published schemas and means what the bank did."""

from itertools import product

import pytest
from lxml import etree

from formats.schemas import schema_for
from tests.banks.simulator.bench import answers, at, bank, block, drop, pain001, payment, step

VERSIONS = [("pain.002.001.03", ".02"), ("pain.002.001.10", ".08")]


@pytest.mark.parametrize(
    ("versions", "booking", "detail"), list(product(VERSIONS, ("batch", "single"), ("all", "mixed")))
)
def test_every_message_of_the_bank_is_valid_by_its_schema(tmp_path, versions, booking, detail):
    report, year = versions
    rules = [
        {
            "behaviour": "reject_payment",
            "when": {"end_to_end_id": "INV-2"},
            "code": "AC04",
            "text": "Konto & geschlossen",
        },
        {"behaviour": "return_payment", "when": {"end_to_end_id": "INV-3"}, "business_days": 1, "fee": "2.50"},
        {"behaviour": "amount_break", "when": {"end_to_end_id": "INV-4"}, "difference": "0.01"},
        {"behaviour": "unknown_entry", "when": {"business_day": 1}, "amount": "77.00", "text": "Wer bin ich?"},
        {"behaviour": "fee", "when": {"business_day": 2}, "amount": "1.00"},
        {"behaviour": "duplicate_file"},
    ]
    settings = {
        "status_report": report,
        "statement": f"camt.053.001{year}",
        "notification": f"camt.054.001{year}",
        "booking": booking,
        "detail": detail,
        "settlement_report": True,
    }
    with bank(tmp_path, rules=rules, **settings) as opened:
        drop(opened, pain001(block(*(payment(f"INV-{n}", "10.00") for n in range(5)))))
        drop(opened, b"<nothing/>", "other.xml")
        step(opened, at(30, 19))
        written = answers(opened, "")
    assert len(written) == 4 + 3 + 2
    for content in written:
        tree = etree.fromstring(content)
        message = etree.QName(tree).namespace.rpartition(":")[2]
        schema = etree.XMLSchema(etree.fromstring(schema_for(message).text))
        assert schema.validate(tree), schema.error_log
