"""Today: what waits for whom before which cut-off, the next window, and what somebody must look at."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from gateway.api.auth import TheHub
from gateway.console.rendering import page, summed
from gateway.console.sessions import TheVisitor, Visitor
from gateway.console.standing import now_of, over_limit, why_not_sign, window_of
from gateway.domain.batch import Batch
from gateway.domain.cutoff import Window
from gateway.domain.lifecycle import FileState
from gateway.domain.roles import Verb
from gateway.domain.standing import Standing
from gateway.persistence import queries
from gateway.persistence.queries import Doubt, FileDetail, FileLine, Scope, Total, WaitingKind, WindowLine, console
from gateway.wiring import Hub

router = APIRouter()
WAITING_SHOWN = 50
"""Batches listed on the home page; the rest are in the list of batches."""
WINDOWS_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One batch that waits for people. ``window`` is the first it could leave through; ``mine`` that the reader may."""

    batch_id: str
    message_id: str
    entity: str
    count: int
    totals: list[Total]
    window: Window | None
    given: int
    needed: int
    mine: bool
    for_whom: str


@router.get("/")
def show_home(request: Request, hub: TheHub, visitor: TheVisitor) -> Response:
    """The page people keep open."""
    at = hub.clock.now()
    with hub.reading() as connection:
        waiting = _waiting(connection, hub, visitor, at)
        held = console.held_batches(connection, visitor.scope)
        held_headers = console.headers(connection, [one.batch_id for one in held])
        windows = _open_windows(connection, hub, visitor.scope, at)
        troubled = queries.files_to_look_at(connection, visitor.scope, at)
        doubtful = [one for one in troubled if one.state != FileState.SUBMITTED]
        unsettled = _unsettled(connection, visitor.scope, doubtful, at)
        breaks = console.open_breaks(connection, visitor.scope)
        recalls = queries.recalls_to_look_at(connection, visitor.scope)
        quarantined = console.quarantined(connection, visitor.scope)
        newest = console.newest_event(connection)
    mine = [one for one in waiting if one.mine]
    return page(
        "home", request, hub, visitor, section="home", waiting=waiting[:WAITING_SHOWN],
        more=len(waiting) - WAITING_SHOWN, mine=mine, held=held, held_headers=held_headers,
        mine_totals=summed([total for one in mine for total in one.totals]),
        windows=windows[:WINDOWS_SHOWN], next_window=_next(windows, waiting, at),
        in_doubt=unsettled, overdue=[one for one in troubled if one.state == FileState.SUBMITTED], topic=None,
        breaks=breaks, recalls=recalls,
        quarantined=quarantined, newest=newest,
    )  # fmt: skip


def _unsettled(
    connection: Connection, scope: Scope, found: list[FileLine], at: datetime
) -> list[tuple[FileDetail, Doubt]]:
    """Files that nothing proves anything about, with what people said: few, so they are read one by one."""
    files = [queries.get_file(connection, scope, one.id) for one in found]
    return [(file, queries.doubt_about(connection, file, at)) for file in files]


def _open_windows(connection: Connection, hub: Hub, scope: Scope, at: datetime) -> list[WindowLine]:
    lines = queries.list_cutoffs(connection, scope, at=at, routes=hub.routes, accounts=hub.accounts)
    return [one for one in lines if one.minutes_left >= 0]


def _waiting(connection: Connection, hub: Hub, visitor: Visitor, at: datetime) -> list[Waiting]:
    """Every batch that waits for approval, the one with the nearest cut-off first."""
    kinds: dict[str, list[WaitingKind]] = {}
    for kind in queries.waiting_kinds(connection, visitor.scope):
        kinds.setdefault(kind.batch_id, []).append(kind)
    headers = console.headers(connection, kinds)
    windows = {batch_id: _first(hub, members, at) for batch_id, members in kinds.items()}
    ordered = sorted(kinds, key=lambda one: (windows[one] is None, _closes(windows[one], at), one))
    found = []
    for place, batch_id in enumerate(ordered):
        now = now_of(connection, hub, batch_id) if place < WAITING_SHOWN else None
        can = now is not None and not (why_not_sign(now, visitor) or over_limit(connection, hub, now, visitor))
        found.append(_one(hub, visitor, headers[batch_id], kinds[batch_id], windows[batch_id], now, can=can))
    return found


def _first(hub: Hub, kinds: list[WaitingKind], at: datetime) -> Window | None:
    windows = [window for kind in kinds if (window := window_of(hub, kind, at)) is not None]
    return min(windows, key=lambda one: one.release_by, default=None)


def _closes(window: Window | None, at: datetime) -> datetime:
    return window.release_by if window is not None else at


def _one(
    hub: Hub, visitor: Visitor, batch: Batch, kinds: list[WaitingKind], window: Window | None, now: Standing | None, *,
    can: bool,
) -> Waiting:  # fmt: skip
    """One line; what is not shown (``now`` is None) is taken to need the floor. ``can``: the reader may sign now."""
    own = batch.maker_is_person and batch.maker == visitor.person.counts_as
    mine, given, needed = (
        not own and visitor.may(Verb.BATCH_APPROVE, batch.entity),
        0,
        hub.policy.approvals_needed(batch),
    )
    left = needed
    if now is not None:
        mine = can
        needed = now.need.approvers + now.need.releasers
        left = now.approvals_missing + now.releases_missing
        given = needed - left
    left = max(1, left)
    others = "one other person" if left == 1 else f"{left} other people"
    if now is not None and now.signed:
        others = "nobody: it goes within minutes"
    return Waiting(
        batch_id=batch.id, message_id=batch.message_id, entity=batch.entity,
        count=sum(one.count for one in kinds), totals=summed(kinds), window=window,
        given=given, needed=needed, mine=mine,
        for_whom=("you" if left == 1 else "you, and then one more" if left == 2 else f"you, and then {left - 1} more")
        if mine else others,
    )  # fmt: skip


def _next(windows: list[WindowLine], waiting: list[Waiting], at: datetime) -> Window | WindowLine | None:
    """The next moment to be in time for: of a window that something waits for, whether approved or not."""
    wanted: list[Window | WindowLine] = [one.window for one in waiting if one.window is not None]
    wanted += [one for one in windows if one.waiting]
    return min((one for one in wanted if one.release_by >= at), key=lambda one: one.release_by, default=None)
