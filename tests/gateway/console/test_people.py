import pyotp
import pytest

from gateway.api import second_factor
from gateway.domain.errors import Forbidden
from gateway.persistence.grants import Grants
from gateway.persistence.people import People
from tests.gateway.console.conftest import counting
from tests.gateway.console.markup import look
from tests.gateway.hubs import Phone, add_person


@pytest.fixture
def cast(site):
    """Two administrators, and Dora, who may do nothing yet."""
    people = {name: add_person(site.hub, name, roles=("administrator",))[0] for name in ("rita", "sven")}
    people["dora"] = add_person(site.hub, "dora", roles=())[0]
    return people


def plain(text):
    return " ".join(text.split())


def ask(browser, person, role="approver", entity="ACME-AT", **fields):
    given = {"role": role, "entity": entity, "reason": "she joined"} | fields
    return browser.decide(f"/people/{person.id}/grant", **given)


def after(browser, answer):
    assert answer.status_code == 303, answer.text
    return plain(browser.get(answer.headers["location"].removeprefix("/console")).text)


def waiting(site, person):
    with site.hub.reading() as connection:
        return next(one.id for one in Grants(connection).all(person.id) if one.since is None and one.ended_at is None)


def holds(site, person):
    with site.hub.reading() as connection:
        return {(one.role.value, one.entity) for one in Grants(connection).held(person.id, site.hub.clock.now())}


def test_two_administrators_make_an_approver_and_each_page_says_what_waits(site, cast):
    rita, sven, dora = site.browser("rita"), site.browser("sven"), cast["dora"]
    assert "5 accounts; no grant waits for anybody." in plain(rita.get("/people").text)
    said = after(rita, ask(rita, dora))
    assert "It holds once another administrator has confirmed it." in said
    assert holds(site, dora) == set()
    page = f"/grants/{waiting(site, dora)}/confirm"
    assert "You asked for this grant yourself" in rita.get(page).text
    assert rita.post(page, {"csrf": rita.csrf("/")}).status_code == 422
    assert holds(site, dora) == set()
    assert "1 grant waits for a second administrator." in plain(sven.get("/people").text)
    shown = plain(sven.get(page).text)
    assert "Make Dora approver for ACME-AT?" in shown
    assert "Dora has no second factor" in shown
    assert "Dora is approver for ACME-AT." in after(sven, sven.decide(page))
    assert holds(site, dora) == {("approver", "ACME-AT")}


def test_a_grant_that_ends_says_so_and_is_kept(site, cast):
    rita, dora = site.browser("rita"), cast["dora"]
    assert "Dora is auditor for all entities." in after(rita, ask(rita, dora, "auditor", "*", until="2026-12-31"))
    with site.hub.reading() as connection:
        row = Grants(connection).all(dora.id)[0]
    assert row.ends_at.isoformat() == "2027-01-01T00:00:00+00:00", "with the whole of its last day"
    assert rita.decide(f"/grants/{row.id}/end").status_code == 422, "the reason is missing"
    shown = after(rita, rita.decide(f"/grants/{row.id}/end", reason="she moved on"))
    assert "Dora may do nothing yet." in shown
    assert "by rita" in shown
    assert holds(site, dora) == set()


def test_what_was_typed_stays_and_what_is_wrong_stands_beside_it(site, cast):
    rita, dora = site.browser("rita"), cast["dora"]
    answer = ask(rita, dora, "emperor", "NOWHERE", until="31.12.2026", reason="because <i>")
    assert answer.status_code == 422
    assert look(answer.text)[0] == []
    for says in ("Choose a role.", "Choose an entity", "Write the day like 2026-12-31.", "because &lt;i&gt;"):
        assert says in answer.text
    assert ask(rita, dora, until="2026-09-29").status_code == 422
    assert ask(rita, dora, until="9999-12-31").status_code == 303
    assert "An administrator neither creates nor approves payments" in ask(rita, cast["sven"], "approver").text


def test_nobody_changes_their_own_rights_not_even_through_another_account(site, cast):
    second, _ = add_person(site.hub, "rita-2", roles=(), same_as=cast["rita"].id)
    rita = site.browser("rita")
    for one in (cast["rita"], second):
        assert "Nobody changes their own rights" in rita.get(f"/people/{one.id}/grant").text
        fields = {"csrf": rita.csrf("/"), "role": "auditor", "entity": "*", "reason": "I would like to"}
        assert rita.post(f"/people/{one.id}/grant", fields).status_code == 422
        assert holds(site, second) == set()


def test_everybody_sees_themselves_and_only_those_who_may_see_others(site, cast):
    add_person(site.hub, "otto", roles=("operator",))
    otto = site.browser("otto")
    me = otto.get("/").text.split('class="me"', 1)[1].split('href="', 1)[1].split('"')[0].removeprefix("/console")
    shown = otto.get(me)
    assert "Otto is operator for all entities." in plain(shown.text)
    assert 'href="/console/people"' not in shown.text
    assert otto.get("/people").status_code == 403
    assert otto.get(f"/people/{site.anna.id}").status_code == 403
    assert otto.get(f"/people/{site.anna.id}/grant").status_code == 403
    assert site.browser("rita").get("/people/nobody").status_code == 404


