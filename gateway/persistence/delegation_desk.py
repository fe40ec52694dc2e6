"""What becomes of a delegation: asked for by the holder, confirmed by an administrator, ended by either or by one.

A grant to pay takes the words of two people besides its holder's. A delegation takes two as well: the holder, whom two
administrators appointed, gives the first, and an administrator the second; neither of them is the one who gets it.
"""

from datetime import datetime

from gateway.domain.delegation import Wish, check_wish
from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.roles import EVERY, Role, check_grants, check_held
from gateway.persistence.delegations import DelegationLine, DelegationRow, Delegations
from gateway.persistence.grants import GrantRow, Grants
from gateway.persistence.people import People, Person
from gateway.persistence.unit_of_work import UnitOfWork


def delegate(
    work: UnitOfWork, giver: Person, taker: Person, role: Role, entity: str, *, starts_at: datetime,
    ends_at: datetime, reason: str,
) -> DelegationLine:  # fmt: skip
    """The holder asks that somebody may sign for them; it waits for an administrator."""
    desk, rights = Delegations(work.connection), Grants(work.connection)
    if taker.disabled_at is not None:
        raise Unacceptable(f"{taker.display_name} has no access any more.", code="delegation.taker_disabled")
    wish = Wish(
        giver=giver.counts_as, taker=taker.counts_as, role=role, entity=entity, starts_at=starts_at, ends_at=ends_at
    )
    check_wish(wish, rights.held(giver.id, work.at), work.at)
    rights.lock_person(taker)
    check_held({role} | rights.of_person(taker, work.at))
    row = DelegationRow(
        id=work.new_id(), grant_id=_drawn_on(rights.of_account(giver.id, work.at), wish).id, person_id=taker.id,
        entity=entity, reason=reason, asked_at=work.at, starts_at=max(starts_at, work.at), ends_at=ends_at,
    )  # fmt: skip
    desk.add(row)
    line = _line(desk, row.id)
    _tell(work, line, "delegation.asked", reason=reason)
    return line


def confirm(work: UnitOfWork, delegation_id: str, *, by: Person) -> DelegationLine:
    """An administrator's word; from then on it holds within its days."""
    desk, rights, people = Delegations(work.connection), Grants(work.connection), People(work.connection)
    desk.get(delegation_id)
    line = _line(desk, delegation_id)
    if line.stands(work.at) != "waiting":
        raise Conflict("This delegation does not wait for anybody.", code="delegation.not_waiting")
    giver, taker = people.get(line.giver_id), people.get(line.person_id)
    check_grants(asked_by=giver.counts_as, confirmed_by=by.counts_as, to=taker.counts_as)
    rights.lock_person(taker)
    check_held({line.role} | rights.of_person(taker, work.at))
    desk.change(line.id, confirmed_by=by.id, confirmed_at=work.at)
    _tell(work, line, "delegation.begun", confirmed_by=by.id)
    people.end_sessions(taker.id)
    return _line(desk, line.id)


def end(
    work: UnitOfWork, delegation_id: str, *, by: Person, administrates: bool, reason: str
) -> DelegationLine:  # fmt: skip
    """Ends it at once: whoever gave it or got it may, and an administrator. It takes power away, so one is enough."""
    desk, people = Delegations(work.connection), People(work.connection)
    desk.get(delegation_id)
    line = _line(desk, delegation_id)
    concerned = {people.get(one).counts_as for one in (line.giver_id, line.person_id)}
    if by.counts_as not in concerned and not administrates:
        raise Forbidden(
            "Only who gave a delegation, who got it, or an administrator ends it.", code="delegation.not_yours"
        )
    if line.stands(work.at) == "over":
        raise Conflict("This delegation has ended already.", code="delegation.over")
    _end(work, line, by=by.id, reason=reason)
    return _line(desk, line.id)


def end_of_grant(work: UnitOfWork, grant_id: str, *, by: str) -> None:
    """With a grant end the delegations that draw on it."""
    desk = Delegations(work.connection)
    for row in desk.of_grant(grant_id):
        _end(work, _line(desk, row.id), by=by, reason="the grant it draws on ended")


def _end(work: UnitOfWork, line: DelegationLine, *, by: str, reason: str) -> None:
    Delegations(work.connection).change(line.id, ended_by=by, ended_at=work.at)
    _tell(work, line, "delegation.ended", reason=reason)
    People(work.connection).end_sessions(line.person_id)


def _drawn_on(own: list[GrantRow], wish: Wish) -> GrantRow:
    """The grant it draws on: one that covers the entity and lasts as long."""
    return next(
        one
        for one in own
        if one.role is wish.role
        and one.entity in (EVERY, wish.entity)
        and (one.ends_at is None or one.ends_at >= wish.ends_at)
    )


def _line(desk: Delegations, delegation_id: str) -> DelegationLine:
    return desk.lines(delegation_id=delegation_id)[0]


def _tell(work: UnitOfWork, line: DelegationLine, what: str, **more: str) -> None:
    facts = {
        "delegation": line.id, "role": line.role.value, "entity": line.entity,
        "starts_at": line.starts_at.isoformat(), "ends_at": line.ends_at.isoformat(), **more,
    }  # fmt: skip
    work.note(action=what, subject=line.person_id, data=facts | {"grant": line.grant_id, "for": line.giver_id})
    work.alert(
        _EVENTS[what], subject_kind="person", subject=line.person_id, client_id=None,
        data=facts | {"from": line.giver, "to": line.taker},
    )  # fmt: skip


_EVENTS = {
    "delegation.asked": "payhub.delegation.asked.v1",
    "delegation.begun": "payhub.delegation.begun.v1",
    "delegation.ended": "payhub.delegation.ended.v1",
}
