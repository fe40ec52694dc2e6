"""What becomes of a grant: asked for, confirmed by a second administrator, ended. Nobody changes their own rights."""

from datetime import datetime

from gateway.domain.errors import Conflict, Unacceptable
from gateway.domain.roles import BY_TWO, EVERY, Role, Verb, check_grants, check_held, may
from gateway.persistence import delegation_desk
from gateway.persistence.grants import GrantRow, Grants
from gateway.persistence.people import People, Person
from gateway.persistence.unit_of_work import UnitOfWork

ADMINISTRATORS_MIN = 2
"""With fewer than this many persons who administrate nobody could confirm anything: the hub is being set up."""
COMMAND_LINE = "command line"


def grant(
    work: UnitOfWork, person: Person, role: Role, entity: str, *, by: Person | None, reason: str,
    ends_at: datetime | None = None,
) -> GrantRow:  # fmt: skip
    """Gives a person a role, or has it wait for a second administrator. ``by`` is None for the command line.

    The command line grants only while the hub is being set up: later it would be one person where two are needed.
    """
    if ends_at is not None and ends_at <= work.at:
        raise Unacceptable("This grant would have ended already.", code="person.grant_past")
    desk = Grants(work.connection)
    desk.lock_person(person)
    check_held({role} | desk.of_person(person, work.at))
    setting_up = desk.administrators(work.at) < ADMINISTRATORS_MIN
    if by is None and not setting_up:
        raise Conflict(
            "This hub has its administrators: one of them grants (--token), and another one confirms.",
            code="person.administrators_grant",
        )
    if by is not None:
        check_grants(asked_by=by.counts_as, confirmed_by=None, to=person.counts_as)
    at_once = by is None or role not in BY_TWO
    asked_by = COMMAND_LINE if by is None else by.id
    row = GrantRow(
        id=work.new_id(), person_id=person.id, role=role, entity=entity, reason=reason, asked_by=asked_by,
        asked_at=work.at, ends_at=ends_at, since=work.at if at_once else None,
        confirmed_by=asked_by if at_once else None,
    )  # fmt: skip
    desk.add(row)
    work.note(
        action="person.granted" if at_once else "person.grant_asked", subject=person.id,
        data={"grant": row.id, "role": role.value, "entity": entity, "reason": reason, "setting_up": by is None},
    )  # fmt: skip
    if at_once:
        People(work.connection).end_sessions(person.id)
    return row


def confirm(work: UnitOfWork, grant_id: str, *, by: Person) -> GrantRow:
    """The second administrator's word; from then on the grant holds."""
    desk = Grants(work.connection)
    row = desk.get(grant_id)
    if row.since is not None or row.ended_at is not None or (row.ends_at is not None and row.ends_at <= work.at):
        raise Conflict("This grant does not wait for anybody.", code="person.grant_not_waiting")
    people_desk = People(work.connection)
    person = people_desk.get(row.person_id)
    check_grants(
        asked_by=asker(work, row.asked_by).counts_as, confirmed_by=by.counts_as, to=person.counts_as
    )  # fmt: skip
    desk.lock_person(person)
    check_held({row.role} | desk.of_person(person, work.at))
    desk.change(row.id, confirmed_by=by.id, since=work.at)
    work.note(
        action="person.granted", subject=person.id,
        data={"grant": row.id, "role": row.role.value, "entity": row.entity, "asked_by": row.asked_by,
              "setting_up": False},
    )  # fmt: skip
    people_desk.end_sessions(person.id)
    return desk.get(grant_id)


def asker(work: UnitOfWork, account_id: str) -> Person:
    """Who asked for what is confirmed now; raises :class:`Conflict` where they administrate no longer, for two
    administrators must stand behind it on the day it takes effect.
    """
    found = People(work.connection).get(account_id)
    held = Grants(work.connection).held(account_id, work.at)
    if found.disabled_at is not None or not may(held, Verb.PEOPLE_GRANT, EVERY):
        raise Conflict(
            f"{found.display_name}, who asked for this, administrates no longer. End it; whoever still wants it asks "
            "anew.",
            code="person.asker_gone",
        )
    return found


def end(work: UnitOfWork, grant_id: str, *, by: Person | None, reason: str) -> GrantRow:
    """Takes a grant back, or withdraws one that still waits. One administrator is enough: it takes power away."""
    desk = Grants(work.connection)
    row = desk.get(grant_id)
    if row.ended_at is not None:
        raise Conflict("This grant has ended already.", code="person.grant_ended")
    people_desk = People(work.connection)
    person = people_desk.get(row.person_id)
    if by is not None:
        check_grants(asked_by=by.counts_as, confirmed_by=None, to=person.counts_as)
    ended_by = COMMAND_LINE if by is None else by.id
    desk.change(row.id, ended_by=ended_by, ended_at=work.at)
    delegation_desk.end_of_grant(work, row.id, by=ended_by)
    work.note(
        action="person.grant_ended", subject=person.id,
        data={"grant": row.id, "role": row.role.value, "entity": row.entity, "reason": reason},
    )  # fmt: skip
    people_desk.end_sessions(person.id)
    return desk.get(grant_id)
