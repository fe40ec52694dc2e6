import pytest

from formats import pain002
from tests.formats.pain002.reports import batch, group, payment, reason, report


def only_payment(*parts):
    (found,) = pain002.read(report(*parts)).payments
    return found


@pytest.mark.parametrize(
    ("own", "of_batch", "of_group", "status", "level"),
    [
        ("ACSC", "RJCT", "RJCT", "ACSC", "transaction"),
        (None, "ACSP", "RJCT", "ACSP", "payment_information"),
        (None, "RJCT", "PART", "RJCT", "payment_information"),
        (None, None, "ACTC", "ACTC", "group"),
        (None, "PART", "ACTC", "ACTC", "group"),
        (None, "PART", "PART", None, None),
        (None, None, "PART", None, None),
        (None, None, None, None, None),
        ("PDNG", "PART", "PART", "PDNG", "transaction"),
    ],
)
def test_the_lowest_level_that_says_something_wins_and_part_says_nothing(own, of_batch, of_group, status, level):
    found = only_payment(group(of_group), batch("B1", of_batch, payment("E1", own)))

    assert (found.status, found.status_level) == (status, level)
    assert found.own_status == own


def test_a_refusal_is_inherited_with_its_reasons():
    found = only_payment(group(), batch("B1", "RJCT", payment("E1"), reasons=reason("AC04", "closed")))

    assert [(r.code, r.text) for r in found.reasons] == [("AC04", ("closed",))]


def test_reasons_of_an_accepted_batch_are_not_those_of_its_payments():
    found = only_payment(group(), batch("B1", "ACWC", payment("E1"), reasons=reason("DT01")))

    assert found.status == "ACWC"
    assert found.reasons == ()


def test_a_payment_with_its_own_status_does_not_borrow_reasons():
    found = only_payment(group(), batch("B1", "RJCT", payment("E1", "RJCT"), reasons=reason("AC04")))

    assert found.reasons == ()


def test_a_refused_group_reaches_every_payment_listed_and_its_reasons_stay_at_the_group_too():
    read = pain002.read(report(group("RJCT", reasons=reason("AM10")), batch("B1", None, payment("E1"))))

    assert read.payments[0].status == "RJCT"
    assert [r.code for r in read.payments[0].reasons] == ["AM10"]
    assert [r.code for r in read.group_reasons] == ["AM10"]


def test_payments_without_a_batch_belong_to_the_batch_they_name():
    body = (
        "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId><GrpSts>PART</GrpSts>"
        "</OrgnlGrpInfAndSts><TxInfAndSts><OrgnlPmtInfId>B9</OrgnlPmtInfId><OrgnlEndToEndId>E1</OrgnlEndToEndId>"
        "<TxSts>RJCT</TxSts><StsRsnInf><StsRsn><Cd>AC01</Cd></StsRsn><AddtlStsRsnInf>wrong</AddtlStsRsnInf></StsRsnInf>"
        "</TxInfAndSts>"
    )
    message = "pain.002.001.02"
    source = report(body, message=message).replace(b"CstmrPmtStsRpt", message.encode())

    read = pain002.read(source)

    assert read.message == message
    assert read.batches == ()
    assert (read.payments[0].payment_information_id, read.payments[0].status) == ("B9", "RJCT")
    assert [(r.code, r.text) for r in read.payments[0].reasons] == [("AC01", ("wrong",))]
