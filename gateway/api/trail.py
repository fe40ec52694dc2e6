"""``/v1/audit``: the audit trail, for people."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from gateway.api.auth import Caller, TheHub, audit_scope, needs
from gateway.api.paging import SEQUENCE_MAX
from gateway.domain.roles import Verb
from gateway.persistence import anchor_desk
from gateway.persistence.audit_trail import AuditTrail

router = APIRouter(tags=["audit"])
Auditor = Annotated[Caller, Depends(needs(Verb.AUDIT_SEE, person=True))]
ROWS_MAX = 1_000
BREACHES_SHOWN = 20


class AuditLine(BaseModel):
    """One row of the trail; ``hash`` covers it and the row before."""

    sequence: int
    at: datetime
    act: str
    actor: str
    action: str
    subject: str
    data: Mapping[str, Any]
    hash: str
    address: str | None
    request_id: str | None


class AuditPage(BaseModel):
    """Rows in order; ``next`` is what to ask ``after`` next time."""

    items: list[AuditLine]
    next: int


class BreachLine(BaseModel):
    """Where the chain does not hold, and how."""

    sequence: int
    what: str


class AuditVerdict(BaseModel):
    """Whether the whole chain holds."""

    intact: bool
    breaches: list[BreachLine]


@router.get("/audit")
def list_audit(
    hub: TheHub, caller: Auditor, after: Annotated[int, Query(ge=0, le=SEQUENCE_MAX)] = 0,
    limit: Annotated[int, Query(ge=1, le=ROWS_MAX)] = 100,
    subject: Annotated[str | None, Query(max_length=80)] = None,
) -> AuditPage:  # fmt: skip
    """The audit trail, oldest first, of everything or of one subject."""
    with hub.reading() as connection:
        rows = AuditTrail(connection).rows(
            after=after, subject=subject, limit=limit, scope=audit_scope(hub, caller.grants)
        )
    items = [AuditLine(**{name: getattr(row, name) for name in AuditLine.model_fields}) for row in rows]
    return AuditPage(items=items, next=rows[-1].sequence if rows else after)


@router.get("/audit/verification")
def verify_audit(hub: TheHub, _caller: Auditor) -> AuditVerdict:
    """Walks the whole chain and the stored anchors (promise P10)."""
    with hub.reading(still=True) as connection:
        found = list(islice(anchor_desk.examine(connection, hub.public_keys()), BREACHES_SHOWN))
    return AuditVerdict(intact=not found, breaches=[BreachLine(sequence=one.sequence, what=one.what) for one in found])
