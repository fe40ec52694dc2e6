import pytest

from gateway import outcomes
from gateway.domain.payment import Selection
from gateway.persistence.tables import files
from tests.gateway.console.markup import look

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def doubtful(site):
    """The path of a file whose arrival nobody can prove, and its batch."""
    batch_id = site.submit("100.00", "20.00")
    for name in ("anna", "ben"):
        site.browser(name).decide(f"/batches/{batch_id}/approve")
    site.advance(batch_id)
    with site.hub.unit_of_work(actor="test") as work:
        (file,) = work.files.find(batch_id=batch_id)
        attempt = work.files.begin_attempt(file, attempt_id=work.new_id(), fence=1, worker="w")
        work.files.staged(attempt)
        outcomes.doubt(work, outcomes.stand_staged(work, file), "the line dropped")
        work.commit()
    return f"/files/{file.id}", batch_id


def test_a_file_in_doubt_is_settled_on_pages_by_two_people(site, doubtful):
    path, batch_id = doubtful
    anna, ben = site.browser("anna"), site.browser("ben")
    assert "two people who asked the bank" in anna.get("/").text
    page = anna.get(f"{path}/settle/arrived").text
    assert look(page)[0] == []
    assert f"Say that the bank has 2 payments, EUR{NBSP}120.00</button>" in page
    assert "one more person must say the same before anything moves: Ben." in " ".join(page.split())
    after = anna.get(
        anna.decide(f"{path}/settle/arrived", reason="they read me the MsgId").headers["location"][8:]
    ).text
    assert "One more person must say the same." in after
    assert "Anna says: the bank has it." in " ".join(ben.get("/").text.split())
    page = ben.get(f"{path}/settle/arrived").text
    assert "Anna said the same, so yours decides." in page
    assert "“they read me the MsgId”" in page
    ben.decide(f"{path}/settle/arrived", reason="I see it in the portal")
    with site.hub.unit_of_work(actor="test") as work:
        assert {str(one.state) for one in work.payments.find(Selection(batch_id=batch_id))} == {"submitted"}
    assert look(ben.get(path).text)[0] == []


@pytest.mark.parametrize("verdict", ["arrived", "send_again", "give_up"])
def test_each_decision_needs_a_reason_and_keeps_what_was_typed(site, doubtful, verdict):
    path, _ = doubtful
    anna = site.browser("anna")
    refused = anna.decide(f"{path}/settle/{verdict}", reason="x")
    assert refused.status_code == 422
    assert ">x</textarea>" in refused.text
    assert look(refused.text)[0] == []


def test_nobody_says_it_twice_and_an_agreed_decision_is_shown_as_such(site, doubtful):
    path, _ = doubtful
    anna, ben = site.browser("anna"), site.browser("ben")
    fields = anna.hidden(f"{path}/settle/give_up") | {"reason": "paid by hand"}
    anna.post(f"{path}/settle/give_up", fields)
    assert "You have said so already" in anna.post(f"{path}/settle/give_up", fields).text
    ben.decide(f"{path}/settle/give_up", reason="indeed, by hand")
    assert "Two people agree." in ben.get(path).text
    assert "waits for nobody" in ben.get(f"{path}/settle/give_up").text
    assert anna.get(f"{path}/settle/perhaps").status_code == 400


def test_a_built_file_is_part_of_what_can_be_withdrawn(site):
    batch_id = site.submit("100.00", "20.00")
    for name in ("anna", "ben"):
        site.browser(name).decide(f"/batches/{batch_id}/approve")
    site.advance(batch_id)
    with site.hub.reading() as connection:
        assert connection.execute(files.select()).all()
    anna = site.browser("anna")
    assert f"Withdraw 2 payments, EUR{NBSP}120.00</button>" in anna.get(f"/batches/{batch_id}/withdraw").text
    anna.decide(f"/batches/{batch_id}/withdraw", reason="sent by mistake")
    assert "Withdraw 2 payments" not in anna.get(f"/batches/{batch_id}").text
