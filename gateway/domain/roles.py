"""Who may do what, for which legal entity: one table from verb to roles, and one function that reads it.

A person holds grants: a role for one entity, or for all of them. An API client holds grants of the role ``client``,
which nobody can give a person. Administrators look after the hub itself, and neither create nor approve payments.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.errors import Forbidden, Unacceptable

EVERY = "*"
"""The entity of a grant for all legal entities; asked about, it means all of them at once."""


class Role(StrEnum):
    """What a person is for."""

    MAKER = "maker"
    """Brings batches."""
    APPROVER = "approver"
    """Agrees to payments, and decides about holds."""
    RELEASER = "releaser"
    """Signs after the approvers, where the policy asks for it, and lets payments go."""
    OPERATOR = "operator"
    """Looks after documents, breaks and webhooks."""
    AUDITOR = "auditor"
    """Sees everything, changes nothing."""
    ADMINISTRATOR = "administrator"
    """Looks after people and the ways to the banks."""
    CLIENT = "client"
    """An API client; no person has it."""


class Verb(StrEnum):
    """What can be done, as one thing to allow."""

    SEE = "payments.see"
    BATCH_BRING = "batch.bring"
    BATCH_APPROVE = "batch.approve"
    BATCH_RELEASE = "batch.release"
    BATCH_BREAK_GLASS = "batch.break_glass"
    BATCH_WITHDRAW = "batch.withdraw"
    BATCH_RENEW = "batch.renew"
    HOLD_PUT = "hold.put"
    HOLD_DECIDE = "hold.decide"
    RECALL_ASK = "recall.ask"
    RECALL_CONFIRM = "recall.confirm"
    FILE_READ = "file.read"
    FILE_SETTLE = "file.settle"
    BREAK_RESOLVE = "break.resolve"
    DOCUMENT_SEE = "document.see"
    DOCUMENT_READ = "document.read"
    DOCUMENT_BRING = "document.bring"
    DOCUMENT_REPLAY = "document.replay"
    CHANNEL_SEE = "channel.see"
    HOST_KEY_CONFIRM = "channel.confirm_key"
    WEBHOOK_KEEP = "webhook.keep"
    AUDIT_SEE = "audit.see"
    EVIDENCE_TAKE = "evidence.take"
    CONFIG_SEE = "configuration.see"
    CONFIG_DECIDE = "configuration.decide"
    PEOPLE_SEE = "people.see"
    PEOPLE_GRANT = "people.grant"


_LOOKING = frozenset({Role.MAKER, Role.APPROVER, Role.RELEASER, Role.OPERATOR, Role.AUDITOR})
ALLOWED = {
    Verb.SEE: _LOOKING | {Role.CLIENT},
    Verb.BATCH_BRING: frozenset({Role.MAKER, Role.CLIENT}),
    Verb.BATCH_APPROVE: frozenset({Role.APPROVER}),
    Verb.BATCH_RELEASE: frozenset({Role.RELEASER}),
    Verb.BATCH_BREAK_GLASS: frozenset({Role.APPROVER, Role.RELEASER}),
    Verb.BATCH_WITHDRAW: frozenset({Role.MAKER, Role.APPROVER, Role.RELEASER, Role.OPERATOR, Role.CLIENT}),
    Verb.BATCH_RENEW: frozenset({Role.MAKER, Role.APPROVER}),
    Verb.HOLD_PUT: frozenset({Role.MAKER, Role.APPROVER, Role.RELEASER, Role.OPERATOR}),
    Verb.HOLD_DECIDE: frozenset({Role.APPROVER, Role.RELEASER}),
    Verb.RECALL_ASK: frozenset({Role.APPROVER, Role.RELEASER, Role.OPERATOR}),
    Verb.RECALL_CONFIRM: frozenset({Role.APPROVER, Role.RELEASER}),
    Verb.FILE_READ: frozenset({Role.APPROVER, Role.RELEASER, Role.OPERATOR, Role.AUDITOR}),
    Verb.FILE_SETTLE: frozenset({Role.APPROVER}),
    Verb.BREAK_RESOLVE: frozenset({Role.OPERATOR}),
    Verb.DOCUMENT_SEE: frozenset({Role.APPROVER, Role.RELEASER, Role.OPERATOR, Role.AUDITOR}),
    Verb.DOCUMENT_READ: frozenset({Role.OPERATOR, Role.AUDITOR}),
    Verb.DOCUMENT_BRING: frozenset({Role.OPERATOR}),
    Verb.DOCUMENT_REPLAY: frozenset({Role.OPERATOR}),
    Verb.CHANNEL_SEE: _LOOKING | {Role.ADMINISTRATOR},
    Verb.HOST_KEY_CONFIRM: frozenset({Role.ADMINISTRATOR}),
    Verb.WEBHOOK_KEEP: frozenset({Role.OPERATOR, Role.CLIENT}),
    Verb.AUDIT_SEE: frozenset({Role.OPERATOR, Role.AUDITOR, Role.ADMINISTRATOR}),
    Verb.EVIDENCE_TAKE: frozenset({Role.APPROVER, Role.RELEASER, Role.OPERATOR, Role.AUDITOR}),
    Verb.CONFIG_SEE: frozenset({Role.OPERATOR, Role.AUDITOR, Role.ADMINISTRATOR}),
    Verb.CONFIG_DECIDE: frozenset({Role.ADMINISTRATOR}),
    Verb.PEOPLE_SEE: frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    Verb.PEOPLE_GRANT: frozenset({Role.ADMINISTRATOR}),
}
"""The one table. Where no rule of the policy asks for a releaser, the last approval lets a batch go."""
GRANTABLE = tuple(role for role in Role if role is not Role.CLIENT)
BY_TWO = frozenset({Role.APPROVER, Role.RELEASER, Role.ADMINISTRATOR})
"""Roles that one administrator asks for and another one confirms."""
PAYING = frozenset({Role.MAKER, Role.APPROVER, Role.RELEASER})
"""Roles that create payments or let them go; no administrator holds one."""
_PAYS = (
    Verb.BATCH_BRING, Verb.BATCH_APPROVE, Verb.BATCH_RELEASE, Verb.BATCH_BREAK_GLASS, Verb.BATCH_RENEW,
    Verb.HOLD_DECIDE, Verb.RECALL_ASK, Verb.RECALL_CONFIRM, Verb.FILE_SETTLE,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role for one entity (or ``EVERY``). ``verbs`` narrows it, where not all its role may is meant: an API client's,
    or what was handed over for a while by ``right_of``, the person whose right it stays.
    """

    role: Role
    entity: str = EVERY
    ends_at: datetime | None = None
    verbs: frozenset[Verb] | None = None
    right_of: str | None = None
    right_of_name: str = ""

    def allows(self, verb: Verb) -> bool:
        """Whether this grant lets its holder do that, somewhere."""
        return self.role in ALLOWED[verb] and (self.verbs is None or verb in self.verbs)


