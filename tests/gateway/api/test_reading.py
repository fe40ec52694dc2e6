from decimal import Decimal
from itertools import chain

import pytest
from sqlalchemy import insert

from gateway.persistence import hardening
from gateway.persistence.tables import audit, breaks, statements
from tests.gateway.hubs import BEISPIEL, MUSTER, NOON, document


def walk(door, path, **query):
    """Every page of a list."""
    pages, after = [], None
    while True:
        page = door.http.get(path, headers=door.as_erp, params=query | ({"after": after} if after else {})).json()
        pages.append([one["id"] for one in page["items"]])
        after = page["next"]
        if after is None:
            return pages


def test_lists_are_paged_without_gaps_or_repeats(door):
    sent = [door.submit(document(message_id=f"RUN-{n}"), key=f"K-{n}").json()["id"] for n in range(5)]
    pages = walk(door, "/v1/batches", limit=2)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert list(chain(*pages)) == sorted(sent, reverse=True), "newest first"


def test_payments_come_in_the_order_of_the_message(door):
    batch_id = door.submit(document(*(f"{n}.00" for n in range(1, 8)))).json()["id"]
    assert list(chain(*walk(door, f"/v1/batches/{batch_id}/payments", limit=3))) == [
        f"{batch_id}-{position:07d}" for position in range(7)
    ]


def test_a_payment_shows_amounts_as_text_and_its_story(door):
    batch_id = door.submit(document("1250.5")).json()["id"]
    payment = door.http.get(f"/v1/payments/{batch_id}-0000000", headers=door.as_erp).json()
    assert payment["amount"] == "1250.50"
    assert payment["state"] == "received"
    story = door.http.get(f"/v1/payments/{batch_id}-0000000/timeline", headers=door.as_erp).json()
    assert [(one["step"], one["target"]) for one in story] == [("intake", "received")]


def test_filters_narrow_lists_down(door):
    batch_id = door.submit().json()["id"]
    for query, count in (({"state": "received"}, 1), ({"state": "settled"}, 0), ({"held": "true"}, 0)):
        assert len(door.http.get("/v1/batches", headers=door.as_erp, params=query).json()["items"]) == count, query
    found = door.http.get("/v1/payments", headers=door.as_erp, params={"end_to_end_id": "RUN-1-1"}).json()["items"]
    assert [one["batch_id"] for one in found] == [batch_id]


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "state=gone", "after=%00", "after=" + "x" * 99])
def test_a_malformed_question_is_a_400_problem(door, query):
    answer = door.http.get(f"/v1/batches?{query}", headers=door.as_erp)
    assert answer.status_code == 400
    assert answer.json()["code"] == "request.malformed"


@pytest.mark.parametrize(
    "path", ["batches/X", "payments/X", "files/X", "statements/X", "breaks/X", "webhooks/X", "nonsense"]
)
def test_what_is_not_there_is_a_404_problem(door, path):
    answer = door.http.get(f"/v1/{path}", headers=door.as_erp)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "request.not_found"


def test_a_name_no_database_can_hold_is_a_problem_too(door):
    answer = door.http.get("/v1/batches/%00", headers=door.as_erp)
    assert answer.status_code in (400, 404)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_method_is_a_problem_too(door):
    answer = door.http.delete("/v1/batches", headers=door.as_erp)
    assert (answer.status_code, answer.json()["code"]) == (405, "request.method")


@pytest.fixture
def booked(door):
    common = {"bank": "nordbank", "document_id": "D", "message": "camt.053.001.08", "kind": "statement",
              "booked": Decimal("1.00"), "verdict": "proven", "proof_text": "",
              "facts": "{}", "entries": 0, "imported_at": NOON}  # fmt: skip
    trouble = {"bank": "nordbank", "kind": "unknown_entry", "payment_ids": [], "reason": "nobody knows it",
               "who_acts": "treasury", "opened_at": NOON, "state": "open"}  # fmt: skip
    with door.hub.engine.begin() as connection:
        for number, (account, currency) in enumerate(((MUSTER, "EUR"), (BEISPIEL, "CHF"))):
            row = common | {"id": f"S{number}", "account": account, "currency": currency}
            connection.execute(insert(statements).values(**row))
            connection.execute(
                insert(breaks).values(**(trouble | {"id": f"B{number}", "key": f"k{number}", "account": account}))
            )


