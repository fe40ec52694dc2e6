"""What the pages say about signing is what the step decides: for delegates, in both duties, and for a no."""

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.domain.policy import BreakGlass, Limit, Per, Rule
from gateway.domain.roles import Role
from gateway.persistence import grant_desk
from gateway.persistence.batches import Batches
from gateway.persistence.grants import Grants
from tests.gateway.console.test_delegations import ask, link, plain
from tests.gateway.hubs import add_person


@pytest.fixture
def cast(site):
    """Carla and Cleo approve, Rolf releases, Dora may do nothing, Rita and Sven administrate."""
    roles = {"carla": "approver", "cleo": "approver", "rolf": "releaser", "dora": "", "rita": "administrator"}
    people = {
        name: add_person(site.hub, name, roles=(role,) if role else (), entity="*" if name == "rita" else "ACME-AT")[0]
        for name, role in roles.items()
    }
    people["sven"] = add_person(site.hub, "sven", roles=("administrator",))[0]
    return people


def policy(site, **change):
    hub = site.hub
    hub.configuration = replace(hub.configuration, policy=replace(hub.configuration.policy, **change))


def lend(site, cast, giver, duty):
    browser = site.browser(giver)
    assert ask(browser, cast[giver], duty=duty).status_code == 303
    rita = site.browser("rita")
    assert rita.decide(link(rita.get("/people").text, "confirm")).status_code == 303


def main(browser, path):
    return plain(browser.get(path).text.split('<main id="main"', 1)[1])


def approvals(site, batch_id):
    with site.hub.reading() as connection:
        return [(one.person_name, one.decision.value, one.right_of) for one in Batches(connection).approvals(batch_id)]


def test_who_declines_with_a_lent_release_is_written_down_with_both_names(site, cast):
    policy(site, rules=(Rule(name="all", releasers=1),))
    lend(site, cast, "rolf", "releaser ACME-AT")
    batch_id = site.submit("100.00")
    dora = site.browser("dora")
    assert "You decline as yourself with the right of Rolf." in main(dora, f"/batches/{batch_id}/decline")
    assert dora.decide(f"/batches/{batch_id}/decline", reason="the invoice is wrong").status_code == 303
    assert approvals(site, batch_id) == [("Dora for Rolf", "decline", cast["rolf"].id)]


def test_whose_right_was_used_is_offered_to_decline_and_can(site, cast):
    lend(site, cast, "carla", "approver ACME-AT")
    batch_id = site.submit("100.00")
    assert site.browser("dora").decide(f"/batches/{batch_id}/approve").status_code == 303
    carla = site.browser("carla")
    assert "/decline" in carla.get(f"/batches/{batch_id}").text
    assert "so that the two of you count once" not in main(carla, f"/batches/{batch_id}/decline")
    assert carla.decide(f"/batches/{batch_id}/decline", reason="not what I meant").status_code == 303


def test_an_approver_may_still_decline_what_waits_for_its_releaser_and_a_releaser_from_the_start(site, cast):
    policy(site, rules=(Rule(name="all", releasers=1),))
    first, second = site.submit("100.00"), site.submit("101.00", message_id="RUN-2")
    assert site.browser("rolf").decide(f"/batches/{first}/decline", reason="not now").status_code == 303
    for name in ("carla", "cleo"):
        assert site.browser(name).decide(f"/batches/{second}/approve").status_code == 303
    anna = site.browser("anna")
    assert "/decline" in anna.get(f"/batches/{second}").text
    assert "It has its approvals; a releaser for ACME-AT lets it go." in main(anna, f"/batches/{second}/approve")
    assert anna.decide(f"/batches/{second}/decline", reason="not now").status_code == 303


def test_the_page_of_a_release_says_when_it_is_too_early_or_not_asked_for(site, cast):
    batch_id = site.submit("100.00")
    rolf = site.browser("rolf")
    assert "No rule asks for a releaser here" in main(rolf, f"/batches/{batch_id}/release")
    policy(site, rules=(Rule(name="all", releasers=1),))
    assert "Release it once it is approved: 0 of 2 approvals are there." in main(rolf, f"/batches/{batch_id}/release")


def test_who_else_must_agree_leaves_out_whose_right_the_reader_would_use(site, cast):
    lend(site, cast, "carla", "approver ACME-AT")
    batch_id = site.submit("100.00")
    shown = main(site.browser("dora"), f"/batches/{batch_id}/approve")
    others = shown.split("must agree before anything leaves:")[1].split(".")[0]
    assert "Cleo" in others
    assert "Carla" not in others
    assert "Dora" not in others


def test_a_signature_whose_giver_lost_the_role_is_not_blamed_on_the_batch(site, cast):
    batch_id = site.submit("100.00")
    assert site.browser("carla").decide(f"/batches/{batch_id}/approve").status_code == 303
    with site.hub.unit_of_work(actor="test") as work:
        row = Grants(work.connection).all(cast["carla"].id)[0]
        grant_desk.end(work, row.id, by=cast["rita"], reason="left the team")
        work.commit()
    cleo = site.browser("cleo")
    says = "no longer has the role: it does not count"
    shown = main(cleo, f"/batches/{batch_id}/approve")
    assert f"Carla agreed, but {says}." in shown
    assert "changed after" not in shown
    listed = main(cleo, f"/batches/{batch_id}").split("Who agreed")[1].split("</ul>")[0]
    assert f"but {says}" in listed


