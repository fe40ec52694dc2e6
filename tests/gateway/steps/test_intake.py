"""Intake: all of a batch or nothing of it, and amounts that both databases keep as they came."""

import json

import pytest

from gateway.domain.errors import HubError
from gateway.persistence.tables import audit, batches, events, findings, payments, vault_blobs, work

EVERYTHING = (audit, batches, events, findings, payments, vault_blobs, work)


def refused_without_a_trace(world, **given):
    before = [world.count(table) for table in EVERYTHING]
    with pytest.raises(HubError):
        world.take(**given)
    assert [world.count(table) for table in EVERYTHING] == before


def changed(world, **facts):
    return json.dumps(json.loads(world.body("1.00", "2.00")) | facts).encode()


@pytest.mark.parametrize(
    "facts", [{"number_of_transactions": "3"}, {"control_sum": "3.01"}, {"batches": []}, {"control_sum": "NaN"}]
)
def test_a_batch_that_contradicts_itself_leaves_nothing(world, facts):
    refused_without_a_trace(world, body=changed(world, **facts))


def test_an_account_that_is_not_ours_leaves_nothing(world):
    told = json.loads(world.body("1.00"))
    told["batches"][0]["debtor_account"] = "FR1420041010050500013M02606"
    refused_without_a_trace(world, body=json.dumps(told).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"a":' * 5000, b"\xff\xfe{}"])
def test_what_cannot_be_read_leaves_nothing(world, body):
    refused_without_a_trace(world, body=body or b" ")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1E+30", "-1.00", "9" * 30, "0.0000000001"])
def test_an_amount_no_bank_takes_is_refused_or_invalid_on_both_databases(world, amount):
    body = json.loads(world.body("1.00"))
    body["batches"][0]["payments"][0]["amount"] = amount
    body.pop("control_sum")
    try:
        batch = world.take(body=json.dumps(body).encode())
    except HubError:
        assert world.count(batches) == 0
        return
    world.validate(batch)
    assert world.states(batch) == ["invalid"]


def test_a_message_id_is_taken_once(world):
    world.take("1.00")
    refused_without_a_trace(world, body=world.body("1.00"))
    refused_without_a_trace(world, body=world.body("2.00"))


def test_texts_longer_than_a_column_are_cut_or_refused_on_both_databases(world):
    long = "X" * 400
    for name in ("creditor", "end_to_end_id", "instruction_id", "creditor_account"):
        try:
            batch = world.take("1.00", message_id=f"LONG-{name}", **{name: long})
        except HubError:
            continue
        world.validate(batch)
        assert world.states(batch) == ["invalid"], name


def test_two_payments_that_look_alike_both_stay(world):
    batch = world.take("1.00", "1.00", creditor="Payee")
    assert world.states(batch) == ["received"] * 2
