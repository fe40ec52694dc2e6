from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from gateway.domain.policy import BreakGlass, Rule
from gateway.domain.roles import Role
from gateway.persistence.tables import approvals, audit, breaks, payments
from tests.gateway.console.conftest import MORNING
from tests.gateway.hubs import add_person


def states(site, batch_id):
    with site.hub.reading() as connection:
        query = select(payments.c.state).where(payments.c.batch_id == batch_id).order_by(payments.c.position)
        return list(connection.execute(query).scalars())


def open_break(site):
    with site.hub.engine.begin() as connection:
        connection.execute(
            breaks.insert().values(
                id="BREAK-1", key="k", kind="fee", bank="alpenbank", payment_ids=[], reason="A charge.",
                who_acts="erp", opened_at=MORNING, state="open",
            )
        )  # fmt: skip
    return "BREAK-1"


def held(site):
    site.submit("100.00", message_id="RUN-1")
    return f"{site.submit('100.00', '7.00', message_id='RUN-2')}-0000000"


FORMS = (
    "/batches/{batch}/approve",
    "/batches/{batch}/decline",
    "/batches/{batch}/withdraw",
    "/payments/{held}/hold",
    "/payments/{held}/put-on-hold",
    "/payments/{held}/withdraw",
    "/batches/{batch}/put-on-hold",
    "/batches/{batch}/holds",
    "/breaks/{break}",
    "/sign-out",
)


@pytest.mark.parametrize("form", FORMS)
def test_no_form_is_taken_without_a_session_or_with_another_sessions_token(site, form):
    payment = held(site)
    path = form.format(batch=payment[:26], held=payment, **{"break": open_break(site)})
    anna, ben = site.browser("anna"), site.browser("ben")
    fields = {"reason": "because", "decision": "release", "digest": "0" * 64}
    assert site.browser().post(path, fields).headers["location"].startswith("/console/sign-in")
    assert anna.post(path, fields).status_code == 403
    assert anna.post(path, fields | {"csrf": ben.csrf("/")}).status_code == 403
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert anna.post(path, fields | {"csrf": anna.csrf("/")}, headers=foreign).status_code == 403
    assert states(site, payment[:26]) == ["validated", "validated"]
    assert anna.get("/").status_code == 200


def test_the_sign_in_form_of_another_browser_is_refused(site):
    fields = {"name": "anna", "password": "whatever it is"}
    assert site.browser().post("/sign-in", fields).status_code == 403
    assert site.browser().post("/sign-in", fields | {"csrf": site.browser().csrf("/sign-in")}).status_code == 403


def test_a_form_that_is_too_large_is_refused(site):
    anna = site.browser("anna")
    answer = anna.post("/sign-out", {"csrf": anna.csrf("/"), "x": "y" * 100_000})
    assert answer.status_code == 413


def test_two_people_approve_and_the_batch_goes_on(site):
    batch_id = site.submit("100.00", "20.00")
    anna, ben = site.browser("anna"), site.browser("ben")
    shown = anna.get(f"/batches/{batch_id}/approve").text
    assert "Approve 2 payments, EUR\N{NO-BREAK SPACE}120.00</button>" in shown
    assert "1 more person must agree before anything leaves: Ben." in " ".join(shown.split())
    after = anna.get(anna.decide(f"/batches/{batch_id}/approve").headers["location"].removeprefix("/console")).text
    assert "You approved it." in after
    assert "1 more person must agree: Ben." in " ".join(after.split())
    assert states(site, batch_id) == ["validated"] * 2
    assert "Yours is the last approval." in ben.get(f"/batches/{batch_id}/approve").text
    ben.decide(f"/batches/{batch_id}/approve", reason="as ordered")
    assert states(site, batch_id) == ["approved"] * 2


