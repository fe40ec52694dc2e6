import hashlib
import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
import trustme
from typer.testing import CliRunner

from gateway import outcomes
from gateway.app import create_app
from gateway.cli import app
from gateway.domain.approval import Approval, Decision
from gateway.domain.document import DocumentState
from gateway.domain.lifecycle import FileState, State
from gateway.domain.payment import Selection
from gateway.domain.payment_file import PaymentFile
from gateway.domain.recall import RecallState
from gateway.persistence import hardening, queries
from gateway.persistence.tables import audit
from gateway.wiring import build
from tests import sqlite
from tests.databases import open_engine
from tests.gateway.hubs import PASSWORD, add_person, document
from tests.gateway.serving import serving
from tests.gateway.stores import Store

CONFIG = Path(__file__).parents[3] / "config"
ROLES = ("--role", "approver", "--role", "operator")


@pytest.fixture
def environment(tmp_path, monkeypatch):
    url = sqlite.fresh(tmp_path / "hub.db")
    monkeypatch.setenv("PAYHUB_DATABASE_URL", url)
    monkeypatch.setenv("PAYHUB_VAULT_KEY", "ab" * 32)
    monkeypatch.setenv("PAYHUB_CONFIG", str(CONFIG))
    engine = open_engine(url)
    yield {"PAYHUB_DATABASE_URL": url, "PAYHUB_VAULT_KEY": "ab" * 32}
    engine.dispose()


@pytest.fixture
def hub(environment):
    hub = build(CONFIG, environment)
    yield hub
    hub.close()


@pytest.fixture
def payhub(environment):
    def payhub(*words, typed=None, expect=0):
        result = CliRunner().invoke(app, [str(one) for one in words], input=typed)
        assert result.exit_code == expect, result.output
        return result.stdout

    return payhub


def test_from_a_new_client_to_an_approved_batch_by_commands_alone(hub, payhub, tmp_path):
    account = next(iter(hub.accounts.values()))
    key = payhub("clients", "add", "erp", "--entity", account.entity).strip()
    payhub(
        "people", "add", "anna", "--role", "approver", "--role", "operator", "--password-stdin", typed=PASSWORD + "\n"
    )
    token = payhub("tokens", "add", "anna").strip()
    run = tmp_path / "run.json"
    run.write_text(json.dumps(document("12.50", account=account.number, currency=account.currency)))
    with serving(create_app(hub)) as address:
        sent = json.loads(payhub("submit", run, "--url", address, "--key", key, "--json", "--erp", "RunId=007"))
        again = json.loads(payhub("submit", run, "--url", address, "--key", key, "--json", expect=1))
        refused = payhub("batches", "approve", sent["id"], "--token", token, "--url", address, "--yes", expect=1)
    assert (sent["status"], sent["payments"]) == (201, 1)
    assert again["code"] == "idempotency.other_payload", "other ERP keys are another request"
    assert "counts" not in refused, "nothing was validated yet"
    listed = json.loads(payhub("batches", "list", "--json"))
    assert listed["id"] == sent["id"]
    assert listed["states"][0]["state"] == "received"
    shown = json.loads(payhub("batches", "show", sent["id"]))
    assert shown["erp"] == {"RunId": "007"}
    payment = json.loads(payhub("payments", "list", "--json"))
    assert payment["amount"] == "12.50"
    assert "intake" in payhub("payments", "timeline", payment["id"])
    assert PASSWORD not in payhub("people", "list", "--json")
    assert "argon2" not in payhub("people", "list", "--json")
    assert "intact" in payhub("audit", "verify")


