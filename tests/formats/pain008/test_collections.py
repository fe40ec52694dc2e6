"""Direct debits: the roles swap on the way in and on the way out, and mandates arrive whole."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from formats import pain008
from formats.errors import Unbuildable
from formats.initiation import (
    Account,
    Agent,
    CreditTransfer,
    Initiation,
    Mandate,
    Party,
    PaymentInformation,
    PaymentType,
    StructuredRemittance,
)
from formats.values import Money

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
OURS, THEIRS = "DE89370400440532013000", "NL91ABNA0417164300"


def collection(*payments: CreditTransfer, **changes: object) -> Initiation:
    facts: dict = {
        "id": "COLLECT-1",
        "execution_date": date(2026, 12, 1),
        "debtor": Party(name="Stadtwerke"),
        "debtor_account": Account(iban=OURS),
        "debtor_agent": Agent(bic="COBADEFFXXX"),
        "method": "DD",
        "payment_type": PaymentType(service_level="SEPA", local_instrument="CORE", sequence="RCUR"),
        "creditor_scheme_id": "DE98ZZZ09999999999",
        "payments": payments or (debit(),),
        **changes,
    }
    block = PaymentInformation(**facts)
    return Initiation(
        message_id="MSG-1", created_at=AT, initiating_party=Party(name="Stadtwerke"), batches=(block,), collection=True
    )


def debit(**changes: object) -> CreditTransfer:
    facts: dict = {
        "end_to_end_id": "E2E-1",
        "amount": Money.parse("42.10", "EUR"),
        "creditor": Party(name="Jan Jansen"),
        "creditor_account": Account(iban=THEIRS),
        "creditor_agent": Agent(bic="ABNANL2A"),
        "mandate": Mandate(id="M-1", signed_on=date(2024, 5, 1)),
        "remittance": ("Strom Dezember",),
        **changes,
    }
    return CreditTransfer(**facts)


def written(sent: Initiation, version: str) -> bytes:
    out = io.BytesIO()
    pain008.write(sent, version, out, at=AT)
    return out.getvalue()


AMENDED = Mandate(
    id="M-2", signed_on=date(2020, 1, 1), amended=True, original_id="OLD-M", original_creditor_id="DE98ZZZ01234567890",
    original_creditor_name="Stadtwerke alt", original_debtor_account="SMNDA",
)  # fmt: skip
RF = StructuredRemittance(reference="RF18539007547034", reference_type="SCOR")
VARIANTS = [
    collection(),
    collection(debit(mandate=AMENDED), debit(end_to_end_id="E2E-2", amount=Money.parse("0.01", "EUR"))),
    collection(debit(mandate=replace(AMENDED, original_debtor_account=THEIRS), creditor_scheme_id="DE98ZZZ09999999999"),
               creditor_scheme_id=None, batch_booking=False, charge_bearer="SLEV"),
    collection(debit(remittance=(), structured_remittance=(RF,),
                     purpose="ELEC", ultimate_creditor=Party(name="Mieter"), ultimate_debtor=Party(name="Netz"))),
]  # fmt: skip


@pytest.mark.parametrize("version", pain008.VERSIONS)
@pytest.mark.parametrize("sent", VARIANTS)
def test_what_is_written_is_read_back_as_it_was(sent, version):
    document = written(sent, version)
    got = pain008.read(document)
    assert replace(got, message=None) == pain008.declared(sent)
    assert got.findings == ()
    assert b"\n" not in document


def test_the_one_who_collects_is_the_creditor_of_the_message():
    document = written(collection(), "pain.008.001.02").decode()
    assert "<Cdtr><Nm>Stadtwerke</Nm></Cdtr>" in document
    assert "<Dbtr><Nm>Jan Jansen</Nm></Dbtr>" in document
    assert "<SeqTp>RCUR</SeqTp>" in document
    assert "<CdtrSchmeId><Id><PrvtId><Othr><Id>DE98ZZZ09999999999</Id><SchmeNm><Prtry>SEPA</Prtry>" in document


def test_an_unknown_bank_of_the_one_who_pays_is_said_in_the_right_place():
    document = written(collection(debit(creditor_agent=None)), "pain.008.001.02").decode()
    assert "<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>" in document


@pytest.mark.parametrize(("sent", "path"), [
    (collection(debit(creditor_account=None)), "PmtInf[1]/DrctDbtTxInf[1]/DbtrAcct"),
    (collection(debit(exchange_rate="1.1")), "PmtInf[1]/DrctDbtTxInf[1]/Amt"),
    (collection(debit(mandate=replace(AMENDED, amended=False))), "PmtInf[1]/DrctDbtTxInf[1]/DrctDbtTx/MndtRltdInf"),
    (collection(execution_date=AT), "PmtInf[1]/ReqdColltnDt"),
    (collection(debit(end_to_end_id="x" * 36)), "PmtInf[1]/DrctDbtTxInf[1]/PmtId/EndToEndId"),
])  # fmt: skip
def test_what_a_direct_debit_cannot_say_is_refused_with_its_place(sent, path):
    with pytest.raises(Unbuildable) as caught:
        written(sent, "pain.008.001.02")
    assert caught.value.path == path


def test_credit_transfers_are_no_collection():
    with pytest.raises(Unbuildable, match="credit transfers"):
        written(replace(collection(), collection=False), "pain.008.001.02")
