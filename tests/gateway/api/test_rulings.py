import pytest

from gateway import outcomes
from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from tests.gateway.api.test_files_and_documents import sent  # noqa: F401 - a fixture

ARRIVED = {"verdict": "arrived", "reason": "the bank read me the MsgId"}


@pytest.fixture
def doubtful(door, sent):  # noqa: F811
    """A file whose arrival nobody can prove."""
    with door.hub.unit_of_work(actor="test") as work:
        file = work.files.get(sent.file_id)
        work.payments.move(
            _of(sent.batch_id), State.SCHEDULED, State.GENERATED, step="test", reason="", file_id=file.id
        )
        attempt = work.files.begin_attempt(file, attempt_id=work.new_id(), fence=1, worker="w")
        work.files.staged(attempt)
        outcomes.doubt(work, outcomes.stand_staged(work, file), "the line dropped")
        work.commit()
    return f"/v1/files/{sent.file_id}/rulings"


def _of(batch_id):
    return Selection(batch_id=batch_id)


def test_two_people_settle_a_doubt(door, doubtful):
    before = door.http.get(doubtful, headers=door.as_anna).json()
    assert (before["open"], before["needed"], before["rulings"]) == (True, 2, [])
    first = door.http.post(doubtful, headers=door.as_anna, json=ARRIVED | {"version": before["version"]})
    assert (first.status_code, first.json()["state"], first.json()["decided"]) == (200, "in_doubt", None)
    assert [(one["person_name"], one["counts"]) for one in first.json()["rulings"]] == [("Anna", True)]
    second = door.http.post(doubtful, headers=door.as_bert, json=ARRIVED).json()
    assert (second["state"], second["open"]) == ("submitted", False)
    shown = door.http.get(doubtful.removesuffix("/rulings"), headers=door.as_erp).json()
    assert [one["kind"] for one in shown["evidence"]] == ["people"]


def test_a_decision_that_the_worker_carries_out_is_shown_until_it_did(door, doubtful):
    for who in (door.as_anna, door.as_bert):
        answer = door.http.post(doubtful, headers=who, json={"verdict": "give_up", "reason": "paid by hand"})
    assert (answer.json()["state"], answer.json()["decided"], answer.json()["open"]) == ("in_doubt", "give_up", False)


def test_an_api_client_reads_and_never_rules(door, doubtful):
    assert door.http.get(doubtful, headers=door.as_erp).status_code == 200
    assert door.http.get(doubtful, headers=door.as_other).status_code == 404
    assert door.http.post(doubtful, headers=door.as_erp, json=ARRIVED).status_code == 403


def test_what_cannot_be_said_is_explained(door, doubtful):
    stale = door.http.post(doubtful, headers=door.as_anna, json=ARRIVED | {"version": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "ruling.stale_version")
    assert door.http.post(doubtful, headers=door.as_anna, json={"verdict": "arrived"}).status_code == 400
    assert door.http.post(doubtful, headers=door.as_anna, json=ARRIVED | {"verdict": "maybe"}).status_code == 400
    door.http.post(doubtful, headers=door.as_anna, json=ARRIVED)
    again = door.http.post(doubtful, headers=door.as_anna, json=ARRIVED)
    assert (again.status_code, again.json()["code"]) == (409, "ruling.already_said")


def test_what_is_in_doubt_is_not_withdrawn(door, doubtful):
    batch = door.http.get(doubtful.removesuffix("/rulings"), headers=door.as_erp).json()["batch_id"]
    path = f"/v1/batches/{batch}/cancellation"
    answer = door.http.post(path, headers=door.as_erp, json={"reason": "wrong run"})
    assert (answer.status_code, answer.json()["code"]) == (409, "batch.not_withdrawable")
