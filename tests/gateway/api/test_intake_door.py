from sqlalchemy import func, select

from gateway.persistence.tables import batches, findings, idempotency, payments, vault_blobs
from tests.gateway.hubs import BEISPIEL, document


def stored(hub, table):
    with hub.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_batch_is_stored_with_its_payments_and_bytes(door):
    answer = door.submit(document("100.00", "20.50"))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["payments"] == 2
    assert body["totals"] == [{"currency": "EUR", "amount": "120.50"}]
    assert stored(door.hub, batches) == 1
    assert stored(door.hub, payments) == 2
    assert stored(door.hub, vault_blobs) == 1


def test_the_same_key_and_body_is_answered_from_memory(door):
    first, second = door.submit(), door.submit()
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert stored(door.hub, batches) == 1


def test_the_same_key_with_another_body_is_refused(door):
    door.submit()
    answer = door.submit(document("99.00", message_id="RUN-2"))
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency.other_payload"
    assert stored(door.hub, batches) == 1


def test_a_key_is_needed(door):
    answer = door.submit(key=None)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "idempotency.key_missing"


def test_a_bare_key_is_the_same_key(door):
    first = door.submit(key="K-1")
    content = first.request.content
    headers = door.as_erp | {"Content-Type": "application/json", "Idempotency-Key": "K-1"}
    second = door.http.post("/v1/batches", content=content, headers=headers)
    assert second.headers["Idempotency-Replayed"] == "true"


def test_two_clients_may_use_the_same_key(door):
    theirs = document("5.00", message_id="RUN-9", account=BEISPIEL, currency="CHF")
    assert door.submit().status_code == 201
    assert door.submit(theirs, who=door.other_key).status_code == 201


def test_a_refusal_is_the_answer_of_its_key_and_leaves_nothing_else(door):
    wrong = document("100.00") | {"control_sum": "99.00"}
    first, second = door.submit(wrong), door.submit(wrong)
    assert first.status_code == second.status_code == 422
    assert first.headers["content-type"] == "application/problem+json"
    assert first.json()["findings"][0]["rule"] == "GEN-004"
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.content == second.content
    assert [stored(door.hub, table) for table in (batches, payments, findings, vault_blobs)] == [0, 0, 0, 0]
    assert stored(door.hub, idempotency) == 1


def test_a_client_pays_only_for_its_own_entities(door):
    answer = door.submit(document(account=BEISPIEL, currency="CHF"))
    assert answer.status_code == 422
    assert answer.json()["findings"][0]["rule"] == "HUB-002"


def test_an_unknown_content_type_is_refused_by_name(door):
    answer = door.submit(b"hello", media="text/plain")
    assert answer.status_code == 415
    assert answer.json()["code"] == "intake.media_type"


def test_a_body_above_the_limit_is_refused_before_it_is_stored(door):
    answer = door.submit(b" " * (5 << 20))
    assert answer.status_code == 413
    assert answer.json()["code"] == "request.too_large"
    assert stored(door.hub, idempotency) == 0


def test_a_body_without_a_length_is_counted(door):
    headers = door.as_erp | {"Content-Type": "application/json", "Idempotency-Key": '"K"'}
    answer = door.http.post("/v1/batches", content=(b" " * (1 << 20) for _ in range(6)), headers=headers)
    assert answer.status_code == 413


def test_erp_keys_come_back_untouched(door):
    sent = door.submit(**{"X-ERP-Document": "0000123aB", "X-ERP-Company": "0100"}).json()
    shown = door.http.get(f"/v1/batches/{sent['id']}", headers=door.as_erp).json()
    assert shown["erp"] == {"company": "0100", "document": "0000123aB"}
