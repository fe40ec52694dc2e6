import socket
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from gateway.persistence.tables import batches, findings, payments, vault_blobs, vault_chunks
from tests.gateway.hubs import document

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">&b;</Document>'
)
CUT = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn><GrpHdr><MsgId>A'
EMPTY = document() | {"batches": [], "number_of_transactions": "0", "control_sum": "0"}


def nothing_is_left(hub):
    with hub.reading() as connection:
        return all(
            connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
            for table in (batches, payments, findings, vault_blobs, vault_chunks)
        )


@pytest.mark.parametrize(
    ("body", "media", "code"),
    [
        (b"not xml at all", "application/xml", None),
        (BOMB, "application/xml", None),
        (CUT, "application/xml", None),
        (b"", "application/xml", None),
        (b"", "application/json", None),
        (b"[1,2]", "application/json", None),
        (b'{"message_id": "\xff"}', "application/json", "json.encoding"),
        (b"a;b\n1;2\n", "text/csv", None),
        (document() | {"control_sum": "1.00"}, "application/json", "intake.refused"),
        (document(account="DE00"), "application/json", "intake.refused"),
        (EMPTY, "application/json", "intake.refused"),
    ],
    ids=["text", "bomb", "cut", "empty xml", "empty json", "list", "encoding", "table", "sum", "account", "no payment"],
)
def test_bad_input_gets_its_own_clear_error_and_leaves_nothing(door, body, media, code):
    answer = door.submit(body, media=media)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert code in (None, problem["code"])
    assert problem["findings"], "every refusal says what is wrong"
    assert all(one["rule"] and one["message"] for one in problem["findings"])
    assert nothing_is_left(door.hub)


def talk(door, head, *parts, key=None):
    """What the server answers to bytes as they are; closes our side after them."""
    place = urlsplit(str(door.http.base_url))
    with socket.create_connection((place.hostname, place.port), timeout=30) as line:
        lines = [
            "POST /v1/batches HTTP/1.1", "Host: hub", f"Authorization: Bearer {key or door.erp_key}",
            'Idempotency-Key: "K"', "Content-Type: application/json", *head, "", "",
        ]  # fmt: skip
        line.sendall("\r\n".join(lines).encode())
        for part in parts:
            line.sendall(part)
        if parts:
            line.shutdown(socket.SHUT_WR)
        said = b""
        while not said.endswith(b"}") and (more := line.recv(65_536)):  # head and body may come one after the other
            said += more
        return said.decode()


def test_two_hundred_megabytes_are_refused_before_they_are_sent(door):
    said = talk(door, ["Content-Length: 209715200", "Expect: 100-continue"])
    assert said.startswith("HTTP/1.1 413")
    assert "request.too_large" in said


def test_two_hundred_megabytes_that_are_sent_anyway_are_refused_too(door):
    answer = door.submit(b" " * 200_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    assert nothing_is_left(door.hub)


def test_a_length_that_promises_more_than_comes_leaves_nothing(door):
    talk(door, ["Content-Length: 1000"], b'{"message_id": "X"')
    assert nothing_is_left(door.hub)
    assert door.submit(key="K").status_code == 201, "the key is free"


def test_a_compressed_body_is_refused_by_name(door):
    answer = door.submit(**{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (415, "request.content_encoding")


@pytest.mark.parametrize("keys", ["nonsense", "[1]", '{"a": 1}', '{"a": "' + "x" * 300 + '"}'])
def test_erp_keys_that_are_none_are_refused(door, keys):
    answer = door.submit(**{"X-ERP-Keys": keys})
    assert (answer.status_code, answer.json()["code"]) == (400, "intake.erp_keys")


def test_a_stranger_is_refused_before_a_body_is_asked_for(door):
    said = talk(door, ["Content-Length: 1000000", "Expect: 100-continue"], key="phk_nobody")
    assert said.startswith("HTTP/1.1 401")