def test_people_stop_payments_and_let_them_go_by_commands(hub, payhub, tmp_path):
    account = next(iter(hub.accounts.values()))
    key = payhub("clients", "add", "erp", "--entity", account.entity).strip()
    tokens = []
    for name in ("anna", "ben"):
        payhub("people", "add", name, *ROLES, "--password-stdin", typed=PASSWORD + "\n")
        tokens.append(payhub("tokens", "add", name).strip())
    run = tmp_path / "run.json"
    run.write_text(json.dumps(document("1.00", "2.00", "3.00", account=account.number, currency=account.currency)))
    with serving(create_app(hub)) as address:
        batch = json.loads(payhub("submit", run, "--url", address, "--key", key, "--json"))["id"]
        first, second, third = (f"{batch}-{number:07}" for number in range(3))
        anna, ben = (("--token", one, "--url", address, "--reason", "because") for one in tokens)
        assert "2 held, 0 were held before" in payhub("payments", "hold", first, second, *anna)
        assert "1 held, 2 were held before" in payhub("batches", "hold", batch, *anna, "--owner", "ben")
        assert "0 released, 1 wait for another person" in payhub("payments", "release", first, *anna)
        assert "hold.already_said" not in payhub("payments", "release", first, *anna, expect=1)
        assert "1 released, 2 wait" in payhub("batches", "release-holds", batch, *ben, "--yes")
        assert "2 held (manual)" in payhub("batches", "release-holds", batch, *anna, typed="n\n", expect=1)
        assert "1 declined" in payhub("payments", "decline", third, *ben)
        assert "1 cancelled, 0 not" in payhub("payments", "withdraw", second, *ben)
        assert "1 cancelled, 0 not" in payhub("batches", "withdraw", batch, *ben)
    assert {one.state for one in hub_payments(hub)} == {"cancelled"}


def hub_payments(hub):
    with hub.reading() as connection:
        return queries.list_payments(connection, queries.EVERYTHING).items


def test_a_releaser_declines_a_batch_by_command(hub, payhub):
    batch = Store(hub.engine).batch(["10.00"])
    _, token = add_person(hub, "rita", roles=("releaser",))
    with hub.unit_of_work(actor="validate") as work:
        everything = Selection(batch_id=batch)
        work.payments.move(everything, State.RECEIVED, State.VALIDATED, step="validate", reason="every rule passed")
        work.commit()
    with serving(create_app(hub)) as address:
        words = (batch, "--reason", "the payee called", "--token", token, "--url", address, "--yes")
        payhub("batches", "approve", *words, expect=1)
        assert "your decision counts" in payhub("batches", "decline", *words)
    assert json.loads(payhub("batches", "list", "--json"))["states"][0]["state"] == "declined"


def test_a_refused_file_says_what_to_do_and_exits_1(hub, payhub, tmp_path):
    account = next(iter(hub.accounts.values()))
    key = payhub("clients", "add", "erp", "--entity", account.entity).strip()
    run = tmp_path / "run.json"
    run.write_text(json.dumps(document("12.50", account="DE00", currency=account.currency)))
    with serving(create_app(hub)) as address:
        said = payhub("submit", run, "--url", address, "--key", key, expect=1)
    assert "HUB-001" in said
    assert "Use an account" in said


def test_an_entity_without_an_account_is_refused(payhub):
    assert payhub("clients", "add", "erp", "--entity", "NOBODY", expect=1) == "", "no key is shown"
    assert payhub("clients", "list", "--json") == ""


def test_a_disabled_client_is_refused(hub, payhub, tmp_path):
    account = next(iter(hub.accounts.values()))
    key = payhub("clients", "add", "erp", "--entity", account.entity).strip()
    payhub("clients", "disable", "erp")
    run = tmp_path / "run.json"
    run.write_text(json.dumps(document(account=account.number, currency=account.currency)))
    with serving(create_app(hub)) as address:
        said = payhub("submit", run, "--url", address, "--key", key, expect=1)
    assert "request.unauthenticated" in said


