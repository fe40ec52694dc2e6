import pytest

from gateway.domain.errors import Misconfigured
from gateway.settings_proof import Proof
from gateway.worker import WorkerProcess
from tests.gateway.hubs import add_person, open_hub

BEFORE = {"accounts.toml": "", "banks/nordbank.toml": '[[products]]\nname = "sepa"\ncutoff = "15:00"\n'}
AFTER = BEFORE | {"banks/nordbank.toml": '[[products]]\nname = "sepa"\ncutoff = "16:00"\n'}


@pytest.fixture
def hub(tmp_path):
    hub = open_hub(tmp_path, proof=Proof(two_people=True))
    hub.configuration.sources.update(BEFORE)
    yield hub
    hub.close()


@pytest.fixture
def say(door):
    """A word of rita, otto (administrators), anna (an approver) or the ERP about what runs."""
    keys = {name: add_person(door.hub, name, roles=("administrator",))[1] for name in ("rita", "otto")}
    keys |= {"erp": door.erp_key}

    def word(who, what, digest=None):
        headers = door.as_anna if who == "anna" else door.bearer(keys[who])
        body = {"digest": digest or door.hub.configuration.money_digest, "reason": "a new cut-off"}
        return door.http.post(f"/v1/configuration/{what}", json=body, headers=headers)

    return word


def refused(hub):
    with pytest.raises(Misconfigured) as told:
        WorkerProcess(hub).start()
    return told.value.code == "config.not_approved"


def test_workers_start_only_with_what_two_people_agreed_to(door, say):
    assert refused(door.hub)
    assert say("rita", "proposal").status_code == 200
    assert refused(door.hub)
    assert say("rita", "approval").status_code == 403
    assert refused(door.hub)
    assert say("otto", "approval").json()["approved"] is True
    door.hub.check_configuration()


def test_one_changed_character_needs_two_people_again_and_is_told_in_words(door, say):
    say("rita", "proposal")
    say("otto", "approval")
    old = door.hub.configuration.money_digest
    door.hub.configuration.sources.update(AFTER)
    assert refused(door.hub)
    shown = door.http.get("/v1/configuration", headers=door.as_anna).json()
    assert shown["changes"] == ["banks/nordbank.toml: products[sepa].cutoff was '15:00', becomes '16:00'."]
    assert shown["approved"] is False
    assert say("rita", "proposal", digest=old).status_code == 409


def test_only_administrators_who_are_persons_have_a_word(door, say):
    assert say("anna", "proposal").status_code == 403
    assert say("erp", "proposal").status_code == 403
    assert say("otto", "approval").status_code == 404
    say("rita", "proposal")
    assert say("anna", "approval").status_code == 403
    assert refused(door.hub)


def test_a_file_that_moves_no_money_needs_nobody(door, say):
    say("rita", "proposal")
    say("otto", "approval")
    door.hub.configuration.sources["payhub.toml"] = "[api]\nport = 1\n"
    door.hub.check_configuration()


def test_both_words_are_on_the_trail(door, say):
    say("rita", "proposal")
    say("otto", "approval")
    subject = door.hub.configuration.money_digest
    rows = door.http.get("/v1/audit", headers=door.as_anna, params={"subject": subject}).json()["items"]
    assert [one["action"] for one in rows] == ["config.proposed", "config.approved"]
    assert len({one["actor"] for one in rows}) == 2
