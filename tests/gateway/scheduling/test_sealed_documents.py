"""Documents of a bank that signs: messages are opened, what is inside counts, and what is not signed moves nothing."""

import io
import zipfile
from dataclasses import replace

import pysequoia
import pytest

from banks.settings_pgp import PgpSettings
from gateway.persistence.tables import audit
from tests.gateway.scheduling.banks import Intake, pain002
from tests.pgp_keys import Drawer, fingerprint, made, ours, theirs

WE, BANK, STRANGER = made("We"), made("Bank"), made("Stranger")
UNSIGNED = "The document is not signed, and the bank's profile demands it. Ask who put it there."


@pytest.fixture
def signing(engine):
    """A hub whose bank must sign."""
    intake = Intake(engine)
    drawer = Drawer()
    settings = PgpSettings(our_keys=(ours(drawer, "WE", WE),), bank_keys=(theirs(drawer, "BANK", BANK),))
    intake.hub.secrets = drawer
    given = intake.hub.configuration
    name = intake.bank_name
    banks = {**given.banks, name: replace(given.banks[name], pgp=settings)}
    intake.hub.configuration = replace(given, banks=banks)
    return intake


def sealed(content, signer=BANK):
    return pysequoia.encrypt(content, [WE.extract_certificate()], signer.signer(), armor=False)


def zipped(name, data):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, data)
    return held.getvalue()


def test_a_sealed_answer_is_opened_and_moves_payments_and_its_own_bytes_stay(signing):
    batch, file = signing.sent("1.00")
    data = sealed(pain002(file, "ACCP"))
    outer = signing.take_in(data, name="answer.xml.pgp")
    signing.read()
    assert signing.states(batch) == ["acknowledged"]
    [message, inside] = signing.documents()
    assert (message.id, message.kind, message.state) == (outer.id, "pgp", "processed")
    assert (inside.name, inside.parent_id) == ("answer.xml", outer.id)
    with signing.unit() as work:
        assert work.vault.get(message.sha256) == data
    with signing.engine.connect() as connection:
        [note] = [row.data for row in connection.execute(audit.select()) if row.action == "document.unwrapped"]
    assert note["signed_by"] == fingerprint(BANK)
    assert len(note["opened_by"]) == 16


@pytest.mark.parametrize("outside", [True, False], ids=["archive-in-message", "message-in-archive"])
def test_an_archive_may_lie_inside_of_a_message_or_around_it(signing, outside):
    batch, file = signing.sent("1.00")
    answer = pain002(file, "ACCP")
    data = sealed(zipped("a.xml", answer)) if outside else zipped("a.xml.pgp", sealed(answer))
    signing.take_in(data)
    signing.read()
    assert signing.states(batch) == ["acknowledged"]


def test_what_nobody_signed_moves_nothing_also_out_of_an_archive(signing):
    batch, file = signing.sent("1.00")
    signing.take_in(pain002(file, "ACCP"))
    signing.take_in(zipped("a.xml", pain002(file, "ACCP", message_id="STS-2")))
    signing.read()
    assert signing.states(batch) == ["submitted"]
    assert [one.reason for one in signing.documents() if one.state == "quarantined"] == [UNSIGNED] * 2


def test_a_stranger_moves_nothing(signing):
    batch, file = signing.sent("1.00")
    signing.take_in(sealed(pain002(file, "ACCP"), signer=STRANGER))
    signing.read()
    assert signing.states(batch) == ["submitted"]
    assert "its signature is not proven" in signing.documents()[0].reason


def test_what_came_unsigned_first_counts_once_it_comes_signed(signing):
    batch, file = signing.sent("1.00")
    answer = pain002(file, "ACCP")
    early = signing.take_in(answer)
    signing.read()
    assert signing.document(early.id).state == "quarantined"
    outer = signing.take_in(sealed(answer))
    signing.read()
    assert signing.states(batch) == ["acknowledged"]
    assert signing.document(early.id).parent_id == outer.id
    assert len(signing.documents()) == 2


def test_a_replay_does_not_make_a_document_signed(signing):
    batch, file = signing.sent("1.00")
    early = signing.take_in(pain002(file, "ACCP"))
    signing.read()
    with signing.unit() as work:
        work.documents.replay(early.id)
        work.commit()
    signing.read()
    assert signing.document(early.id).reason == UNSIGNED
    assert signing.states(batch) == ["submitted"]


def test_a_message_from_a_bank_without_keys_says_what_is_missing(desk):
    desk.take_in(sealed(b"<x/>"))
    desk.read()
    assert (
        desk.documents()[0].reason == "The document is an OpenPGP message, and the bank's profile has no table [pgp]."
    )
