"""A recall through every door: asked and confirmed by API or console, carried into a real folder, answered."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from typer.testing import CliRunner

from banks.settings import Directories, FolderSettings, LateRecall
from gateway.app import create_app
from gateway.cli import app as cli
from gateway.domain.recall import RecallState
from gateway.persistence.due import Due
from gateway.recalling.remind import remind
from gateway.scheduling.jobs import Worker, advance
from tests.databases import RING_KEY
from tests.gateway.console.conftest import Browser
from tests.gateway.hubs import add_person
from tests.gateway.recalling.conftest import FORM
from tests.gateway.scheduling.banks import Intake
from tests.gateway.serving import serving

SHIPPED = Path(__file__).parents[3] / "config"


@pytest.fixture
def doors(engine, tmp_path):
    """A hub whose bank takes files and recalls from a folder, behind a socket, with two approvers and a maker."""
    intake = Intake(engine)
    for name in ("out", "staging", "in"):
        (tmp_path / name).mkdir()
    folder = FolderSettings(
        directories=Directories(outbox=str(tmp_path / "out"), staging=str(tmp_path / "staging"), inbox=()),
    )
    hub = intake.hub
    profile = replace(hub.profiles["alpenbank"], recall=FORM, channel=folder)
    hub.configuration = replace(
        hub.configuration, banks=dict(hub.profiles) | {"alpenbank": profile},
        settings=replace(hub.settings, secure_cookies=False),
    )  # fmt: skip
    tokens = {
        "anna": add_person(hub, "anna", roles=("approver",))[1], "ben": add_person(hub, "ben", roles=("approver",))[1],
        "mia": add_person(hub, "mia", roles=("maker",))[1], "olga": add_person(hub, "olga", roles=("operator",))[1],
    }  # fmt: skip
    with serving(create_app(hub)) as address, httpx.Client(base_url=address, timeout=60) as http:

        def post(who, path, body=None):
            return http.post(path, json=body or {}, headers={"Authorization": f"Bearer {tokens[who]}"})

        def get(who, path):
            return http.get(path, headers={"Authorization": f"Bearer {tokens[who]}"})

        opened = []

        def browser(name):
            opened.append(Browser(address))
            assert opened[-1].sign_in(name).status_code == 303
            return opened[-1]

        yield SimpleNamespace(
            intake=intake,
            hub=hub,
            post=post,
            get=get,
            browser=browser,
            address=address,
            tokens=tokens,
            sent=lambda: sorted((tmp_path / "out").iterdir()),
        )
        for one in opened:
            one.http.close()


WHY = {"code": "DUPL", "reason": "paid twice"}


def paid(doors):
    batch, _ = doors.intake.sent("12.50")
    (payment,) = (one.id for one in doors.intake.payments(batch))
    return payment


def work_off(doors, recall_id):
    """The job as a worker does it."""
    claim = doors.intake.claim("recall", recall_id, "w1")
    return advance(Worker(hub=doors.hub, name="w1", jitter=lambda: 0.5), claim)


def camt029(status, payment, file, reason):
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.029.001.09"><RsltnOfInvstgtn><Assgnmt><Id>A-1</Id>'
        "<Assgnr><Agt><FinInstnId><BICFI>ALPNATWWXXX</BICFI></FinInstnId></Agt></Assgnr>"
        "<Assgne><Pty><Nm>Acme</Nm></Pty></Assgne><CreDtTm>2026-11-23T10:00:00+01:00</CreDtTm></Assgnmt>"
        f"<Sts><Conf>{status}</Conf></Sts><CxlDtls><OrgnlGrpInfAndSts><OrgnlMsgId>{file}</OrgnlMsgId>"
        "<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInfAndSts><TxInfAndSts>"
        f"<OrgnlInstrId>{payment}</OrgnlInstrId><TxCxlSts>{status}</TxCxlSts>"
        f"<CxlStsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></CxlStsRsnInf></TxInfAndSts></CxlDtls></RsltnOfInvstgtn></Document>"
    ).encode()


def test_asked_and_confirmed_by_the_api_carried_and_answered(doors):
    payment = paid(doors)
    assert doors.post("mia", f"/v1/payments/{payment}/recall", WHY).status_code == 403
    asked = doors.post("olga", f"/v1/payments/{payment}/recall", WHY)
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    recall = asked.json()["id"]
    assert doors.post("anna", f"/v1/payments/{payment}/recall", WHY).json()["code"] == "recall.stands"
    assert doors.post("olga", f"/v1/recalls/{recall}/confirmation").status_code == 403, "operators do not confirm"
    assert doors.post("anna", f"/v1/recalls/{recall}/confirmation").json()["state"] == "confirmed"
    with doors.hub.reading() as connection:
        due = Due(connection, at=doors.intake.at, now_ms=0, limit=10).subjects()
    assert all(one.kind != "recall" for one in due), "its job was asked for with the confirmation"
    assert work_off(doors, recall) is None
    (file,) = doors.sent()
    assert file.name == f"RECALL_{recall}.xml"
    assert payment in file.read_text()
    stored = doors.get("mia", f"/v1/payments/{payment}").json()
    document = doors.intake.take_in(camt029("RJCR", payment, stored["file_id"], "ARDT"))
    doors.intake.read()
    assert doors.intake.document(document.id).state == "processed"
    (line,) = doors.get("mia", "/v1/recalls?state=refused").json()["items"]
    assert (line["id"], line["status"], line["status_reason"]) == (recall, "RJCR", "ARDT")
    assert doors.get("mia", f"/v1/payments/{payment}").json()["state"] == "submitted"
    story = doors.get("mia", f"/v1/payments/{payment}/timeline").json()
    assert [one["target"] for one in story if one["kind"] == "recall"] == ["asked", "confirmed", "sent", "refused"]


def test_a_recall_whose_job_was_lost_is_found_by_its_state(doors):
    payment = paid(doors)
    recall = doors.post("anna", f"/v1/payments/{payment}/recall", WHY).json()["id"]
    with doors.intake.unit() as work:
        work.recalls.move(work.recalls.get(recall), RecallState.CONFIRMED)
        work.commit()
    with doors.hub.reading() as connection:
        due = Due(connection, at=doors.intake.at, now_ms=0, limit=10).subjects()
    assert [(one.subject, one.lane) for one in due if one.kind == "recall"] == [(recall, "alpenbank")]


def test_an_answer_about_nothing_of_ours_is_set_aside(doors):
    document = doors.intake.take_in(camt029("ACCR", "NOT-OURS", "NOR-THIS", "NARR"))
    doors.intake.read()
    after = doors.intake.document(document.id)
    assert after.state == "quarantined"
    assert "did not recall" in after.reason


def test_asked_and_confirmed_in_the_console(doors):
    payment = paid(doors)
    anna, ben = doors.browser("anna"), doors.browser("ben")
    assert "Recall it" in anna.get(f"/payments/{payment}").text
    wrong = anna.decide(f"/payments/{payment}/recall", reason="paid twice", reason_code="")
    assert wrong.status_code == 422
    assert "is no reason for a recall" in wrong.text
    assert anna.decide(f"/payments/{payment}/recall", reason="paid twice", reason_code="DUPL").status_code == 303
    shown = anna.get(f"/payments/{payment}").text
    assert "Recall it" not in shown
    recall = re.search(r'/recalls/(\w+)"', shown)[1]
    assert "another person must confirm it" in anna.get(f"/recalls/{recall}").text
    mine = anna.post(f"/recalls/{recall}/confirm", {"csrf": anna.csrf(f"/recalls/{recall}")})
    assert mine.status_code == 422
    assert "You asked for this recall yourself" in mine.text
    assert "Confirm the recall of" in ben.get(f"/recalls/{recall}").text
    assert ben.post(f"/recalls/{recall}/confirm", {"csrf": ben.csrf(f"/recalls/{recall}")}).status_code == 303
    with doors.intake.unit() as work:
        assert work.recalls.get(recall).state is RecallState.CONFIRMED
    taken = ben.post(f"/recalls/{recall}/withdraw", {"csrf": ben.csrf(f"/recalls/{recall}"), "reason": "it was meant"})
    assert taken.status_code == 303
    story = anna.get(f"/payments/{payment}").text
    assert "Taken back" in story
    assert "Recall it" in story, "and it may be recalled anew"


def test_a_bank_without_recalls_by_message_is_called(doors):
    payment = paid(doors)
    profile = doors.hub.profiles["alpenbank"]
    doors.hub.configuration = replace(
        doors.hub.configuration, banks=dict(doors.hub.profiles) | {"alpenbank": replace(profile, recall=None)}
    )
    refused = doors.post("anna", f"/v1/payments/{payment}/recall", WHY)
    assert (refused.status_code, refused.json()["code"]) == (409, "recall.not_by_message")
    page = doors.browser("anna").get(f"/payments/{payment}/recall").text
    assert "Call alpenbank now" in page
    assert payment in page


def test_asked_confirmed_and_taken_back_by_commands(doors):
    payment = paid(doors)

    def payhub(who, *words, expect=0):
        result = CliRunner().invoke(cli, [*words, "--token", doors.tokens[who], "--url", doors.address])
        assert result.exit_code == expect, result.output
        return result.output

    asked = payhub("olga", "payments", "recall", payment, "--code", "DUPL", "--reason", "paid twice")
    recall = re.search(r"recalls confirm (\w+)", asked)[1]
    payhub("olga", "recalls", "confirm", recall, "--yes", expect=1)
    shown = payhub("anna", "recalls", "confirm", recall, "--yes")
    assert "DUPL paid twice" in shown
    assert f"{recall}: confirmed." in shown
    assert f"{recall}: withdrawn." in payhub("olga", "recalls", "withdraw", recall, "--reason", "it was meant")


def test_a_state_there_is_none_of_is_refused_with_those_there_are(doors):
    refused = doors.get("anna", "/v1/recalls?state=WRONG")
    assert refused.status_code == 400
    (finding,) = refused.json()["findings"]
    assert finding["path"] == "query/state"
    assert all(f"'{state}'" in finding["message"] for state in RecallState)


def test_a_bank_that_does_not_answer_is_shown_at_every_door(doors):
    payment = paid(doors)
    recall = doors.post("anna", f"/v1/payments/{payment}/recall", WHY).json()["id"]
    anna = doors.browser("anna")
    home = anna.get("/").text
    assert "Recalls to look at" in home
    assert "another person than Anna" in home
    assert doors.post("ben", f"/v1/recalls/{recall}/confirmation").status_code == 200
    assert work_off(doors, recall) is None
    assert "Recalls to look at" not in anna.get("/").text, "its answer is not due yet"
    assert "Answer expected by" in anna.get(f"/recalls/{recall}").text
    assert listed(doors, "--overdue") == []
    later(doors)
    with doors.intake.unit() as work:
        assert remind(work) == 1
        work.commit()
    anna = doors.browser("anna")
    for page in ("/", "/recalls", "/recalls?state=overdue", f"/payments/{payment}"):
        assert "answer overdue" in anna.get(page).text, page
    assert f'Call the bank and quote <span class="code">{recall}</span>' in anna.get(f"/recalls/{recall}").text
    assert "Recalls to look at" in anna.get("/").text
    assert recall in anna.get("/recalls?as=csv").text
    assert "No recall fits" in anna.get("/recalls?state=refused").text
    assert [one["id"] for one in doors.get("mia", "/v1/recalls?overdue=true").json()["items"]] == [recall]
    assert doors.get("mia", "/v1/recalls?overdue=false").json()["items"] == []
    assert [one["id"] for one in listed(doors, "--overdue")] == [recall]
    file = doors.get("mia", f"/v1/payments/{payment}").json()["file_id"]
    doors.intake.take_in(camt029("RJCR", payment, file, "NOAS"))
    doors.intake.read()
    assert "answer overdue" not in anna.get("/recalls").text, "an answer ends it"
    assert listed(doors, "--overdue") == []


def test_a_recall_after_its_last_day_is_refused_with_what_to_do_at_every_door(doors):
    payment = paid(doors)
    later(doors)
    refused = doors.post("olga", f"/v1/payments/{payment}/recall", WHY)
    assert (refused.status_code, refused.json()["code"]) == (422, "recall.late")
    assert "could be asked until 2026-12-07, 10 banking days after" in refused.json()["detail"]
    shown = doors.browser("anna").decide(f"/payments/{payment}/recall", reason="paid twice", reason_code="DUPL")
    assert shown.status_code == 422
    assert "Ask for it as CUST, which may be asked until 2027-12-23" in shown.text


def test_where_a_late_recall_is_only_warned_of_whoever_asks_and_whoever_confirms_is_told(doors):
    payment, profile = paid(doors), doors.hub.profiles["alpenbank"]
    warning = replace(profile, recall=replace(FORM, late=LateRecall.WARN))
    doors.hub.configuration = replace(doors.hub.configuration, banks=dict(doors.hub.profiles) | {"alpenbank": warning})
    later(doors)
    words = ["payments", "recall", payment, "--code", "DUPL", "--reason", "twice", "--url", doors.address]
    asked = CliRunner().invoke(cli, [*words, "--token", doors.tokens["olga"]])
    assert asked.exit_code == 0, asked.output
    assert "asked after its last day" in asked.stderr
    recall = re.search(r"recalls confirm (\w+)", asked.stdout)[1]
    assert "Its last day is over" in doors.browser("anna").get(f"/recalls/{recall}").text


def later(doors):
    """A month passes, for the hub and for whoever acts beside it."""
    doors.intake.at += timedelta(days=30)
    doors.hub.clock.at = doors.intake.at


def listed(doors, *words):
    """What ``payhub recalls list`` shows on the hub's own database."""
    environment = {
        "PAYHUB_DATABASE_URL": doors.hub.engine.url.render_as_string(hide_password=False),
        "PAYHUB_VAULT_KEY": RING_KEY.hex(), "PAYHUB_CONFIG": str(SHIPPED),
    }  # fmt: skip
    result = CliRunner().invoke(cli, ["recalls", "list", "--json", *words], env=environment)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]
