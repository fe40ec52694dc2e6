"""What recalls need of the configuration: which banks take them and how, and their message and its file's name."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from banks.filenames import render
from banks.settings import RecallFormat, SpanUnit
from formats import camt055
from formats.charsets import CHARSETS
from formats.initiation import Agent, Party
from formats.values import Money
from gateway.domain.calendar import ALWAYS
from gateway.domain.errors import Misconfigured
from gateway.domain.payment import Payment
from gateway.domain.ports import UnitOfWork
from gateway.domain.recall import Recall
from gateway.domain.recall_days import BankDays, Deadline
from gateway.domain.routing import Route
from gateway.recalling import ask
from gateway.wiring import Hub

LINE_LENGTH = 105
NAME_LENGTH = 70
SEPA = "SEPA"
PRODUCT = "recall"
"""What stands for the product in the name of its file."""
UETR_SINCE = "pain.001.001.09"
"""Files of earlier versions said no UETR, so the bank does not know it."""


def banks(hub: Hub) -> ask.Bank:
    """What asking needs to know of banks."""
    return ask.Bank(form_of=forms(hub), last_day=last_day(hub), write=writer(hub))


def forms(hub: Hub) -> Callable[[str], RecallFormat | None]:
    """How a bank takes recalls; None where it takes none by message."""

    def form_of(bank: str) -> RecallFormat | None:
        profile = hub.profiles.get(bank)
        return None if profile is None else profile.recall

    return form_of


def last_day(hub: Hub) -> Callable[[Payment, str], Deadline | None]:
    """Until when a payment may be recalled for a reason; None where no scheme sets a last day (rulebook SCT-17)."""

    def until(payment: Payment, reason_code: str) -> Deadline | None:
        route = _route_of(hub, payment.bank, payment.product)
        form = None if route is None else forms(hub)(route.bank)
        span = None if form is None else form.ask_within.get(reason_code)
        if route is None or span is None or payment.value_date is None:
            return None
        if SEPA not in (payment.service_level, route.service_level):
            return None
        days = _days_of(hub, route)
        if span.unit is SpanUnit.MONTHS:
            return days.months_after(payment.value_date, span.count)
        return days.open_days_after(payment.value_date, span.count)

    return until


def answer_due(hub: Hub) -> Callable[[Recall, Payment, datetime], datetime | None]:
    """When a bank that has a recall since a moment must have answered it; None where nobody need be told."""

    def due(recall: Recall, payment: Payment, since: datetime) -> datetime | None:
        route, form = _route_of(hub, recall.bank, payment.product), forms(hub)(recall.bank)
        if route is None or form is None or not form.answer_days:
            return None
        days = _days_of(hub, route)
        return days.open_days_after(_day_at(since, days.zone), form.answer_days).ends_at

    return due


def _route_of(hub: Hub, bank: str | None, product: str | None) -> Route | None:
    """The product a payment went by, or the bank's first one where that is gone."""
    routes = hub.routes.get(bank or "", ())
    return next((one for one in routes if one.product == product), next(iter(routes), None))


def _days_of(hub: Hub, route: Route) -> BankDays:
    """The banking days of a product. An instant one, which has none of its own, counts those of its neighbours."""
    calendars = (route.calendar, *(one.calendar for one in hub.routes[route.bank]))
    return BankDays(calendar=next((one for one in calendars if one != ALWAYS), ALWAYS), zone=route.cutoff.zone)


def _day_at(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def file_name(hub: Hub) -> Callable[[RecallFormat, str, int, str], str]:
    """The file's name at the bank, from the profile's template."""

    def name(form: RecallFormat, bank: str, number: int, reference: str) -> str:
        today: datetime = hub.clock.now().astimezone(UTC)
        return render(form.name, bank=bank, on=today.date(), sequence=number, product=PRODUCT, reference=reference)

    return name


def writer(hub: Hub) -> ask.Write:
    """A recall as its bank takes it: the references it was sent with, and the words in the bank's character set."""

    def write(work: UnitOfWork, recall: Recall, payment: Payment) -> bytes:
        profile, account = hub.profile(recall.bank), hub.accounts.get(payment.debtor_account)
        if profile.recall is None or account is None:
            raise Misconfigured(f"The configuration has no [recall] of {recall.bank}, or no account of the payment.")
        file = work.files.get(recall.file_id)
        charset = CHARSETS.get(profile.file.charset)
        text = charset.text(recall.reason) if charset is not None else recall.reason
        one = camt055.RecalledPayment(
            payment_information_id=payment.bank_batch_id or "", amount=Money(payment.amount, payment.currency),
            execution_date=payment.value_date, end_to_end_id=payment.end_to_end_id, instruction_id=payment.id,
            uetr=payment.uetr if file.message >= UETR_SINCE else None, cancellation_id=recall.id,
            reason=recall.reason_code,
            text=tuple(text[start : start + LINE_LENGTH] for start in range(0, len(text), LINE_LENGTH)),
        )  # fmt: skip
        message = camt055.Recall(
            id=recall.id, sender=Party(name=account.name[:NAME_LENGTH]), bank=Agent(bic=profile.bic),
            original_message_id=file.id, original_message_name=file.message, payments=(one,),
        )  # fmt: skip
        out = io.BytesIO()
        camt055.write(message, profile.recall.message, out, at=work.at.replace(microsecond=0))
        return out.getvalue()

    return write