def test_nobody_approves_twice(site):
    batch_id = site.submit("100.00")
    anna = site.browser("anna")
    fields = anna.hidden(f"/batches/{batch_id}/approve")
    anna.post(f"/batches/{batch_id}/approve", fields)
    again = anna.post(f"/batches/{batch_id}/approve", fields)
    assert again.status_code == 422
    assert "You have already decided about this batch." in again.text
    assert states(site, batch_id) == ["validated"]
    assert "You have agreed already" in anna.get(f"/batches/{batch_id}/approve").text


def test_a_batch_that_changed_since_it_was_shown_must_be_looked_at_again(site):
    payment = held(site)
    anna, ben = site.browser("anna"), site.browser("ben")
    fields = anna.hidden(f"/batches/{payment[:26]}/approve")
    for one in (anna, ben):
        one.decide(f"/payments/{payment}/hold", reason="two deliveries", decision="release")
    answer = anna.post(f"/batches/{payment[:26]}/approve", fields | {"reason": "looks fine to me"})
    assert answer.status_code == 422
    assert "The batch changed since you opened it" in answer.text
    assert "looks fine to me" in answer.text, "what was typed is kept"
    with site.hub.reading() as connection:
        assert connection.execute(select(approvals)).all() == []


def test_declining_needs_a_reason_and_keeps_what_was_typed(site):
    batch_id = site.submit("100.00")
    anna = site.browser("anna")
    refused = anna.decide(f"/batches/{batch_id}/decline", reason="no")
    assert refused.status_code == 422
    assert 'href="#reason"' in refused.text
    assert ">no</textarea>" in refused.text
    assert states(site, batch_id) == ["validated"]
    anna.decide(f"/batches/{batch_id}/decline", reason="wrong supplier")
    assert states(site, batch_id) == ["declined"]
    assert "“wrong supplier”" in anna.get(f"/batches/{batch_id}").text


def test_a_held_payment_is_shown_beside_the_other_one_and_released_by_two(site):
    payment = held(site)
    anna, ben = site.browser("anna"), site.browser("ben")
    shown = anna.get(f"/payments/{payment}/hold").text
    assert "RUN-1-1" in shown, "the other payment's reference stands beside"
    assert "Release EUR\N{NO-BREAK SPACE}100.00 to Payee 1" in shown
    said = anna.decide(f"/payments/{payment}/hold", reason="two deliveries", decision="release")
    assert said.headers["location"].endswith("?did=release-word")
    again = anna.get(f"/payments/{payment}/hold").text
    assert "You have said that it is meant" in again
    assert 'value="release"' not in again
    shown = ben.get(f"/payments/{payment}/hold").text
    assert "says that it is meant" in shown, "the second person sees what the first one said"
    assert "“two deliveries”" in shown
    ben.decide(f"/payments/{payment}/hold", reason="I asked the buyer", decision="release")
    batch = anna.get(f"/batches/{payment[:26]}").text
    assert "Approve 2 payments" in batch


def test_a_held_payment_is_declined_alone(site):
    payment = held(site)
    site.browser("anna").decide(f"/payments/{payment}/hold", reason="paid already", decision="decline")
    assert states(site, payment[:26]) == ["declined", "validated"]


def test_deciding_about_a_hold_needs_a_choice(site):
    payment = held(site)
    answer = site.browser("anna").decide(f"/payments/{payment}/hold", reason="two deliveries")
    assert answer.status_code == 422
    assert "Choose whether" in answer.text


def test_withdrawing_cancels_what_has_not_left(site):
    batch_id = site.submit("100.00", "20.00")
    anna = site.browser("anna")
    assert "Withdraw 2 payments, EUR\N{NO-BREAK SPACE}120.00</button>" in anna.get(f"/batches/{batch_id}/withdraw").text
    anna.decide(f"/batches/{batch_id}/withdraw", reason="sent by mistake")
    assert states(site, batch_id) == ["cancelled"] * 2


