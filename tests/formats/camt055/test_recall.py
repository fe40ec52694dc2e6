"""A recall names what is to come back by the references it was sent with."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from formats import camt055
from formats.camt055 import Recall, RecalledPayment
from formats.errors import Unbuildable
from formats.initiation import Agent, Party
from formats.values import Money

AT = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
PAYMENT = RecalledPayment(
    payment_information_id="B1", end_to_end_id="E-1", amount=Money.parse("12.50", "EUR"),
    execution_date=date(2026, 11, 25), reason="DUPL", text=("Paid twice & by mistake",),
)  # fmt: skip
RECALL = Recall(
    id="RECALL-1", sender=Party(name="Muster GmbH"), bank=Agent(bic="COBADEFFXXX"), original_message_id="MSG-1",
    original_message_name="pain.001.001.09", payments=(PAYMENT,),
)  # fmt: skip


def written(recall: Recall, version: str = "camt.055.001.08") -> str:
    out = io.BytesIO()
    camt055.write(recall, version, out, at=AT)
    return out.getvalue().decode()


@pytest.mark.parametrize("version", camt055.VERSIONS)
def test_a_recall_is_one_valid_line_in_every_version(version):
    document = written(RECALL, version)
    assert "\n" not in document
    assert f'xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"' in document
    assert "<OrgnlEndToEndId>E-1</OrgnlEndToEndId>" in document
    assert "<Rsn><Cd>DUPL</Cd></Rsn><AddtlInf>Paid twice &amp; by mistake</AddtlInf>" in document


def test_payments_of_one_block_stand_together_and_the_totals_are_told():
    three = tuple(
        replace(PAYMENT, payment_information_id=block, end_to_end_id=f"E-{n}")
        for n, block in enumerate(["B2", "B1", "B2"])
    )
    out = io.BytesIO()
    result = camt055.write(replace(RECALL, payments=three), "camt.055.001.09", out, at=AT)
    document = out.getvalue().decode()
    assert (result.count, result.control_sum) == (3, Decimal("37.50"))
    assert document.count("<OrgnlPmtInfAndCxl>") == 2
    assert document.index("E-0") < document.index("E-2") < document.index("E-1")


@pytest.mark.parametrize("changes", [
    {"payments": ()},
    {"payments": (replace(PAYMENT, end_to_end_id=None),)},
    {"payments": (replace(PAYMENT, end_to_end_id="x" * 36),)},
    {"id": ""},
])  # fmt: skip
def test_what_no_bank_could_follow_is_refused(changes):
    with pytest.raises(Unbuildable):
        written(replace(RECALL, **changes))


def test_an_older_version_is_refused():
    with pytest.raises(Unbuildable, match="choose one of"):
        written(RECALL, "camt.055.001.05")