def test_nobody_is_told_that_a_lent_right_breaks_the_glass(site, cast):
    policy(site, break_glass=BreakGlass(roles=frozenset({Role.RELEASER})))
    assert ask(site.browser("cleo"), cast["cleo"], to="rolf").status_code == 303
    rita = site.browser("rita")
    assert rita.decide(link(rita.get("/people").text, "confirm")).status_code == 303
    batch_id = site.submit("100.00")
    rolf = site.browser("rolf")
    assert "with the right of Cleo" in main(rolf, f"/batches/{batch_id}/approve")
    shown = main(rolf, f"/batches/{batch_id}/break-glass")
    assert "One other person must do the same" in shown
    assert "with the right of" not in shown


def test_two_who_broke_the_glass_for_different_content_let_nothing_go(site, cast):
    policy(site, break_glass=BreakGlass(roles=frozenset({Role.APPROVER})))
    batch_id = site.submit("100.00", "200.00", "300.00")
    for name, place in (("carla", 1), ("cleo", 2)):
        assert site.browser(name).decide(
            f"/batches/{batch_id}/break-glass", reason="it cannot wait any longer"
        ).status_code == 303  # fmt: skip
        payment = f"{batch_id}-{place:07d}"
        held = site.browser("anna").decide(f"/payments/{payment}/put-on-hold", reason="look at it")
        assert held.status_code == 303, held.text
    shown = main(site.browser("anna"), f"/batches/{batch_id}")
    assert "Let go against the rules" not in shown
    for name in ("carla", "cleo"):
        site.browser(name).decide(f"/batches/{batch_id}/break-glass", reason="it cannot wait any longer")
    assert "Let go against the rules" in main(site.browser("anna"), f"/batches/{batch_id}")


def test_the_first_page_counts_signatures_of_both_duties(site, cast):
    """More approvals than are needed are no releases."""
    policy(site, rules=(Rule(name="all", approvers=3, releasers=2),))
    batch_id = site.submit("100.00")
    for name in ("carla", "cleo", "anna"):
        assert site.browser(name).decide(f"/batches/{batch_id}/approve").status_code == 303
    policy(site, rules=(Rule(name="all", releasers=2),))
    assert "you, and then one more" in main(site.browser("rolf"), "/")


def test_an_approval_more_than_is_needed_is_not_taken(site, cast):
    policy(site, rules=(Rule(name="all", releasers=1),))
    batch_id = site.submit("100.00")
    for name in ("carla", "cleo"):
        assert site.browser(name).decide(f"/batches/{batch_id}/approve").status_code == 303
    digest = site.browser("rolf").hidden(f"/batches/{batch_id}/release")["digest"]
    anna = site.browser("anna")
    refused = anna.post(f"/batches/{batch_id}/approve", {"csrf": anna.csrf("/"), "digest": digest})
    assert (refused.status_code, "a releaser for ACME-AT lets it go" in refused.text) == (422, True)


def test_what_everybody_signed_waits_for_nobody(site, cast):
    policy(site, rules=(Rule(name="all", approvers=3),))
    batch_id = site.submit("100.00")
    for name in ("carla", "cleo"):
        assert site.browser(name).decide(f"/batches/{batch_id}/approve").status_code == 303
    policy(site, rules=())
    anna = site.browser("anna")
    assert "Enough people have signed; it goes within minutes" in main(anna, f"/batches/{batch_id}/approve")
    assert "<form" not in main(anna, f"/batches/{batch_id}/approve")
    assert "waits for the hub" in main(anna, f"/batches/{batch_id}")
    assert "nobody: it goes within minutes" in main(anna, "/")


def test_a_limit_that_would_refuse_the_reader_is_told_before_they_sign(site, cast):
    day = Limit(name="a day", per=Per.PERSON, currency="EUR", amount=Decimal(150), zone="Europe/Vienna")
    policy(site, limits=(day,))
    first, second = site.submit("100.00"), site.submit("60.00", message_id="RUN-2")
    carla = site.browser("carla")
    assert "Approve 1 payment" in main(carla, f"/batches/{second}/approve")
    assert carla.decide(f"/batches/{first}/approve").status_code == 303
    digest = site.browser("cleo").hidden(f"/batches/{second}/approve")["digest"]
    refused = carla.post(f"/batches/{second}/approve", {"csrf": carla.csrf("/"), "digest": digest})
    for shown in (plain(refused.text), main(carla, f"/batches/{second}/approve"), main(carla, f"/batches/{second}")):
        assert "Your limit is EUR 150 a day for ACME-AT (a day). You signed EUR 100.00 today" in shown
    assert "<form" not in main(carla, f"/batches/{second}/approve")
    assert "one other person" in main(carla, "/"), "none of what waits is hers"
    assert "Approve 1 payment" in main(site.browser("cleo"), f"/batches/{second}/approve")
