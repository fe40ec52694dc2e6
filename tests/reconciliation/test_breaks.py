from datetime import timedelta

from reconciliation.breaks import WHO_ACTS, BreakKind, late_rejection, missing_bookings
from tests.reconciliation.factories import DAY, payment


def test_a_payment_is_missing_only_after_its_days_of_grace():
    payments = [payment(1), payment(2, state="settled"), payment(3, value_date=None)]
    assert list(missing_bookings(payments, today=DAY + timedelta(days=2), grace_days=2)) == []
    (found,) = missing_bookings(payments, today=DAY + timedelta(days=3), grace_days=2)
    assert (found.kind, found.payment_ids) == ("missing_booking", ("p1",))


def test_a_rejection_after_the_booking_is_a_break_that_names_its_code():
    assert "(AM04)" in late_rejection(payment(1, state="settled"), reason_code="AM04").reason


def test_every_kind_of_break_has_somebody_who_acts():
    assert set(WHO_ACTS) == set(BreakKind)
