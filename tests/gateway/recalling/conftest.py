from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest

from banks.settings import RecallFormat
from formats.recall_answer import RecallAnswer, RecallStatus
from formats.status_report import Reason
from gateway import recalls
from gateway.domain.document import Document
from gateway.recalling import answer, ask, send
from gateway.steps import submit
from tests.databases import open_engine
from tests.gateway.steps.world import World, shipped

FORM = RecallFormat(message="camt.055.001.09", name="RECALL_{reference}.xml")


@dataclass
class Recalling:
    """A world in which a bank takes recalls, and the acts of people and of the bank."""

    world: World
    profiles: dict = field(default_factory=dict)
    numbers: count = field(default_factory=lambda: count(1))

    def __post_init__(self):
        self.profiles = dict(shipped().banks) | {
            "alpenbank": replace(shipped().banks["alpenbank"], recall=FORM),
        }  # fmt: skip
        self.hub = SimpleNamespace(
            profiles=self.profiles,
            profile=self.profiles.__getitem__,
            accounts=shipped().accounts,
            clock=SimpleNamespace(now=lambda: self.world.at),
            routes=shipped().routes,
        )

    def paid(self, *amounts, **more):
        """Payments of one file that the bank holds; their ids."""
        batch, file = self.world.built(*(amounts or ("100.00",)), **more)
        assert self.world.submit(file) is submit.Next.NOTHING
        return [one.id for one in self.world.payments(batch)]

    def ask_in(self, work, payment_id, person="anna", code="DUPL", reason="paid twice"):
        wish = ask.Wish(
            payment_id=payment_id, reason_code=code, reason=reason, person_id=person, person_name=person.title()
        )
        return ask.ask(work, wish, recalls.banks(self.hub))

    def ask(self, payment_id, person="anna", **more):
        return self.world.do(lambda work: self.ask_in(work, payment_id, person, **more))

    def confirm(self, recall, person="ben"):
        return self.world.do(
            ask.confirm, recall.id, person_id=person, person_name=person.title(), banks=recalls.banks(self.hub)
        )

    def take_back(self, recall, reason="it was meant"):
        return self.world.do(ask.take_back, recall.id, reason=reason)

    def confirmed(self, payment_id):
        return self.confirm(self.ask(payment_id))

    def carrier(self, fence=1, **more):
        bank = self.world.bank
        return send.Carrier(
            units=self.world.unit, channel=bank.open, form_of=recalls.forms(self.hub),
            name=recalls.file_name(self.hub), write=recalls.writer(self.hub), hand_over=lambda _bank: bank.hand_over,
            fence=fence, answer_due=recalls.answer_due(self.hub), **more,
        )  # fmt: skip

    def send(self, recall, **more):
        return send.send(self.carrier(**more), recall.id)

    def sent(self, payment_id):
        recall = self.confirmed(payment_id)
        assert self.send(recall) is send.Next.NOTHING
        return self.get(recall)

    def get(self, recall):
        with self.world.unit() as work:
            return work.recalls.get(recall.id)

    def payment(self, payment_id):
        with self.world.unit() as work:
            return work.payments.get(payment_id)

    def says(self, status, *, code=None, text=(), bank="alpenbank", later=timedelta(0), **names):
        """The bank answers; gives the document as it stands after."""
        said = RecallStatus(
            status=status, level="transaction", reasons=(Reason(code=code, text=text),) if code else (), **names
        )
        return self.hears(bank, said, later=later)

    def hears(self, bank, *said, later=timedelta(0)):
        number = next(self.numbers)
        message = RecallAnswer(message="camt.029.001.09", message_id=f"A-{number}", payments=said)
        self.world.at += later

        def take(work):
            document = work.documents.add(
                work.new_id(), bank=bank, sha256=f"{number:064}", name="a.xml", media_type=None, size=1
            )
            assert isinstance(document, Document)
            answer.answer(work, document, message)
            return work.documents.get(document.id)

        return self.world.do(take)


@pytest.fixture
def recalling(engine):
    """On SQLite and on PostgreSQL."""
    return Recalling(World(engine))


@pytest.fixture
def recalling_here(sqlite_url):
    """On SQLite only, for what does not depend on the database."""
    engine = open_engine(sqlite_url)
    yield Recalling(World(engine))
    engine.dispose()