def may(grants: Iterable[Grant], verb: Verb, entity: str) -> bool:
    """Whether somebody with these grants may do that for that entity; ``EVERY`` asks for all entities at once."""
    return any(one.entity in (EVERY, entity) and one.allows(verb) for one in grants)


def entities(grants: Iterable[Grant], verb: Verb) -> frozenset[str] | None:
    """The entities for which somebody may do that; None stands for all of them."""
    found = frozenset(one.entity for one in grants if one.allows(verb))
    return None if EVERY in found else found


def held_for(grants: Iterable[Grant], entity: str) -> frozenset[Role]:
    """The roles somebody holds for an entity themselves."""
    return frozenset(one.role for one in grants if one.entity in (EVERY, entity) and one.right_of is None)


def check(grants: Iterable[Grant], verb: Verb, entity: str | None) -> None:
    """Raises :class:`Forbidden` unless somebody may do that for that entity; None asks whether for any at all."""
    held = tuple(grants)
    if _allowed(held, verb, entity):
        return
    roles = {one.role for one in held}
    if Role.CLIENT in roles and Role.CLIENT not in ALLOWED[verb]:
        raise Forbidden(
            "Only a person may do this, with a personal token (php_…); an API key decides nothing.",
            code="request.person_needed",
        )
    if verb in _PAYS and Role.ADMINISTRATOR in roles:
        raise Forbidden(
            "An administrator neither creates nor approves payments.", code="request.administrators_do_not_pay"
        )
    needed = " or ".join(sorted(ALLOWED[verb] - {Role.CLIENT}))
    where = "" if entity is None else " for all entities" if entity == EVERY else f" for {entity}"
    raise Forbidden(f"This needs the role {needed}{where}; an administrator can grant it.", code="request.role_needed")


def _allowed(held: Iterable[Grant], verb: Verb, entity: str | None) -> bool:
    return any(one.allows(verb) for one in held) if entity is None else may(held, verb, entity)


def check_any(grants: Iterable[Grant], verbs: Sequence[Verb], entity: str | None) -> None:
    """The same, where one of several rights suffices; what is refused names the first."""
    held = tuple(grants)
    if not any(_allowed(held, verb, entity) for verb in verbs):
        check(held, verbs[0], entity)


def check_held(held: Iterable[Role]) -> None:
    """Raises :class:`Unacceptable` where one person would both administrate and pay."""
    roles = set(held)
    if Role.ADMINISTRATOR in roles and roles & PAYING:
        raise Unacceptable(
            "An administrator neither creates nor approves payments: give the roles to two persons.",
            code="person.roles",
        )


def role_of(text: str) -> Role:
    """A role a person can be granted; raises :class:`Unacceptable` and names those there are."""
    if text not in GRANTABLE:
        raise Unacceptable(f"There is no role {text}; there are: {', '.join(GRANTABLE)}.", code="person.unknown_role")
    return Role(text)


def client_verbs(named: Iterable[str]) -> frozenset[Verb]:
    """Verbs of an API client; raises :class:`Unacceptable` for one that clients never have."""
    possible = {verb.value for verb, held in ALLOWED.items() if Role.CLIENT in held}
    wanted = set(named)
    if wanted - possible:
        raise Unacceptable(
            f"An API client cannot be given {', '.join(sorted(wanted - possible))}; there are: "
            f"{', '.join(sorted(possible))}.",
            code="client.unknown_verb",
        )
    return frozenset(Verb(one) for one in wanted)


def check_grants(*, asked_by: str, confirmed_by: str | None, to: str) -> None:
    """Raises :class:`Forbidden` where persons change their own rights, or one person stands for both administrators.

    All three are persons, not accounts: whoever has two accounts is one person.
    """
    if to in (asked_by, confirmed_by):
        raise Forbidden("Nobody changes their own rights; another administrator must.", code="person.own_rights")
    if confirmed_by is not None and confirmed_by == asked_by:
        raise Forbidden(
            "You asked for this yourself; another administrator must confirm it.", code="person.grant_by_one"
        )