def test_closing_a_break_needs_a_reason_and_is_on_the_trail(site):
    path, anna = f"/breaks/{open_break(site)}", site.browser("anna")
    assert anna.decide(path, reason="").status_code == 422
    assert anna.decide(path, reason="agreed with the bank").status_code == 303
    shown = anna.get(path).text
    assert "Anna: “agreed with the bank”" in shown
    assert anna.post(path, {"csrf": anna.csrf("/"), "reason": "once more"}).status_code == 422
    with site.hub.reading() as connection:
        actions = list(connection.execute(select(audit.c.action, audit.c.actor)))
    assert ("break.resolved", site.anna.id) in [tuple(row) for row in actions]


def test_there_are_no_other_decisions(site):
    batch_id = site.submit("100.00")
    anna = site.browser("anna")
    assert anna.get(f"/batches/{batch_id}/explode").status_code == 404
    answer = anna.post(f"/batches/{batch_id}/explode", {"csrf": anna.csrf("/"), "reason": "why not"})
    assert answer.status_code == 404


def test_a_person_holds_one_payment_and_two_let_it_go(site):
    batch_id = site.submit("100.00", "20.00")
    payment = f"{batch_id}-0000001"
    anna, ben = site.browser("anna"), site.browser("ben")
    assert "Hold it" in anna.get(f"/payments/{payment}").text
    assert "Hold 1 payment, EUR\N{NO-BREAK SPACE}20.00</button>" in anna.get(f"/payments/{payment}/put-on-hold").text
    wrong = anna.decide(f"/payments/{payment}/put-on-hold", reason="the payee called", owner="nobody")
    assert wrong.status_code == 422
    assert "nobody is nobody who could act" in wrong.text
    assert "the payee called" in wrong.text, "what was typed is kept"
    anna.decide(f"/payments/{payment}/put-on-hold", reason="the payee called", owner="ben")
    assert "Stopped by a person: the payee called" in anna.get(f"/payments/{payment}").text
    assert "Nothing of this can be held now" in anna.get(f"/payments/{payment}/put-on-hold").text
    assert "Approve 1 payment" in anna.get(f"/batches/{batch_id}").text
    ben.decide(f"/payments/{payment}/hold", reason="it is fine", decision="release")
    anna.decide(f"/payments/{payment}/hold", reason="it is fine", decision="release")
    assert "Approve 2 payments" in anna.get(f"/batches/{batch_id}").text


def test_all_holds_of_a_batch_are_decided_on_one_page(site):
    batch_id = site.submit("100.00", "20.00", "3.00")
    anna, ben = site.browser("anna"), site.browser("ben")
    assert "Hold 3 payments" in anna.get(f"/batches/{batch_id}").text
    anna.decide(f"/batches/{batch_id}/put-on-hold", reason="the run looks odd")
    assert "Decide about 3 holds" in anna.get(f"/batches/{batch_id}").text
    shown = anna.get(f"/batches/{batch_id}/holds").text
    assert "Release 3 payments, EUR\N{NO-BREAK SPACE}123.00</button>" in shown
    assert "nobody" in shown
    anna.decide(f"/batches/{batch_id}/holds", reason="it is fine", decision="release")
    again = anna.get(f"/batches/{batch_id}/holds").text
    assert "somebody else must say the same" in again
    assert 'value="release"' not in again
    ben.decide(f"/batches/{batch_id}/holds", reason="it is fine", decision="release")
    assert "Nothing of RUN-1 is held" in ben.get(f"/batches/{batch_id}/holds").text
    assert "Approve 3 payments" in ben.get(f"/batches/{batch_id}").text


def test_all_holds_of_a_batch_are_declined_by_one(site):
    batch_id = site.submit("100.00", "20.00")
    anna = site.browser("anna")
    anna.decide(f"/batches/{batch_id}/put-on-hold", reason="the run looks odd")
    assert anna.decide(f"/batches/{batch_id}/holds", reason="it is odd").status_code == 422
    anna.decide(f"/batches/{batch_id}/holds", reason="it is odd", decision="decline")
    assert states(site, batch_id) == ["declined"] * 2
    assert "-1" not in anna.get(f"/batches/{batch_id}").text.split('id="path"')[1].split("</div>")[0]


