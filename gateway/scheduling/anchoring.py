"""Anchors the audit trail: signs its head from time to time and takes it to a sink outside of the database.

The row comes first and the sink after the commit: a sink may get an anchor twice (they are told apart by their row),
never one that the database does not know.
"""

import os
from datetime import timedelta
from pathlib import Path

import httpx
import structlog

from gateway.anchors import Anchor, line
from gateway.domain.errors import HubError, Misconfigured
from gateway.persistence import anchor_desk
from gateway.persistence.anchor_desk import Anchors
from gateway.wiring import Hub

TIMEOUT_S = 15
ANCHORS_PER_CALL = 500
MODE = 0o600
ACTOR = "payhub"
log = structlog.get_logger()


class Unanchored(HubError):
    """The sink did not take an anchor; it is tried again."""

    code = "audit.unanchored"


def keep(hub: Hub) -> None:
    """What the alarm clock does: an anchor when one is due, and the sink brought up to date."""
    if hub.settings.proof.anchor_key is None:
        return
    due = hub.clock.now() - timedelta(minutes=hub.settings.proof.anchor_every_minutes)
    with hub.reading() as connection:
        last = Anchors(connection).last()
    if last is None or last[1] <= due:
        anchor(hub, every=timedelta(minutes=hub.settings.proof.anchor_every_minutes))
    try:
        export(hub)
    except Unanchored as err:
        log.warning("audit.unanchored", reason=err.message)


def anchor(hub: Hub, *, every: timedelta = timedelta(0)) -> Anchor | None:
    """A signed head as a row; None where nothing was written since the last one, or that is younger than ``every``."""
    signer = hub.signer()
    if signer is None:
        raise Misconfigured("There is no [audit] anchor_key to sign with.", code="audit.no_anchor_key")
    with hub.unit_of_work(actor=ACTOR) as work:
        made = anchor_desk.make(work, signer, before=work.at - every)
        work.commit()
    return made


def export(hub: Hub) -> int:
    """Takes to the sink what it does not have; says how many. Raises :class:`Unanchored`, after telling people once."""
    proof = hub.settings.proof
    if proof.anchor_file is None and proof.anchor_url is None:
        return 0
    with hub.reading() as connection:
        desk = Anchors(connection)
        waiting, failing = desk.all(after=desk.exported())[:ANCHORS_PER_CALL], desk.is_failing()
    if not waiting:
        return 0
    try:
        if proof.anchor_file is not None:
            _append(proof.anchor_file, waiting)
        if proof.anchor_url is not None:
            _post(proof.anchor_url, waiting)
    except (OSError, httpx.HTTPError) as err:
        if not failing:
            _tell(hub, waiting, str(err) or type(err).__name__)
        raise Unanchored(f"The sink did not take {len(waiting)} anchors: {err}") from err
    with hub.unit_of_work(actor=ACTOR) as work:
        Anchors(work.connection).note_export(waiting[-1].sequence)
        work.commit()
    return len(waiting)


def _append(path: Path, waiting: list[Anchor]) -> None:
    """Whole lines at the end of the file, on the disk before anybody is told that they are."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, MODE)
    try:
        data = "".join(f"{line(one)}\n" for one in waiting).encode()
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _post(url: str, waiting: list[Anchor]) -> None:
    with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
        for one in waiting:
            key = f"payhub-anchor-{one.sequence}-{one.hash[:16]}"
            headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{key}"'}
            answer = client.post(url, content=line(one).encode(), headers=headers)
            if not answer.is_success:
                raise httpx.HTTPError(f"the sink answered {answer.status_code}")


def _tell(hub: Hub, waiting: list[Anchor], reason: str) -> None:
    with hub.unit_of_work(actor=ACTOR) as work:
        Anchors(work.connection).note_failure()
        work.alert(
            "payhub.audit.unanchored.v1", subject_kind="audit", subject="audit", client_id=None,
            data={"waiting": len(waiting), "since": waiting[0].at, "reason": reason},
        )  # fmt: skip
        work.commit()
