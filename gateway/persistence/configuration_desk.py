"""Two people for a configuration that moves money: one proposes the files as they are, another one approves them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from gateway.domain.errors import Conflict, Forbidden, Misconfigured, NotFound
from gateway.persistence.tables import configurations
from gateway.persistence.unit_of_work import UnitOfWork

PROPOSED, APPROVED = "proposed", "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """Who proposes or approves; ``id`` is the person, whatever account was used. Whether they may is asked before."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one person said about a configuration."""

    person_id: str
    person_name: str
    decision: str
    reason: str
    at: datetime


def words(connection: Connection, digest: str) -> list[Word]:
    """What was said about a configuration, oldest first."""
    table = configurations
    columns = (table.c.person_id, table.c.person_name, table.c.decision, table.c.reason, table.c.at)
    query = select(*columns).where(table.c.digest == digest).order_by(table.c.id)
    return [Word(**row) for row in connection.execute(query).mappings()]


def is_approved(connection: Connection, digest: str) -> bool:
    """Whether two persons agreed: who proposed, and somebody else."""
    said = words(connection, digest)
    proposers = {one.person_id for one in said if one.decision == PROPOSED}
    return any(one.decision == APPROVED and proposers - {one.person_id} for one in said)


def approved_files(connection: Connection) -> Mapping[str, str]:
    """The files of the configuration that was approved last; empty where none was."""
    newest = select(configurations.c.files).where(configurations.c.decision == APPROVED)
    found = connection.execute(newest.order_by(configurations.c.id.desc()).limit(1)).scalar_one_or_none()
    return found or {}


def propose(work: UnitOfWork, digest: str, files: Mapping[str, str], by: Administrator, reason: str) -> None:
    """The first word."""
    if words(work.connection, digest):
        raise Conflict("This configuration was proposed already; another person approves it.", code="config.proposed")
    _say(work, digest, files, by, PROPOSED, reason)


def approve(work: UnitOfWork, digest: str, by: Administrator, reason: str) -> None:
    """The second word, of another person."""
    work.trail.head(lock=True)
    proposal = work.connection.execute(
        select(configurations.c.person_id, configurations.c.files)
        .where(configurations.c.digest == digest, configurations.c.decision == PROPOSED)
    ).first()  # fmt: skip
    if proposal is None:
        raise NotFound("Nobody proposed this configuration.", code="config.not_proposed")
    if proposal.person_id == by.id:
        raise Forbidden("You proposed this configuration; another person must approve it.", code="config.own_proposal")
    if is_approved(work.connection, digest):
        raise Conflict("This configuration is approved already.", code="config.approved")
    _say(work, digest, proposal.files, by, APPROVED, reason)


def check(connection: Connection, digest: str) -> None:
    """Raises :class:`Misconfigured` unless two persons agreed to the configuration."""
    if not is_approved(connection, digest):
        raise Misconfigured(
            f"Bank profiles, accounts or approvals ({digest[:12]}) were not approved by two people. Look with "
            "'payhub config diff'; one administrator proposes them and another one approves.",
            code="config.not_approved",
        )


def _say(
    work: UnitOfWork, digest: str, files: Mapping[str, str], by: Administrator, decision: str, reason: str
) -> None:
    work.connection.execute(
        insert(configurations).values(
            id=work.new_id(), digest=digest, files=dict(files), person_id=by.id, person_name=by.name,
            decision=decision, reason=reason, at=work.at,
        )
    )  # fmt: skip
    work.note(action=f"config.{decision}", subject=digest, data={"person": by.id, "files": sorted(files)})
