"""Who opens the database without its key finds no payee in it, whatever went through the hub."""

import pytest
from sqlalchemy import select

from formats.status_report import Reason
from gateway.persistence.idempotency import Answer, IdempotencyKeys, RequestKey
from gateway.persistence.tables import answers, breaks, entries, events, findings, payments
from tests import dumps
from tests.gateway.steps.test_reconcile import booking, hear, statement
from tests.gateway.steps.world import World, about, report

NAME, NUMBER, TEXT = "Xenia Quittenbaum", "AT671904300987654321", "Geigenunterricht 4711"
WORDS = (NAME, "Quittenbaum", NUMBER, TEXT)
PAYEE = {"creditor": NAME, "creditor_account": NUMBER, "remittance": TEXT}


@pytest.fixture
def world(engine):
    return World(engine)


def spoken(entry):
    """The entry, as a bank writes whom it was with and what for."""
    other = f"<RltdPties><Cdtr><Pty><Nm>{NAME}</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>{NUMBER}</IBAN></Id></CdtrAcct>"
    told = f"{other}</RltdPties><RmtInf><Ustrd>{TEXT}</Ustrd></RmtInf></TxDtls>"
    return entry.replace("</TxDtls>", told)


def stranger():
    """A booking that no payment of ours explains."""
    return (
        '<Ntry><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-23</Dt>'
        "</BookgDt><ValDt><Dt>2026-11-23</Dt></ValDt><AcctSvcrRef>X-1</AcctSvcrRef><BkTxCd><Prtry><Cd>NTRF</Cd></Prtry>"
        '</BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>UNKNOWN</EndToEndId></Refs><Amt Ccy="EUR">3.00</Amt>'
        "<CdtDbtInd>DBIT</CdtDbtInd></TxDtls></NtryDtls></Ntry>"
    )


def lived(world):
    """A repeat that is held, a refused payment, a booked one, a finding, a break, an answer of the API, an alarm."""
    batch, file = world.sent("100.00", "50.00", **PAYEE)
    first, second = world.payments(batch)
    refused = about(second.id, "RJCT", "AC04", reasons=(Reason(code="AC04", text=(f"{NAME} closed {NUMBER}",)),))
    world.hear(report(file, payments=[refused, about(first.id, "ACSP")]))
    hear(world, statement(world, spoken(booking(first)), spoken(stranger()), closing="897.00"))
    world.validate(world.take("100.00", message_id="AGAIN", **PAYEE))
    world.validate(world.take("1.00", "1.00", message_id="WRONG", end_to_end_id="TWICE", **PAYEE))
    with world.unit() as work:
        request = RequestKey(client_id="erp", key="K", method="POST", path="/v1/batches")
        keys = IdempotencyKeys(work.connection)
        keys.claim(request, fingerprint="f", claim="c", at=work.at, now_ms=0, until_ms=1)
        keys.finish(request, "c", Answer(422, f"payee {NAME}, {NUMBER}, {TEXT}"))
        received = work.documents.add("D", bank="alpenbank", sha256="0" * 64, name="x", media_type=None, size=1)
        work.documents.quarantine(received.id, reason=f"{NAME} stands where a number should", kind=None)
        work.alert(
            "payhub.document.quarantined.v1", subject_kind="document", subject=received.id, client_id=None,
            data={"reason": f"{NAME} stands where a number should"},
        )  # fmt: skip
        work.commit()
    return batch


def test_nobody_reads_a_payee_in_the_database_and_the_hub_reads_all_of_them(world):
    batch = lived(world)
    assert world.states(batch) == ["reconciled", "rejected"]
    with world.engine.connect() as connection:
        for column in (
            payments.c.content, payments.c.creditor_name, payments.c.reason_text, answers.c.reason_text,
            entries.c.counterparty, entries.c.detail, findings.c.message, events.c.data,
        ):  # fmt: skip
            told = " ".join(map(str, connection.execute(select(column)).scalars()))
            assert any(word in told for word in WORDS), column
        assert connection.execute(select(breaks.c.reason)).first() is not None
        assert connection.execute(select(payments.c.id).where(payments.c.hold == "duplicate")).first() is not None
    assert dumps.places_of(world.engine, ["RUN-1-1"]), "references are no secret, and this finds them"
    assert dumps.places_of(world.engine, WORDS) == []
