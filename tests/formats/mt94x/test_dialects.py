import pytest

from formats import mt94x
from tests.formats.mt94x.statements import ENTRY, statement, with_details

DEBIT = ENTRY.replace("C500", "D500")


def entry(text, line=ENTRY):
    (found,) = mt94x.read(with_details(text, line)).statements[0].entries
    return found


def transaction(text, line=ENTRY):
    (found,) = entry(text, line).transactions
    return found


GERMAN = (
    "166?00GUTSCHRIFT?100399?20EREF+END-TO-END-00001?21KREF+FILE-7?22MREF+M-1?23SVWZ+Invoice 4711\r\n and 4"
    "?24712?30SOGEDEFFXXX?31DE75512108001245126199?32Paper Mill ?33GmbH?60ABWA+Parent Co"
)


@pytest.mark.parametrize("separator", ["?", ">", "@", "~", "<", "|", "!", "*", "^"])
def test_german_fields_are_split_by_the_separator_the_bank_chose(separator):
    found = transaction(GERMAN.replace("?", separator))

    assert found.references.end_to_end_id == "END-TO-END-00001"
    assert found.references.payment_information_id == "FILE-7"
    assert found.references.mandate_id == "M-1"
    assert found.remittance == ("Invoice 4711 and 4712",)
    assert found.debtor.name == "Paper Mill GmbH"
    assert found.debtor_account.iban == "DE75512108001245126199"
    assert found.debtor_agent.bic == "SOGEDEFFXXX"
    assert found.ultimate_debtor.name == "Parent Co"
    assert found.additional_information == "GUTSCHRIFT"
    assert (found.code.domain, found.code.family, found.code.sub_family) == ("PMNT", "RCDT", "ESCT")
    assert found.code.proprietary == "NTRF+166+0399"


def test_the_other_party_of_a_debit_is_the_creditor():
    found = transaction(GERMAN, DEBIT)

    assert (found.debtor, found.creditor.name) == (None, "Paper Mill GmbH")
    assert found.counterparty_account.iban == "DE75512108001245126199"


def test_a_separator_inside_a_text_belongs_to_the_text():
    assert transaction("166?20SVWZ+Why? Because?21 I owe").remittance == ("Why? Because I owe",)


def test_old_german_text_stays_in_its_lines_and_its_bank_code_is_no_bic():
    found = transaction("051?00UEBERWEISUNG?20Rent?21March?3051210800?311245126199?32MEIER")

    assert found.remittance == ("Rent", "March")
    assert (found.debtor_agent.member_id, found.debtor_account.other) == ("51210800", "1245126199")


def test_notprovided_is_kept_as_written():
    assert transaction("166?20EREF+NOTPROVIDED?21SVWZ+x").references.end_to_end_id == "NOTPROVIDED"


def test_a_german_return_carries_its_code_and_the_original_amount():
    found = transaction("109?00RETOURE?20EREF+E-1?21OAMT+11,85 SVWZ+closed?34914", DEBIT)

    assert found.returned.reason_proprietary == "914"
    assert (str(found.instructed.value), found.instructed.currency) == ("11.85", "EUR")


def test_charges_and_the_original_amount_under_the_entry_line_are_read():
    found = transaction("109?20EREF+E-1", DEBIT + "\r\n/OCMT/EUR11,85//CHGS/EUR0,50/")

    assert (str(found.instructed.value), str(found.charges[0].amount.value)) == ("11.85", "0.50")


def test_one_sum_for_several_payments_is_told():
    read = mt94x.read(with_details("191?00SEPA-UEBERW?20KREF+FILE-7", DEBIT))

    assert "MT-19" in {f.rule for f in read.findings}


@pytest.mark.parametrize(
    ("text", "account", "name"),
    [
        (
            ">20Faktura 17/2026>31PL61109010140000071219812874>32BIURO SP Z OO",
            "PL61109010140000071219812874",
            "BIURO SP Z OO",
        ),
        ("000>100987654321\r\n>20Invoice>310390123456", "0390123456", None),
    ],
)
def test_fields_without_a_code_in_front_are_split_too(text, account, name):
    found = transaction(text)

    assert found.debtor_account.number == account
    assert (found.debtor.name if found.debtor else None) == name


def test_dutch_words_are_cut_only_where_known():
    text = (
        "/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/J VAN\r\nDIJK/REMI//INV/4711 a/b"
        "/EREF/NOTPROV\r\nIDED"
    )
    found = transaction(text)

    assert found.debtor_account.iban == "NL91ABNA0417164300"
    assert (found.debtor_agent.bic, found.debtor.name) == ("ABNANL2A", "J VANDIJK")
    assert found.remittance == ("/INV/4711 a/b",)
    assert found.references.end_to_end_id == "NOTPROVIDED"


