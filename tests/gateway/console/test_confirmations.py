"""The console asks for the second factor where one administrator's word completes another's."""

import re

import pytest

from tests.gateway.hubs import Phone, add_person


@pytest.fixture
def cast(site):
    """Rita and Sven administrate; Sven has a phone, and his browser was signed in before. Carla approves, Dora may
    do nothing.
    """
    people = {name: add_person(site.hub, name, roles=("administrator",))[0] for name in ("rita", "sven")}
    site.dora = add_person(site.hub, "dora", roles=())[0]
    site.carla = add_person(site.hub, "carla", roles=("approver",), entity="ACME-AT")[0]
    site.phone = Phone(site.hub, people["sven"])
    site.rita, site.sven = site.browser("rita"), site.browser()
    assert site.sven.sign_in("sven", code=site.phone.next()).status_code == 303
    return site


def a_grant(cast):
    fields = {"role": "approver", "entity": "ACME-AT", "reason": "she joined"}
    assert cast.rita.decide(f"/people/{cast.dora.id}/grant", **fields).status_code == 303
    return _page(cast, "/people", "grants")


def a_delegation(cast):
    fields = {"to": "dora", "duty": "approver ACME-AT", "until": "2026-10-09", "reason": "on leave"}
    assert cast.browser("carla").decide(f"/people/{cast.carla.id}/delegate", **fields).status_code == 303
    return _page(cast, "/people", "delegations")


def a_configuration(cast):
    assert cast.rita.decide("/configuration/propose", reason="the first set").status_code == 303
    return "/configuration/approve"


def _page(cast, where, what):
    return re.search(rf'href="/console(/{what}/[^/"]+/confirm)"', cast.sven.get(where).text)[1]


@pytest.mark.parametrize("asked_for", [a_grant, a_delegation, a_configuration])
def test_the_page_asks_for_a_code_and_takes_it_once(cast, asked_for):
    page = asked_for(cast)
    assert 'name="code"' in cast.sven.get(page).text
    assert 'name="code"' not in cast.rita.get(page).text, "Rita has no second factor"
    used = cast.phone.shows()
    for code, says in (("", "needs a code"), ("abc", "This code is wrong"), (used, "was used already")):
        refused = cast.sven.decide(page, reason="read it all", code=code)
        assert (refused.status_code, says in refused.text) == (422, True)
    assert cast.sven.decide(page, reason="read it all", code=cast.phone.next()).status_code == 303
