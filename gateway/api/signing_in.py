"""Signing in with name, password and the second factor of who has one: counts wrong ones, locks out, tells nobody
what was wrong.
"""

from gateway.api import credentials, second_factor
from gateway.api.problems import Unauthenticated
from gateway.domain.errors import Forbidden
from gateway.persistence.people import People, Person
from gateway.persistence.refusals import NOBODY
from gateway.wiring import Hub


def sign_in(hub: Hub, name: str, password: str, code: str = "") -> Person:
    """The person; raises :class:`Unauthenticated`, in the same words whatever was wrong, and locked out or not."""
    with hub.reading() as connection:
        person = People(connection).with_name(name)
    at = hub.clock.now()
    right = credentials.right_password(None if person is None else person.password, password)
    locked = person is not None and person.locked_until is not None and person.locked_until > at
    if person is not None and not locked and right and second_factor.has_one(hub, person.id):
        right = _proven(hub, person, code)  # counts a wrong code itself
    elif person is not None and not locked:
        _remember(hub, person, password, right=right)
    else:
        hub.refuse(
            "sign-in while locked out" if person is not None else "sign-in under a name nobody has",
            who=NOBODY if person is None else person.id,
        )
    if person is None or locked or not right:
        raise Unauthenticated(
            "Name, password and code do not fit together, or there were too many tries; wait a quarter of an hour.",
            code="person.sign_in_refused",
        )
    return person


def _proven(hub: Hub, person: Person, code: str) -> bool:
    try:
        second_factor.prove(hub, person.id, code or " ")
    except Forbidden:
        return False
    with hub.unit_of_work(actor=person.id) as work:
        work.note(action="person.signed_in", subject=person.id, data={"second_factor": True})
        work.commit()
    return True


def _remember(hub: Hub, person: Person, password: str, *, right: bool) -> None:
    with hub.unit_of_work(actor=person.id) as work:
        people = People(work.connection)
        if not right:
            people.failed(person.id, work.at)
            work.note(action="person.sign_in_failed", subject=person.id, data={})
        else:
            stronger = credentials.hash_password(password) if credentials.weak(person.password) else None
            people.succeeded(person.id, password=stronger)
            work.note(action="person.signed_in", subject=person.id, data={})
        work.commit()