def test_the_list_costs_the_same_for_many_people_and_says_when_each_signed_in(site, cast):
    rita = site.browser("rita")
    with counting(site.hub) as before:
        shown = plain(rita.get("/people").text)
    assert "never" in shown
    for number in range(20):
        add_person(site.hub, f"more-{number}", roles=("auditor", "operator"))
    with counting(site.hub) as asked:
        rita.get("/people")
    assert len(asked) == len(before)
    rows = rita.get("/people?as=csv").text.splitlines()
    assert next(one for one in rows if ",rita," in one).split(",")[3] == "administrator for all entities"
    assert next(one for one in rows if ",rita," in one).split(",")[5].startswith("2026-09-30")
    assert next(one for one in rows if ",dora," in one).split(",")[5] == ""


def test_a_reset_second_factor_leaves_less_than_before_until_a_new_one_is_set_up(site, cast):
    anna, rita, sven = site.anna, site.browser("rita"), site.browser("sven")
    totp = pyotp.TOTP(second_factor.begin(site.hub, anna).secret)
    recovery = second_factor.confirm(site.hub, anna, totp.at(site.hub.machine_ms() // 1000))
    page = f"/people/{anna.id}/second-factor"
    shown = after(rita, rita.decide(page, reason="lost on the train, I called her"))
    assert "until another administrator has confirmed that it is lost" in shown
    assert second_factor.has_one(site.hub, anna.id)
    assert "You asked for this yourself" in rita.get(f"{page}/confirm").text
    assert rita.post(f"{page}/confirm", {"csrf": rita.csrf("/")}).status_code == 422
    assert "1 reset of a second factor waits for a second administrator." in plain(sven.get("/people").text)
    assert "lost on the train, I called her" in sven.get(f"{page}/confirm").text
    assert "A new one must be set up" in after(sven, sven.decide(f"{page}/confirm"))
    assert not second_factor.has_one(site.hub, anna.id)
    for code in ("", totp.at(site.hub.machine_ms() // 1000 + 30), recovery[0]):
        with pytest.raises(Forbidden):
            second_factor.prove(site.hub, anna.id, code)
    batch_id = site.submit("100.00")
    browser = site.browser("anna")
    assert browser.decide(f"/batches/{batch_id}/approve").status_code == 422
    fresh = pyotp.TOTP(second_factor.waiting(site.hub, anna).secret)
    assert fresh.secret != totp.secret
    second_factor.confirm(site.hub, anna, fresh.at(site.hub.machine_ms() // 1000))
    site.hub.machine_ms.ms += 30_000
    second_factor.prove(site.hub, anna.id, fresh.at(site.hub.machine_ms() // 1000))


def test_nobody_resets_their_own_second_factor_and_one_that_is_not_there_is_not_reset(site, cast):
    rita = site.browser("rita")
    page = f"/people/{site.anna.id}/second-factor"
    assert "has no second factor" in rita.get(page).text
    assert rita.post(page, {"csrf": rita.csrf("/"), "reason": "why not"}).status_code == 422
    second, _ = add_person(site.hub, "rita-2", roles=(), same_as=cast["rita"].id)
    Phone(site.hub, second)
    own = f"/people/{second.id}/second-factor"
    assert "another administrator must" in rita.get(own).text
    assert rita.post(own, {"csrf": rita.csrf("/"), "reason": "mine"}).status_code == 422
    sven = site.browser("sven")
    assert sven.decide(own, reason="she called me").status_code == 303
    assert rita.post(f"{own}/confirm", {"csrf": rita.csrf("/")}).status_code == 422
    assert second_factor.has_one(site.hub, second.id)


def test_a_reset_is_taken_back_and_the_second_factor_stays(site, cast):
    Phone(site.hub, site.anna)
    rita = site.browser("rita")
    page = f"/people/{site.anna.id}/second-factor"
    assert rita.decide(page, reason="lost on the train").status_code == 303
    assert "It is asked for already" in rita.get(page).text
    assert rita.decide(f"{page}/end").status_code == 422, "the reason is missing"
    assert "the second factor stays" in after(rita, rita.decide(f"{page}/end", reason="it was in the other coat"))
    assert "No reset waits for anybody" in site.browser("sven").get(f"{page}/confirm").text
    assert second_factor.has_one(site.hub, site.anna.id)


def test_a_person_who_is_disabled_or_locked_out_is_shown_so(site, cast):
    with site.hub.unit_of_work(actor="test") as work:
        People(work.connection).disable("dora", work.at)
        for _ in range(5):
            People(work.connection).failed(site.ben.id, work.at)
        work.commit()
    shown = plain(site.browser("rita").get("/people").text)
    assert "Disabled" in shown
    assert "Locked out" in shown
    assert "Locked out until" in plain(site.browser("rita").get(f"/people/{site.ben.id}").text)
    assert "can do nothing any more" in plain(site.browser("rita").get(f"/people/{cast['dora'].id}").text)