def test_ing_says_how_the_text_is_meant():
    found = transaction("/EREF/E-1//CNTP/NL91ABNA0417164300/ABNANL2A/Van Dijk BV///REMI/USTD//Nr. 17/")
    structured = transaction("/PREF/FILE-7//REMI/STRD/CUR/9000000000000017/")

    assert (found.references.end_to_end_id, found.debtor.name, found.remittance) == ("E-1", "Van Dijk BV", ("Nr. 17",))
    assert structured.references.payment_information_id == "FILE-7"
    assert structured.structured_remittance[0].reference == "9000000000000017"


def test_a_dutch_return_carries_its_iso_reason():
    assert transaction("/RTRN/MS03/EREF/E-1/MARF/M-1/CSID/NL00ZZZ/REMI/x").returned.reason == "MS03"


def test_rabobank_writes_the_account_under_the_entry_line():
    found = transaction("/EREF/E-1/BENM//NAME/Van Dijk/REMI//ISDT/2026-03-01", DEBIT + "\r\nNL91ABNA0417164300")

    assert (found.creditor_account.iban, found.creditor.name) == ("NL91ABNA0417164300", "Van Dijk")


def test_asn_writes_the_account_as_the_reference_and_the_name_under_it():
    line = ":61:2603020302C500,00NOVBNL91ABNA0417164300\r\nj van dijk"
    found = transaction("NL91ABNA0417164300 j van dijk\r\n\r\nThank you", line)

    assert (found.debtor_account.iban, found.debtor.name) == ("NL91ABNA0417164300", "j van dijk")


def test_mbank_labels_its_parts():
    found = transaction(
        "911 TRANSFER; ID IPH: XX1; Z RACH.: \r\n61109010140000071219812874; OD: JAN NOWAK  \r\nUL. DLUGA 1; "
        "TYT.: FV 17; \r\nTNR: 179171.010001"
    )

    assert found.debtor.name == "JAN NOWAK UL. DLUGA 1"
    assert found.debtor_account.other == "61109010140000071219812874"
    assert (found.remittance, found.references.transaction_id) == (("FV 17",), "179171.010001")


def test_plain_text_is_kept_in_lines_and_a_code_in_front_is_told_apart():
    found = entry("999Salary\r\nMarch 2026")

    assert found.transactions[0].remittance == ("Salary", "March 2026")
    assert found.code.proprietary == "NTRF+999"
    assert found.additional_information == "999Salary\nMarch 2026"


def test_an_entry_without_text_has_no_transaction():
    (found,) = mt94x.read(statement(ENTRY, closing="C260302EUR1500,00")).statements[0].entries

    assert found.transactions == ()


@pytest.mark.parametrize("text", ["166?20a?5", "166?20a??21b", "166?20a?|b|?21c", "166?20a?20b", "166?20"])
def test_no_piece_of_a_numbered_text_is_lost(text):
    found = transaction(text)

    kept = "".join(found.remittance) + "".join(value for _, value in found.references.proprietary)
    assert kept == text[6:].replace("?21", "").replace("?20", "")


def test_a_plus_separates_fields_behind_a_code_where_a_bank_in_romania_or_bulgaria_writes_so():
    found = transaction(
        "000+20Plata      +30302410000+31RO49AAAA1B31007593840000\r\n+32Brutaria Veche SRL+33 Cluj\r\n+23EREF+E-7"
    )

    assert found.remittance == ("Plata",)
    assert found.references.end_to_end_id == "E-7"
    assert (found.debtor.name, found.debtor_account.iban) == ("Brutaria Veche SRL Cluj", "RO49AAAA1B31007593840000")


def test_a_plus_in_a_plain_text_separates_nothing():
    assert transaction("123+45 makes 168").remittance == ("123+45 makes 168",)


@pytest.mark.parametrize("opening", ["166\r\n?00", "166\r\n166?00"])
def test_a_code_in_a_line_of_its_own_still_leads_the_numbered_fields(opening):
    found = transaction(opening + "GUTSCHRIFT\r\n?20Invoice 12?32Paper Mill")

    assert (found.remittance, found.debtor.name) == (("Invoice 12",), "Paper Mill")
    assert found.code.proprietary == "NTRF+166"


def test_the_polish_iban_in_field_38_is_the_other_account():
    found = transaction(
        "020~00PRZELEW~20Faktura 7~3010901014~310000071219812874~32Piekarnia~38PL61109010140000071219812874"
    )

    assert found.debtor_account.iban == "PL61109010140000071219812874"


def test_an_iban_in_the_second_name_field_is_the_other_account_and_not_the_name():
    found = transaction("110~20Factura 7~32Brutaria Veche SRL    ~33RO49AAAA1B31007593840000~")

    assert (found.debtor.name, found.debtor_account.iban) == ("Brutaria Veche SRL", "RO49AAAA1B31007593840000")
    assert found.remittance == ("Factura 7",)
