"""The doors of signing: which rules ask for whom, releases, break-glass."""

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.domain.policy import BreakGlass, Limit, Per, Rule
from gateway.domain.roles import Role
from tests.gateway.hubs import add_person, document

RULES = (
    Rule(name="large", releasers=1, currencies=frozenset({"EUR"}), amount_from=Decimal(3)),
    Rule(name="huge", approvers=9, currencies=frozenset({"EUR"}), amount_from=Decimal(1000)),
)


@pytest.fixture
def batch(door):
    """Two payments that wait, under a policy with rules."""
    policy = replace(
        door.hub.configuration.policy, rules=RULES, break_glass=BreakGlass(roles=frozenset({Role.APPROVER}))
    )
    door.hub.configuration = replace(door.hub.configuration, policy=policy)
    batch_id = door.submit(document("1.00", "4.00")).json()["id"]
    with door.hub.unit_of_work(actor="validate") as work:
        everything = Selection(batch_id=batch_id)
        work.payments.move(everything, State.RECEIVED, State.VALIDATED, step="validate", reason="every rule passed")
        work.commit()
    return f"/v1/batches/{batch_id}"


@pytest.fixture
def as_rita(door):
    _, token = add_person(door.hub, "rita", roles=("releaser",))
    return door.bearer(token)


def send(door, who, path, **body):
    digest = door.http.get(f"{path.rpartition('/')[0]}/approvals", headers=door.as_anna).json()["digest"]
    return door.http.post(path, headers=who, json={"digest": digest} | body)


def test_the_standing_says_which_rule_asks_for_whom_and_why(door, batch, as_rita):
    now = door.http.get(f"{batch}/approvals", headers=door.as_anna).json()
    (rule,) = now["rules"]
    assert (rule["rule"], rule["releasers"], rule["payments"]) == ("large", 1, 1)
    assert rule["why"] == "EUR 4.00 to Payee 2 (EUR 3 or more)"
    assert now["still_needed"] == [
        {"duty": "approver", "number": 2, "persons": ["Anna", "Bert"]},
        {"duty": "releaser", "number": 1, "persons": ["Rita"]},
    ]
    assert "The rule large asks for 1 releaser: EUR 4.00 to Payee 2 (EUR 3 or more)." in now["explanation"]
    assert now["days"][0]["value_date"] is None, "this hub knows no bank, so it promises no day"


def test_a_releaser_lets_go_what_two_approved_and_an_approver_does_not(door, batch, as_rita):
    assert send(door, as_rita, f"{batch}/release").json()["code"] == "approval.release_too_early"
    for who in (door.as_anna, door.as_bert):
        assert send(door, who, f"{batch}/approvals", decision="approve").status_code == 200
    assert send(door, door.as_anna, f"{batch}/release").status_code == 403
    assert send(door, as_rita, f"{batch}/approvals", decision="approve").status_code == 403
    after = send(door, as_rita, f"{batch}/release")
    assert (after.status_code, after.json()["digest"]) == (200, None)
    assert door.http.get(batch, headers=door.as_anna).json()["states"][0]["state"] == "approved"


@pytest.mark.parametrize(
    ("door_of", "decision"), [("approvals", "release"), ("approvals", "break_glass"), ("release", "approve")]
)
def test_each_door_takes_its_own_decisions_only(door, batch, as_rita, door_of, decision):
    who = as_rita if door_of == "release" else door.as_anna
    assert send(door, who, f"{batch}/{door_of}", decision=decision).status_code == 400


@pytest.mark.parametrize("door_of", ["approvals", "release"])
def test_a_releaser_declines_at_either_door_and_nobody_without_a_duty_does(door, batch, as_rita, door_of):
    _, nobody = add_person(door.hub, "otto", roles=("operator",))
    said = {"decision": "decline", "reason": "the payee called"}
    assert send(door, door.bearer(nobody), f"{batch}/{door_of}", **said).status_code == 403
    assert send(door, as_rita, f"{batch}/{door_of}", **said).status_code == 200
    assert door.http.get(batch, headers=door.as_anna).json()["states"][0]["state"] == "declined"


def test_the_caller_is_told_of_the_limit_that_would_refuse_them(door, batch, as_rita):
    day = Limit(name="a day", per=Per.PERSON, currency="EUR", amount=Decimal(4), zone="Europe/Vienna")
    policy = replace(door.hub.configuration.policy, limits=(day,))
    door.hub.configuration = replace(door.hub.configuration, policy=policy)

    def told(who):
        return door.http.get(f"{batch}/approvals", headers=who).json()["over_limit"]

    refused = send(door, door.as_anna, f"{batch}/approvals", decision="approve")
    assert told(door.as_anna) == refused.json()["detail"]
    assert refused.json()["code"] == "approval.person_limit"
    assert (told(as_rita), told(door.as_erp)) == (None, None), "neither of them could sign now"


def test_two_persons_break_the_glass_with_a_reason_each(door, batch, as_rita):
    path = f"{batch}/break-glass"
    assert send(door, door.as_anna, path, reason="short").status_code == 400
    assert send(door, as_rita, path, reason="I may not do this").json()["code"] == "request.role_needed"
    assert send(door, door.as_erp, path, reason="I am a machine").status_code == 403
    half = send(door, door.as_anna, path, reason="salaries are due today").json()
    assert half["explanation"][-1].startswith("The glass is half broken")
    assert send(door, door.as_bert, path, reason="salaries are due today").status_code == 200
    batch_now = door.http.get(batch, headers=door.as_anna).json()
    assert [one["state"] for one in batch_now["states"]] == ["approved"]
    assert [one["decision"] for one in batch_now["approvals"]] == ["break_glass", "break_glass"]


def test_a_policy_without_glass_says_so(door, batch):
    door.hub.configuration = replace(
        door.hub.configuration, policy=replace(door.hub.configuration.policy, break_glass=None)
    )
    answer = send(door, door.as_anna, f"{batch}/break-glass", reason="salaries are due today")
    assert (answer.status_code, answer.json()["code"]) == (409, "approval.no_break_glass")