def test_one_payment_is_withdrawn_from_its_page(site):
    batch_id = site.submit("100.00", "20.00")
    payment = f"{batch_id}-0000001"
    anna = site.browser("anna")
    assert "Withdraw 1 payment, EUR\N{NO-BREAK SPACE}20.00</button>" in anna.get(f"/payments/{payment}/withdraw").text
    after = anna.decide(f"/payments/{payment}/withdraw", reason="paid by card")
    assert after.headers["location"].endswith("?did=withdraw")
    assert states(site, batch_id) == ["validated", "cancelled"]
    assert "call the bank" in anna.get(f"/payments/{payment}/withdraw").text


def under_rules(site, *rules, **more):
    policy = replace(site.hub.configuration.policy, rules=rules, **more)
    site.hub.configuration = replace(site.hub.configuration, policy=policy)


def plain(answer):
    return " ".join(answer.text.split())


def test_the_page_says_which_rule_asks_for_whom_and_a_releaser_has_the_last_word(site):
    add_person(site.hub, "rita", roles=("releaser",))
    under_rules(site, Rule(name="large", releasers=1, currencies=frozenset({"EUR"}), amount_from=Decimal(50)))
    batch_id = site.submit("100.00")
    anna, ben, rita = site.browser("anna"), site.browser("ben"), site.browser("rita")
    shown = plain(anna.get(f"/batches/{batch_id}/approve"))
    assert "The rule large asks for 1 releaser: EUR 100.00 to Payee 1 (EUR 50 or more)." in shown
    assert "1 releaser is still needed, once the approvals are there: Rita." in shown
    assert "1 releaser is still needed" in plain(rita.get(f"/batches/{batch_id}/release"))
    anna.decide(f"/batches/{batch_id}/approve")
    assert "1 releaser must then let the payments go: Rita." in plain(ben.get(f"/batches/{batch_id}/approve"))
    ben.decide(f"/batches/{batch_id}/approve")
    assert states(site, batch_id) == ["validated"]
    assert "1 release missing; still can: Rita" in plain(anna.get(f"/batches/{batch_id}"))
    assert f'href="/console/batches/{batch_id}/release"' in rita.get(f"/batches/{batch_id}").text
    assert ">you</b>" in rita.get("/").text, "it waits for her on the first page too"
    after = rita.decide(f"/batches/{batch_id}/release")
    assert "You released it." in rita.get(after.headers["location"].removeprefix("/console")).text
    assert states(site, batch_id) == ["approved"]


def test_broken_glass_is_loud_on_the_page(site):
    glass = BreakGlass(roles=frozenset({Role.APPROVER}))
    under_rules(site, Rule(name="many", approvers=9), break_glass=glass)
    batch_id = site.submit("100.00")
    anna, ben = site.browser("anna"), site.browser("ben")
    path = f"/batches/{batch_id}/break-glass"
    assert f'href="/console{path}"' in anna.get(f"/batches/{batch_id}").text
    assert anna.decide(path, reason="").status_code == 422
    assert anna.decide(path, reason="salaries are due").status_code == 303
    assert "Anna broke the glass</b> for this batch: “salaries are due”" in plain(ben.get(f"/batches/{batch_id}"))
    assert "You are the second of two" in plain(ben.get(path))
    assert ben.decide(path, reason="the plant stands still").status_code == 303
    assert states(site, batch_id) == ["approved"]
    shown = plain(anna.get(f"/batches/{batch_id}"))
    assert "Let go against the rules</b> by" in shown
    assert all(one in shown for one in ("Anna (“salaries are due”)", "Ben (“the plant stands still”)"))


def test_without_glass_in_the_policy_the_page_offers_none(site):
    batch_id = site.submit("100.00")
    anna = site.browser("anna")
    assert "break-glass" not in anna.get(f"/batches/{batch_id}").text
    assert "The policy knows no break-glass." in anna.get(f"/batches/{batch_id}/break-glass").text