def test_a_client_is_bound_to_a_certificate_and_let_loose_again(hub, payhub, tmp_path):
    account = next(iter(hub.accounts.values()))
    chain = tmp_path / "erp.pem"
    trustme.CA().issue_cert("erp.example.com").cert_chain_pems[0].write_to_path(chain)
    payhub("clients", "add", "erp", "--entity", account.entity)
    said = payhub("clients", "bind", "erp", "--certificate", str(chain))
    (row,) = (json.loads(line) for line in payhub("clients", "list", "--json").splitlines())
    assert len(row["certificate"]) == 64
    assert row["certificate"] in said
    payhub("clients", "bind", "erp", "--certificate", str(tmp_path / "missing.pem"), expect=1)
    payhub("clients", "bind", "nobody", "--certificate", str(chain), expect=1)
    payhub("clients", "bind", "erp")
    assert json.loads(payhub("clients", "list", "--json"))["certificate"] is None


def test_an_edited_audit_row_is_found_by_the_command(hub, payhub):
    payhub(
        "people", "add", "anna", "--role", "approver", "--role", "operator", "--password-stdin", typed=PASSWORD + "\n"
    )
    with hub.engine.begin() as connection:
        hardening.allow_changes(connection)
        connection.execute(audit.update().where(audit.c.sequence == 1).values(actor="somebody else"))
    verdict = json.loads(payhub("audit", "verify", "--json", expect=1))
    assert verdict["intact"] is False
    assert verdict["breaches"][0]["sequence"] == 1


@pytest.mark.parametrize("noun", ["batches", "payments", "files", "breaks", "statements"])
def test_an_empty_hub_lists_nothing(payhub, noun):
    assert payhub(noun, "list", "--json") == ""
    assert payhub("events") == ""


def test_documents_are_listed_shown_fetched_and_processed_again_by_commands(hub, payhub, tmp_path):
    payhub(
        "people", "add", "anna", "--role", "approver", "--role", "operator", "--password-stdin", typed=PASSWORD + "\n"
    )
    token = payhub("tokens", "add", "anna").strip()
    bank, data = next(iter(hub.profiles)), b"<unheard-of/>"
    sha256 = hashlib.sha256(data).hexdigest()
    with hub.unit_of_work(actor="worker") as work:
        one = work.documents.add(
            work.new_id(), bank=bank, sha256=sha256, name="a.xml", media_type=None, size=len(data)
        ).id  # fmt: skip
        work.vault.put(data, sha256)
        work.documents.quarantine(one, reason="Nobody knows it.", kind=None)
        work.commit()
    listed = json.loads(payhub("documents", "list", "--bank", bank, "--state", "quarantined", "--json"))
    assert (listed["id"], listed["reason"]) == (one, "Nobody knows it.")
    assert json.loads(payhub("documents", "show", one))["names"][0]["name"] == "a.xml"
    with serving(create_app(hub)) as address:
        there = ("--token", token, "--url", address)
        payhub("documents", "content", one, *there, "--out", tmp_path / "a.xml")
        assert (tmp_path / "a.xml").read_bytes() == data
        assert "processed again" in payhub("documents", "replay", one, *there, "--reason", "mended")
        payhub("documents", "replay", one, *there, "--reason", "mended", expect=1)
        assert "0 documents" in payhub("documents", "replay", "--bank", bank, *there, "--reason", "mended")
        payhub("documents", "replay", *there, "--reason", "mended", expect=2)


