import pytest

from tests.gateway.console.markup import look
from tests.gateway.hubs import add_person


@pytest.fixture
def cast(site):
    people = {name: add_person(site.hub, name, roles=("administrator",))[0] for name in ("rita", "sven")}
    people["dora"] = add_person(site.hub, "dora", roles=())[0]
    people["carla"] = add_person(site.hub, "carla", roles=("approver",), entity="ACME-AT")[0]
    return people


def plain(text):
    return " ".join(text.split())


def after(browser, answer):
    assert answer.status_code == 303, answer.text
    return plain(browser.get(answer.headers["location"].removeprefix("/console")).text)


def ask(browser, person, **change):
    fields = {"to": "dora", "duty": "approver ACME-AT", "until": "2026-10-09", "reason": "on leave"} | change
    return browser.decide(f"/people/{person.id}/delegate", **fields)


def link(text, act):
    return text.split(f'/{act}"')[0].rsplit('href="/console', 1)[1] + f"/{act}"


def lent(site, cast):
    """Dora signs for Carla."""
    carla = site.browser("carla")
    assert ask(carla, cast["carla"]).status_code == 303
    rita = site.browser("rita")
    page = link(rita.get("/people").text, "confirm")
    assert rita.decide(page).status_code == 303
    return page.removesuffix("/confirm")


def test_a_holder_asks_an_administrator_confirms_and_the_colleague_signs_in_both_names(site, cast):
    batch_id = site.submit("100.00")
    carla = site.browser("carla")
    form = carla.get(f"/people/{cast['carla'].id}/delegate").text
    assert look(form)[0] == []
    assert "approver for ACME-AT" in form
    assert "It holds from its first day, once an administrator has confirmed it." in after(
        carla, ask(carla, cast["carla"])
    )
    rita = site.browser("rita")
    shown = rita.get("/people").text
    assert "1 delegation waits for an administrator." in plain(shown)
    page = link(shown, "confirm")
    assert "Let Dora sign for Carla as approver for ACME-AT?" in plain(rita.get(page).text)
    assert carla.post(page, {"csrf": carla.csrf("/")}).status_code == 403
    assert "Dora is approver (signing for Carla) for ACME-AT." in after(rita, rita.decide(page))
    dora = site.browser("dora")
    assert "waits for you" in plain(dora.get("/").text)
    shown = plain(dora.get(f"/batches/{batch_id}/approve").text)
    assert "You sign as yourself with the right of Carla" in shown
    assert dora.decide(f"/batches/{batch_id}/approve").status_code == 303
    shown = plain(dora.get(f"/batches/{batch_id}").text)
    assert "Dora for Carla" in shown
    assert "with the right of Carla" in shown
    assert "Dora for Carla" in plain(site.browser("anna").get(f"/trail?subject={batch_id}").text)
    shown = plain(carla.get(f"/batches/{batch_id}/approve").text)
    assert "Dora for Carla has signed already; with your right, so that the two of you count once." in shown
    assert "Carla" not in plain(dora.get(f"/batches/{batch_id}").text).split("still can:")[1].split("</li>")[0]


def test_who_could_only_sign_for_somebody_who_signed_is_told_so(site, cast):
    lent(site, cast)
    batch_id = site.submit("100.00")
    assert site.browser("carla").decide(f"/batches/{batch_id}/approve").status_code == 303
    dora = site.browser("dora")
    assert "Nothing waits for you" in plain(dora.get("/").text)
    assert "You would sign for Carla, and Carla has signed" in plain(dora.get(f"/batches/{batch_id}/approve").text)
    digest = site.browser("anna").hidden(f"/batches/{batch_id}/approve")["digest"]
    answer = dora.post(f"/batches/{batch_id}/approve", {"csrf": dora.csrf("/"), "digest": digest})
    assert answer.status_code == 422
    assert "the same right counts once" in answer.text


@pytest.mark.parametrize("name", ["carla", "dora", "sven"])
def test_either_side_or_an_administrator_ends_it(site, cast, name):
    page = lent(site, cast) + "/end"
    browser = site.browser(name)
    assert browser.decide(page).status_code == 422, "the reason is missing"
    answer = browser.decide(page, reason="she is back")
    assert answer.status_code == 303
    again = site.browser(name)  # whom it was lent to is signed out by its end
    assert "The delegation has ended." in after(again, answer)
    assert site.browser("dora").get("/batches").status_code == 200
    assert "It is over already." in plain(site.browser("rita").get(page).text)


def test_nobody_asks_in_the_name_of_another_or_ends_what_is_not_theirs(site, cast):
    carla = site.browser("carla")
    assert carla.get(f"/people/{site.anna.id}/delegate").status_code == 403
    fields = {"csrf": carla.csrf("/"), "to": "dora", "duty": "approver ACME-AT", "until": "2026-10-09", "reason": "why"}
    assert carla.post(f"/people/{site.anna.id}/delegate", fields).status_code == 403
    page = lent(site, cast)
    ben = site.browser("ben")
    assert ben.get(f"{page}/end").status_code == 403
    assert ben.post(f"{page}/end", {"csrf": ben.csrf("/"), "reason": "not mine"}).status_code == 403
    assert carla.get(f"{page}/confirm").status_code == 403
    assert carla.get(f"{page}/burn").status_code == 404


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(site, cast):
    carla, person = site.browser("carla"), cast["carla"]
    answer = ask(carla, person, to="<nobody>", until="")
    assert look(answer.text)[0] == []
    assert "Choose the last day." in answer.text
    assert "&lt;nobody&gt;" in answer.text
    assert "Nobody signs in as &lt;nobody&gt;." in ask(carla, person, to="<nobody>").text
    assert "Choose what is handed over." in ask(carla, person, duty="approver ACME-NO").text
    assert "It may last 35 days at most." in ask(carla, person, until="2026-12-24").text
    assert "It would end before it begins." in ask(carla, person, until="2026-09-29").text
    assert "You have nothing to hand over" in site.browser("dora").get(f"/people/{cast['dora'].id}/delegate").text
