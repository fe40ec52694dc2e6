"""Linking people with their sign-in services: who signs in as somebody holds all of that person's rights.

So a link always takes two administrators, whatever the person may do today: roles that are granted later come with it.
"""

from gateway.domain.errors import Conflict, NotFound, Unacceptable
from gateway.domain.roles import check_grants
from gateway.persistence.grant_desk import ADMINISTRATORS_MIN, COMMAND_LINE, asker
from gateway.persistence.grants import Grants
from gateway.persistence.identities import SUBJECT_LENGTH_MAX, Identities, Identity
from gateway.persistence.people import People, Person
from gateway.persistence.unit_of_work import UnitOfWork

BY_EMAIL = "verified e-mail"
"""Who linked, where the configuration lets a verified address do it."""


def link(
    work: UnitOfWork, person: Person, *, issuer: str, subject: str, by: Person | None, reason: str
) -> Identity:  # fmt: skip
    """Has a subject of an issuer wait for a second administrator. ``by`` is None for the command line, which links at
    once, and only while the hub is being set up.
    """
    if not 0 < len(subject) <= SUBJECT_LENGTH_MAX:
        raise Unacceptable(f"A subject has 1 to {SUBJECT_LENGTH_MAX} characters.", code="person.subject")
    if by is None and Grants(work.connection).administrators(work.at) >= ADMINISTRATORS_MIN:
        raise Conflict(
            "This hub has its administrators: one of them links (--token), and another one confirms.",
            code="person.administrators_link",
        )
    if by is not None:
        check_grants(asked_by=by.counts_as, confirmed_by=None, to=person.counts_as)
    check_free(work, person, issuer, subject)
    row = Identity(
        issuer=issuer, subject=subject, person_id=person.id, reason=reason, linked_at=work.at,
        linked_by=COMMAND_LINE if by is None else by.id, confirmed_by=COMMAND_LINE if by is None else None,
        since=work.at if by is None else None,
    )  # fmt: skip
    Identities(work.connection).add(row)
    _note(work, "person.linked" if by is None else "person.link_asked", row, reason=reason, setting_up=by is None)
    return row


def link_by_email(work: UnitOfWork, person: Person, *, issuer: str, subject: str) -> None:
    """Links at once: the configuration trusts this issuer's verified addresses."""
    check_free(work, person, issuer, subject)
    row = Identity(
        issuer=issuer, subject=subject, person_id=person.id, reason="signs in under this address", linked_by=BY_EMAIL,
        linked_at=work.at, confirmed_by=BY_EMAIL, since=work.at,
    )  # fmt: skip
    Identities(work.connection).add(row)
    _note(work, "person.linked", row, by_email=True)


def confirm(work: UnitOfWork, *, issuer: str, subject: str, person_id: str, by: Person) -> Identity:
    """The second administrator's word about this person; from then on the subject signs in as them."""
    desk, people = Identities(work.connection), People(work.connection)
    row = desk.get(issuer, subject)
    if row is None or row.since is not None or row.person_id != person_id:
        raise Conflict("This link does not wait for anybody.", code="person.link_not_waiting")
    person = people.get(row.person_id)
    check_grants(asked_by=asker(work, row.linked_by).counts_as, confirmed_by=by.counts_as, to=person.counts_as)
    desk.confirm(row, by.id, work.at)
    _note(work, "person.linked", row, asked_by=row.linked_by)
    return row


def unlink(work: UnitOfWork, *, issuer: str, subject: str, by: Person | None, reason: str) -> Identity:
    """Ends a link, or withdraws one that waits. One administrator is enough: it takes power away."""
    desk, people = Identities(work.connection), People(work.connection)
    row = desk.get(issuer, subject)
    if row is None:
        raise NotFound("Nobody is linked with this subject.")
    if by is not None:
        check_grants(asked_by=by.counts_as, confirmed_by=None, to=people.get(row.person_id).counts_as)
    desk.remove(row)
    people.end_sessions(row.person_id)
    _note(work, "person.unlinked", row, reason=reason)
    return row


def check_free(work: UnitOfWork, person: Person, issuer: str, subject: str) -> None:
    """Raises :class:`Conflict` where the subject stands for somebody, or the person has another one there."""
    desk = Identities(work.connection)
    if desk.get(issuer, subject) is not None:
        raise Conflict("This subject is linked already, or waits for a second administrator.", code="person.linked")
    if any(one.issuer == issuer for one in desk.of(person.id)):
        raise Conflict(
            f"{person.name} has a link with this sign-in service; end it first (payhub people unlink).",
            code="person.linked_otherwise",
        )


def _note(work: UnitOfWork, action: str, row: Identity, **facts: object) -> None:
    """The subject may be a name or an address, so the chain keeps its digest only (promise P10)."""
    work.note(action=action, subject=row.person_id, data={"issuer": row.issuer, "subject_sha256": row.digest, **facts})