def test_a_file_in_doubt_is_settled_by_two_commands(hub, payhub):
    batch = Store(hub.engine).batch(["1.00"])
    with hub.unit_of_work(actor="test") as work:
        whole = Selection(batch_id=batch)
        for source, target in pairwise(("received", "validated", "approved", "scheduled", "generated")):
            work.payments.move(whole, State(source), State(target), step="test", reason="", file_id="F-1")
        work.files.add(
            PaymentFile(
                id="F-1", bank="nordbank", batch_id=batch, message="pain.001.001.09", name="PAY1.xml", number=1,
                sha256="0" * 64, size=1, count=1, totals=(("EUR", Decimal("1.00")),), window_id=None,
                state=FileState.GENERATED, version=1, fence=0, approval_digest="", profile_digest="", bank_batches=(),
                generated_at=work.at,
            ),
            client_id="erp",
        )  # fmt: skip
        outcomes.doubt(work, outcomes.stand_staged(work, work.files.get("F-1")), "the line dropped")
        work.commit()
    tokens = []
    for name in ("anna", "ben"):
        payhub("people", "add", name, "--password-stdin", *ROLES, typed=PASSWORD + "\n")
        tokens.append(payhub("tokens", "add", name).strip())
    with serving(create_app(hub)) as address:
        words = ("files", "settle", "F-1", "--verdict", "arrived", "--reason", "they have it", "--url", address)
        first = payhub(*words, "--token", tokens[0], typed="y\n")
        assert "one more person must say the same" in first
        payhub(*words, "--token", tokens[0], "--yes", expect=1)
        second = json.loads(payhub(*words, "--token", tokens[1], "--yes", "--json"))
        assert (second["state"], second["open"]) == ("submitted", False)
        payhub(*words[:4], "maybe", *words[5:], "--token", tokens[1], expect=2)


def test_cutoffs_shows_the_windows_of_these_days_with_nothing_in_them(hub, payhub):
    lines = [json.loads(line) for line in payhub("cutoffs", "--json").splitlines()]
    assert {(one["bank"], one["product"]) for one in lines} >= {("alpenbank", "sepa"), ("nordbank", "sepa")}
    assert all(one["waiting"] == [] for one in lines)
    assert "release_by" in payhub("cutoffs", "--zone", "Europe/Vienna").splitlines()[0]
    assert payhub("cutoffs", "list", "--bank", "nordbank", "--json").count("alpenbank") == 0


@pytest.mark.parametrize("words", [("--at", "quarter to four"), ("--zone", "Middle/Earth")])
def test_a_moment_or_zone_that_is_none_is_a_usage_error(hub, payhub, words):
    payhub("cutoffs", *words, expect=2)


def test_a_batch_is_explained_in_sentences_and_as_json(payhub, hub):
    batch = Store(hub.engine).batch(["10.00"])
    with hub.unit_of_work(actor="validate") as work:
        everything = Selection(batch_id=batch)
        work.payments.move(everything, State.RECEIVED, State.VALIDATED, step="validate", reason="every rule passed")
        work.commit()
    said = payhub("approvals", "explain", batch)
    assert "The policy four-eyes asks for 2 approvers in any case, because an API client brought it." in said
    assert "2 approvers are still needed: nobody can yet: an administrator must grant the role." in said
    told = json.loads(payhub("approvals", "explain", batch, "--json"))
    assert (told["needed"], told["given"], told["rules"]) == (2, 0, [])
    with hub.unit_of_work(actor="ben") as work:
        work.batches.add_approval(
            Approval(
                id=work.new_id(), batch_id=batch, digest=told["digest"], person_id="ben", person_name="Ben for Anna",
                decision=Decision.APPROVE, reason="", at=work.at, right_of="anna",
            )
        )  # fmt: skip
        work.commit()
    (given,) = json.loads(payhub("approvals", "explain", batch, "--json"))["approvals"]
    assert (given["person_id"], given["right_of"], given["counts"]) == ("ben", "anna", True)
    payhub("approvals", "explain", "01NOSUCHBATCH", expect=1)


@pytest.mark.parametrize("noun", ["recalls", "payments", "files", "batches", "documents"])
def test_a_state_there_is_none_of_is_refused_with_those_there_are(environment, noun):
    result = CliRunner().invoke(app, [noun, "list", "--state", "WRONG"])
    assert result.exit_code == 2
    said = " ".join(result.output.replace("│", " ").split())
    assert "'WRONG' is none; choose one of" in said
    kind = {"recalls": RecallState, "files": FileState, "documents": DocumentState}.get(noun, State)
    assert all(state in said for state in kind)
    assert CliRunner().invoke(app, [noun, "list", "--state", next(iter(kind))]).exit_code == 0
