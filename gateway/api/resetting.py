"""Taking a lost second factor away: one administrator asks, another one confirms, and neither does it for themselves.

It leaves the person with less than before: whatever asks for a code refuses them until they have set up a new one. But
whoever knows their password can set that up, so it takes two who were told by the person that the phone is gone.
"""

from gateway.api import second_factor
from gateway.domain.errors import Conflict
from gateway.domain.roles import check_grants
from gateway.persistence.grant_desk import asker
from gateway.persistence.grants import Grants
from gateway.persistence.people import People, Person
from gateway.persistence.resets import Reset, ResetLine, Resets
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.wiring import Hub


def ask(hub: Hub, person: Person, *, by: Person, reason: str) -> ResetLine:
    """The first administrator's word; the person is told."""
    check_grants(asked_by=by.counts_as, confirmed_by=None, to=person.counts_as)
    if not second_factor.has_one(hub, person.id):
        raise Conflict(f"{person.display_name} has no second factor.", code="person.second_factor_none")
    with hub.unit_of_work(actor=by.id) as work:
        Grants(work.connection).lock_person(person)
        desk = Resets(work.connection, at=work.at)
        if desk.waiting(person.id):
            raise Conflict("This waits for another administrator already.", code="person.reset_asked")
        desk.add(Reset(id=work.new_id(), person_id=person.id, reason=reason, asked_by=by.id, asked_at=work.at))
        line = _waiting(desk, person)
        _tell(work, line, "person.second_factor_reset_asked", by)
        work.commit()
    return line


def confirm(hub: Hub, person: Person, *, by: Person, code: str | None) -> None:
    """The second administrator's word, with their own second factor: the lost one and its recovery codes are gone."""
    second_factor.prove(hub, by.id, code)
    with hub.unit_of_work(actor=by.id) as work:
        Grants(work.connection).lock_person(person)
        desk = Resets(work.connection, at=work.at)
        line = _waiting(desk, person)
        check_grants(asked_by=asker(work, line.asked_by).counts_as, confirmed_by=by.counts_as, to=person.counts_as)
        desk.change(line.id, confirmed_by=by.id, confirmed_at=work.at)
        second_factor.take_away(hub, work, person.id)
        People(work.connection).end_sessions(person.id)
        _tell(work, line, "person.second_factor_reset", by)
        work.commit()


def end(hub: Hub, person: Person, *, by: Person, reason: str) -> None:
    """An administrator takes a request back; the second factor stays."""
    check_grants(asked_by=by.counts_as, confirmed_by=None, to=person.counts_as)
    with hub.unit_of_work(actor=by.id) as work:
        Grants(work.connection).lock_person(person)
        desk = Resets(work.connection, at=work.at)
        line = _waiting(desk, person)
        desk.change(line.id, ended_by=by.id, ended_at=work.at)
        _tell(work, line, "person.second_factor_kept", by, why=reason)
        work.commit()


def _waiting(desk: Resets, person: Person) -> ResetLine:
    found = desk.waiting(person.id)
    if not found:
        raise Conflict(
            f"No reset of the second factor of {person.display_name} waits for anybody.",
            code="person.reset_not_waiting",
        )
    return found[0]


def _tell(work: UnitOfWork, line: ResetLine, what: str, by: Person, **more: str) -> None:
    """On the trail, and to the person whose second factor it is."""
    facts = {"reason": line.reason, **more}
    work.note(action=what, subject=line.person_id, data={"reset": line.id, "asked_by": line.asked_by, **facts})
    work.alert(
        _EVENTS[what], subject_kind="person", subject=line.person_id, client_id=None,
        data={"person": line.person, "asked_by": line.asked_by_name, "by": by.display_name, **facts},
    )  # fmt: skip


_EVENTS = {
    "person.second_factor_reset_asked": "payhub.person.second_factor_reset_asked.v1",
    "person.second_factor_reset": "payhub.person.second_factor_reset.v1",
    "person.second_factor_kept": "payhub.person.second_factor_kept.v1",
}
