"""The JSON document of a batch: strict, streamed and exact."""

import json
import tracemalloc
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from formats import pain001
from formats.errors import TooLarge, Unreadable
from formats.flat import json as documents
from formats.initiation import Account, CreditTransfer, Initiation, PaymentInformation
from formats.source import Feed
from tests.formats.pain001.messages import block, euro, initiations, message


def document(**changes: object) -> bytes:
    payment = {"end_to_end_id": "E-1", "amount": "12.50", "currency": "EUR", "creditor": "Lieferant", **changes}
    batch = {
        "id": "B1",
        "execution_date": "2026-11-25",
        "debtor_account": "DE89370400440532013000",
        "payments": [payment],
    }
    return json.dumps({"message_id": "M-1", "batches": [batch]}).encode()


def places(data: bytes) -> list[tuple[str, str | None]]:
    return [(finding.rule, finding.path) for finding in documents.read(data).findings]


@settings(max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(initiations("pain.001.001.09"))
def test_what_is_written_is_read_back_as_it_was(sent):
    assert documents.read(json.dumps(documents.to_plain(sent)).encode()) == sent


def test_a_document_gives_the_parts_of_a_message_in_order():
    parts = list(documents.stream(document()))
    assert [type(part) for part in parts] == [Initiation, PaymentInformation, CreditTransfer]
    assert parts[1].execution_date == date(2026, 11, 25)
    assert parts[1].debtor_account == Account(iban="DE89370400440532013000")
    assert parts[2].amount == euro("12.50")


@pytest.mark.parametrize(("changes", "rule", "path"), [
    ({"amount": 12.5}, "JSON-TYPE", "amount"),
    ({"amount": "12,50"}, "JSON-VALUE", "amount"),
    ({"amount": "1e2"}, "JSON-VALUE", "amount"),
    ({"currency": 978}, "JSON-TYPE", "currency"),
    ({"end_to_end_id": 4711}, "JSON-TYPE", "end_to_end_id"),
    ({"creditr": "X"}, "JSON-KEY", "creditr"),
    ({"creditor": "half \ud800"}, "JSON-VALUE", "creditor"),
    ({"remittance": ["half \ud800"]}, "JSON-VALUE", "remittance[0]"),
    ({"instructions_for_creditor_agent": [{"code": 5}]}, "JSON-TYPE", "instructions_for_creditor_agent[0]"),
    ({"instructions_for_creditor_agent": ["PHOB"]}, "JSON-TYPE", "instructions_for_creditor_agent[0]"),
    ({"creditor": {"nme": "X"}}, "JSON-KEY", "creditor.nme"),
    ({"creditor": {"address": {"lines": ["a", 5]}}}, "JSON-TYPE", "creditor.address.lines[1]"),
    ({"remittance": {"a": 1}}, "JSON-TYPE", "remittance"),
    ({"mandate": {"signed_on": "tomorrow"}}, "JSON-VALUE", "mandate.signed_on"),
    ({"structured_remittance": [{"documents": [{"due": "5"}]}]}, "JSON-TYPE",
     "structured_remittance[0].documents[0].due"),
])  # fmt: skip
def test_every_mistake_has_its_path(changes, rule, path):
    found = places(document(**changes))
    assert (rule, f"batches[0].payments[0].{path}") in found


def test_several_mistakes_are_told_at_once():
    data = b'{"batches": [{"payments": [{"amount": 1}, {}]}], "message_id": "late"}'
    assert {path for _, path in places(data)} >= {
        "message_id", "batches[0].id", "batches[0].execution_date", "batches[0].payments[0].amount",
        "batches[0].payments[1].amount", "batches[0].payments[1].end_to_end_id",
    }  # fmt: skip


def test_a_finding_can_always_be_written_and_names_what_was_sent():
    for sent, named in ((1, "the number 1"), (True, "true"), ([], "a list"), ({}, "an object")):
        (found,) = documents.read(document(uetr=sent)).findings
        assert found.message == f"A string was expected here, not {named}."
    odd = documents.read(document(**{"half \ud800": 1})).findings
    assert all((finding.message + finding.path).encode() for finding in odd)


def test_a_key_twice_is_told():
    assert ("JSON-KEY", "message_id") in places(b'{"message_id": "a", "message_id": "b", "batches": []}')
    assert ("JSON-KEY", "batches[0].payments[0].amount") in places(
        b'{"message_id":"a","batches":[{"id":"b","execution_date":"2026-11-25","payments":'
        b'[{"end_to_end_id":"e","amount":"1","amount":"2","currency":"EUR"}]}]}'
    )


def test_a_payment_knows_its_line():
    head = b'{"message_id": "M",\n"batches": [{"id": "B", "execution_date": "2026-11-25",\n'
    data = head + b'"payments": [\n\n{"amount": 1}]}]}'
    parts = list(documents.stream(data))
    assert [part.line for part in parts if isinstance(part, CreditTransfer)] == [5]


@pytest.mark.parametrize(
    "data",
    [b"", b"[]x", b"nonsense", b'{"a": ', b'{"batches": [}', b'{"message_id": "a", "batches": []} x', b"\xff\xfe{"],
)
def test_what_is_no_json_is_refused_with_its_line(data):
    with pytest.raises(Unreadable) as caught:
        documents.read(data)
    assert caught.value.line == 1


def test_endless_nesting_and_endless_values_are_refused():
    with pytest.raises(TooLarge):
        documents.read(b'{"a": ' + b"[" * 100_000)
    with pytest.raises(TooLarge):
        documents.read(b'{"a": "' + b"x" * 5_000_000 + b'"}')


def test_a_huge_number_costs_nothing():
    assert ("JSON-TYPE", "batches[0].payments[0].amount") in places(document().replace(b'"12.50"', b"9" * 100_000))


class Endless:
    """A document of a hundred thousand payments, made while it is read."""

    def __init__(self, payments: int) -> None:
        head = b'{"message_id":"M","batches":[{"id":"B","execution_date":"2026-11-25","payments":['
        body = (
            b'%s{"end_to_end_id":"E-%d","amount":"1.10","currency":"EUR"}' % (b"," if n else b"", n)
            for n in range(payments)
        )
        self._parts = (part for group in ([head], body, [b"]}]}"]) for part in group)
        self._rest = b""

    def read(self, size: int = -1, /) -> bytes:
        while len(self._rest) < size and (part := next(self._parts, b"")):
            self._rest += part
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


def test_memory_does_not_grow_with_the_document():
    tracemalloc.start()
    total = sum(
        part.amount.value for part in documents.stream(Feed(Endless(20_000))) if isinstance(part, CreditTransfer)
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == Decimal("22000.00")
    assert peak < 2_000_000


def test_a_moment_is_a_moment_and_a_day_a_day():
    sent = message(block(execution_date=datetime.fromisoformat("2026-11-25T10:00:00+01:00")))
    got = documents.read(json.dumps(documents.to_plain(sent)).encode())
    assert got.batches[0].execution_date == sent.batches[0].execution_date
    assert pain001.declared(got).control_sum == "100.00"
