"""The audit trail names ids, counts and digests; accounts, payees and people's words stay outside (promise P10)."""

from gateway.persistence.audit_trail import AuditTrail
from tests.gateway.steps.world import report


def test_no_account_and_no_name_of_a_payee_stands_in_the_trail(hub):
    batch, file = hub.sent("100.00", creditor="Erika Mustermann")
    hub.hear(report(file, "RJCT", reasons=["AC04"]))
    text = hub.audit_text()
    assert hub.account.number not in text
    assert hub.payments(batch)[0].creditor_account not in text
    assert "Mustermann" not in text
    assert "Anna" not in text
    with hub.engine.connect() as connection:
        assert list(AuditTrail(connection).breaches()) == []


def test_the_words_of_an_alert_are_held_fast_by_their_digest_only(hub):
    with hub.unit() as work:
        work.alert(
            "payhub.statement.imported.v1", subject_kind="statement", subject="S", client_id=None,
            data={"account": hub.account.number},
        )  # fmt: skip
        work.commit()
    assert hub.account.number not in hub.audit_text()
    assert "sha256" in hub.audit_text()
