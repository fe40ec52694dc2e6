import pytest

from gateway.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from gateway.persistence import identity_desk
from gateway.persistence.identities import Identities
from gateway.persistence.tables import audit
from tests.gateway.hubs import NOON, add_person, open_hub

ISSUER, OTHER = "https://id.example", "https://other.example"


@pytest.fixture
def hub(tmp_path, database_url):
    """An empty hub, once on each kind of database."""
    hub = open_hub(tmp_path, database_url)
    yield hub
    hub.close()


@pytest.fixture
def ruled(hub):
    """A hub with two administrators, as it is once it has been set up, and Anna, who may nothing yet."""
    rita, sven = (add_person(hub, name, roles=("administrator",))[0] for name in ("rita", "sven"))
    return hub, rita, sven, add_person(hub, "anna", roles=())[0]


def act(hub, what, *given, **facts):
    with hub.unit_of_work(actor="test") as work:
        row = what(work, *given, **facts)
        work.commit()
    return row


def link(hub, person, *, by, issuer=ISSUER, subject="s-1"):
    return act(hub, identity_desk.link, person, issuer=issuer, subject=subject, by=by, reason="a new colleague")


def confirm(hub, *, by, subject="s-1"):
    with hub.reading() as connection:
        row = Identities(connection).get(ISSUER, subject)
    about = "" if row is None else row.person_id
    return act(hub, identity_desk.confirm, issuer=ISSUER, subject=subject, person_id=about, by=by)


def who(hub, subject="s-1", issuer=ISSUER):
    with hub.reading() as connection:
        return Identities(connection).person(issuer, subject, NOON)


def test_a_link_counts_after_a_second_administrator_confirmed_whatever_the_person_may_do(ruled):
    hub, rita, sven, anna = ruled
    link(hub, anna, by=rita)
    assert who(hub) is None
    with pytest.raises(Forbidden, match="another administrator"):
        confirm(hub, by=rita)
    confirm(hub, by=sven)
    assert (who(hub), who(hub, issuer=OTHER), who(hub, "S-1")) == (anna.id, None, None)
    with pytest.raises(Conflict):
        confirm(hub, by=sven)


def test_a_second_account_of_an_administrator_does_not_confirm_what_the_first_asked_for(ruled):
    hub, rita, _, anna = ruled
    other, _ = add_person(hub, "rita-2", roles=("administrator",), same_as=rita.id)
    link(hub, anna, by=rita)
    with pytest.raises(Forbidden):
        confirm(hub, by=other)


def test_nobody_links_confirms_or_unlinks_themselves(ruled):
    hub, rita, sven, _ = ruled
    with pytest.raises(Forbidden, match="their own rights"):
        link(hub, rita, by=rita)
    link(hub, rita, by=sven)
    with pytest.raises(Forbidden, match="their own rights"):
        confirm(hub, by=rita)
    with pytest.raises(Forbidden, match="their own rights"):
        act(hub, identity_desk.unlink, issuer=ISSUER, subject="s-1", by=rita, reason="x")


def test_the_command_line_links_only_until_there_are_two_administrators(hub):
    anna, _ = add_person(hub, "anna", roles=())
    link(hub, anna, by=None)
    assert who(hub) == anna.id
    for name in ("rita", "sven"):
        add_person(hub, name, roles=("administrator",))
    with pytest.raises(Conflict, match="one of them links"):
        link(hub, anna, by=None, issuer=OTHER)


def test_a_subject_stands_for_one_person_and_a_person_has_one_at_each_service(ruled):
    hub, rita, sven, anna = ruled
    ben, _ = add_person(hub, "ben", roles=())
    link(hub, anna, by=rita)
    with pytest.raises(Conflict, match="linked already"):
        link(hub, ben, by=sven)
    with pytest.raises(Conflict, match="end it first"):
        link(hub, anna, by=rita, subject="s-2")
    link(hub, anna, by=rita, issuer=OTHER)


def test_one_administrator_ends_a_link_and_the_person_is_signed_out(ruled):
    hub, rita, sven, anna = ruled
    link(hub, anna, by=rita)
    confirm(hub, by=sven)
    act(hub, identity_desk.unlink, issuer=ISSUER, subject="s-1", by=sven, reason="left")
    assert who(hub) is None
    with pytest.raises(NotFound):
        act(hub, identity_desk.unlink, issuer=ISSUER, subject="s-1", by=sven, reason="left")


@pytest.mark.parametrize("subject", ["", "s" * 256])
def test_a_subject_no_service_could_name_is_refused(ruled, subject):
    hub, rita, _, anna = ruled
    with pytest.raises(Unacceptable):
        link(hub, anna, by=rita, subject=subject)


def test_the_trail_tells_of_links_and_names_no_subject(ruled):
    hub, rita, sven, anna = ruled
    link(hub, anna, by=rita, subject="anna@private.example")
    confirm(hub, by=sven, subject="anna@private.example")
    act(hub, identity_desk.unlink, issuer=ISSUER, subject="anna@private.example", by=sven, reason="left")
    with hub.reading() as connection:
        rows = connection.execute(audit.select().where(audit.c.subject == anna.id).order_by("sequence")).all()
    assert [row.action for row in rows] == ["person.link_asked", "person.linked", "person.unlinked"]
    assert "private" not in str([row.data for row in rows])