def test_statements_and_breaks_are_seen_by_the_entity_they_belong_to(door, booked):
    for path, mine, theirs in (("statements", "S0", "S1"), ("breaks", "B0", "B1")):
        listed = door.http.get(f"/v1/{path}", headers=door.as_erp).json()["items"]
        assert [one["id"] for one in listed] == [mine]
        assert door.http.get(f"/v1/{path}/{theirs}", headers=door.as_erp).status_code == 404
        assert len(door.http.get(f"/v1/{path}", headers=door.as_anna).json()["items"]) == 2


def test_a_person_resolves_a_break_once_with_a_reason(door, booked):
    path, body = "/v1/breaks/B0/resolution", {"resolution": "a fee, booked by hand"}
    assert door.http.post(path, headers=door.as_erp, json=body).status_code == 403
    resolved = door.http.post(path, headers=door.as_anna, json=body)
    assert resolved.status_code == 200, resolved.text
    assert (resolved.json()["state"], resolved.json()["resolved_by"]) == ("resolved", door.anna.id)
    assert door.http.post(path, headers=door.as_anna, json=body).json()["code"] == "break.not_open"


def test_the_audit_trail_shows_an_edit_a_gap_and_a_reorder(door):
    door.submit()

    def verdict():
        return door.http.get("/v1/audit/verification", headers=door.as_anna).json()

    def spoil(**values):
        with door.hub.engine.begin() as connection:
            connection.execute(audit.update().where(audit.c.sequence == 1).values(**values))

    assert verdict() == {"intact": True, "breaches": []}
    with door.hub.engine.begin() as connection:
        hardening.allow_changes(connection)
    row = door.http.get("/v1/audit", headers=door.as_anna, params={"limit": 1}).json()["items"][0]
    spoil(actor="somebody else")
    assert verdict()["intact"] is False
    spoil(actor=row["actor"])
    assert verdict()["intact"] is True
    for number in range(2, 5):
        door.submit(document(message_id=f"RUN-{number}"), key=f"K-{number}")
    with door.hub.engine.begin() as connection:
        for old, new in ((1, 99), (2, 1), (99, 2)):
            connection.execute(audit.update().where(audit.c.sequence == old).values(sequence=new))
    assert verdict()["intact"] is False
    with door.hub.engine.begin() as connection:
        for old, new in ((1, 99), (2, 1), (99, 2)):
            connection.execute(audit.update().where(audit.c.sequence == old).values(sequence=new))
        connection.execute(audit.delete().where(audit.c.sequence == 2))
    assert verdict()["breaches"][0] == {"sequence": 2, "what": "rows 2 to 2 are missing"}


def test_health_and_metrics_need_no_key(door, hub):
    door.submit()
    assert door.http.get("/health/live").json() == {"status": "ok"}
    assert door.http.get("/health/ready").status_code == 200
    figures = door.http.get("/metrics").text
    assert 'payhub_payments{is="received"} 1.0' in figures
    with hub.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE audit_head")
    assert door.http.get("/health/ready").status_code == 503


def test_the_published_description_names_every_door(door):
    described = door.http.get("/openapi.json").json()
    assert set(described["paths"]["/v1/batches"]["post"]["requestBody"]["content"]) == {
        "application/json", "application/xml", "text/csv", "text/xml",
    }  # fmt: skip
    assert {"/v1/batches/{batch_id}/approvals", "/v1/events/stream", "/v1/webhooks/{webhook_id}/rotate",
            "/v1/cutoffs", "/v1/breaks/{break_id}/resolution", "/health/ready"} <= set(described["paths"])  # fmt: skip


def test_the_published_description_says_what_errors_look_like(door):
    described = door.http.get("/openapi.json").json()
    assert "HTTPValidationError" not in str(described)
    assert "authorization" not in str(described["paths"]).lower()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            refusals = {code: one for code, one in operation["responses"].items() if code >= "400"}
            if path.startswith("/v1/"):
                assert {tuple(one["content"]) for one in refusals.values()} == {("application/problem+json",)}, path
                assert ("409" in refusals) or method == "get"
    pack = described["paths"]["/v1/batches/{batch_id}/evidence"]["get"]["responses"]["200"]
    assert list(pack["content"]) == ["application/zip"]


@pytest.mark.parametrize("path", ["/v1/events", "/v1/audit"])
def test_a_number_no_database_keeps_is_malformed(door, path):
    assert door.http.get(path, headers=door.as_anna, params={"after": 2**63 - 1}).status_code == 200
    assert door.http.get(path, headers=door.as_anna, params={"after": 2**63}).status_code == 400
