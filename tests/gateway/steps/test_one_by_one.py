"""Submit and acknowledge at API banks: payments one by one, and banks that cannot be asked."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from banks import status_json
from banks.channel import Receipt
from gateway.domain.errors import Conflict
from gateway.domain.lifecycle import FileState
from gateway.domain.payment_file import HandOver
from gateway.persistence.tables import documents
from gateway.steps import acknowledge, submit


def told(file_id, *words):
    rows = [{"instruction_id": payment, "status": status} for payment, status in words]
    return status_json.written(reference=file_id, payments=rows)


def apply(hub, name_of_report, *, one_by_one):
    with hub.unit() as work:
        found = work.documents.add(
            work.new_id(), bank=hub.bank_name, sha256="0" * 64, name="s.json", media_type=None, size=1
        )
        acknowledge.acknowledge(
            work, found, status_json.read(name_of_report), part_unlisted_accepted=False, one_by_one=one_by_one
        )
        work.commit()


def by_api(hub, hand_over=HandOver.POSTED):
    return hub.carrier(hand_over=hand_over)


def test_what_a_bank_said_while_it_took_payments_is_kept_as_a_document(hub, monkeypatch):
    batch, file = hub.built("1.00", "2.00")
    first = hub.payments(batch)[0].id
    report = told(file, (first, "RJCT"))
    publish = hub.bank.publish
    monkeypatch.setattr(hub.bank, "publish", lambda outbound: replace(publish(outbound), report=report))
    assert hub.submit(file) is submit.Next.NOTHING
    with hub.unit() as work:
        row = work.connection.execute(select(documents)).one()
        assert (row.state, row.name, row.media_type) == ("received", f"status-{file}.json", "application/json")
        assert work.vault.get(row.sha256) == report


@pytest.mark.parametrize("state", ["generated", "staged", "in_doubt"])
def test_a_report_about_some_payments_waits_until_all_were_handed_over(hub, state):
    batch, file = hub.built("1.00", "2.00")
    first = hub.payments(batch)[0].id
    report = told(file, (first, "ACSP"))
    if state != "generated":
        hub.bank.script = [None, "unreachable" if state == "staged" else "unknown-before"]
        hub.submit(file)
    else:
        hub.bank.script = ["unreachable"]
        hub.submit(file)
    assert hub.file(file).state == state
    before = hub.states(batch)
    with pytest.raises(Conflict, match="waits for that"):
        apply(hub, report, one_by_one=True)
    assert (hub.file(file).state, hub.states(batch)) == (state, before)
    hub.submit(file)
    apply(hub, report, one_by_one=True)
    assert hub.states(batch) == ["acknowledged", "submitted"]


def test_a_file_that_is_half_over_is_handed_over_again_out_of_its_doubt(hub, monkeypatch):
    batch, file = hub.in_doubt("1.00", "2.00")
    monkeypatch.setattr(hub.bank, "publish", lambda _: Receipt(evidence="2 payments: the bank has 2 and refused 0"))
    hub.bank.script = ["unclear"]
    assert submit.submit(by_api(hub, HandOver.ONE_BY_ONE), file) is submit.Next.NOTHING
    assert hub.states(batch) == ["submitted"] * 2


@pytest.mark.parametrize("fault", ["unreachable", "refused"])
def test_a_first_try_that_certainly_failed_at_an_api_is_a_first_try_again(hub, fault):
    batch, file = hub.built("1.00")
    hub.bank.script = [None, fault]
    submit.submit(by_api(hub), file)
    assert (hub.file(file).state, hub.states(batch)) == (FileState.GENERATED, ["generated"])
    assert submit.submit(by_api(hub), file) is submit.Next.NOTHING
    assert (hub.states(batch), len(hub.bank.received)) == (["submitted"], 1)


def test_elsewhere_a_staged_file_stays_staged_and_is_looked_for_first(hub):
    _, file = hub.built("1.00")
    hub.bank.script = [None, "unreachable"]
    submit.submit(by_api(hub, HandOver.RENAMED), file)
    assert hub.file(file).state is FileState.STAGED
    hub.submit(file)
    assert hub.bank.calls[-2:] == ["look", "publish"]


def test_every_attempt_says_when_the_first_one_began(hub, monkeypatch):
    _, file = hub.in_doubt("1.00")
    began = hub.at
    seen = []
    look = hub.bank.look
    monkeypatch.setattr(hub.bank, "look", lambda outbound: seen.append(outbound.since) or look(outbound))
    hub.submit(file)
    assert set(seen) == {began}
