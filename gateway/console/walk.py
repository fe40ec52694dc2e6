"""The nine steps in a row, the same for a payment, a batch and a file: what is done, what is next, what went wrong."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from gateway.console import words
from gateway.domain.hold import HOLDABLE
from gateway.domain.lifecycle import State
from gateway.persistence.queries import Group, Moment
from gateway.steps import PATH


class Standing(StrEnum):
    """Where one step stands; the value is the name of its look."""

    DONE = "done"
    CURRENT = "current"
    DOUBT = "doubt"
    WRONG = "wrong"
    SKIPPED = "skipped"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One of the nine steps as drawn. ``note`` is a short line under its name, ``owner`` who must act."""

    step: str
    title: str
    standing: Standing
    at: datetime | None = None
    who: str | None = None
    note: str = ""
    owner: str = ""


REACHED: dict[State, tuple[int, Standing]] = {
    State.RECEIVED: (1, Standing.CURRENT),
    State.VALIDATED: (2, Standing.CURRENT),
    State.INVALID: (1, Standing.WRONG),
    State.APPROVED: (3, Standing.CURRENT),
    State.DECLINED: (2, Standing.WRONG),
    State.SCHEDULED: (4, Standing.CURRENT),
    State.GENERATED: (5, Standing.CURRENT),
    State.SUBMITTED: (6, Standing.CURRENT),
    State.IN_DOUBT: (5, Standing.DOUBT),
    State.ACKNOWLEDGED: (7, Standing.CURRENT),
    State.SETTLED: (7, Standing.CURRENT),
    State.RECONCILED: (8, Standing.CURRENT),
    State.REJECTED: (6, Standing.WRONG),
    State.RETURNED: (7, Standing.WRONG),
    State.CANCELLED: (2, Standing.WRONG),
    State.EXPIRED: (3, Standing.WRONG),
}
"""How many steps a payment in a state has behind it, and how the next one looks. The moves of a payment say better
where a withdrawn one stopped; of a whole batch this table is all there is."""

OWNER: dict[State, str] = {
    State.INVALID: "the ERP corrects it",
    State.DECLINED: "whoever prepared it",
    State.REJECTED: "accounts payable",
    State.RETURNED: "accounts payable",
    State.IN_DOUBT: "an operator",
    State.EXPIRED: "treasury",
}
_TARGETS: dict[str, tuple[State, ...]] = {
    "intake": (State.RECEIVED,),
    "validate": (State.VALIDATED,),
    "approve": (State.APPROVED,),
    "schedule": (State.SCHEDULED,),
    "generate": (State.GENERATED,),
    "submit": (State.SUBMITTED,),
    "acknowledge": (State.ACKNOWLEDGED,),
    "reconcile": (State.SETTLED, State.RECONCILED),
}
NOTIFY = len(PATH) - 1


def of_payment(state: str, moments: Sequence[Moment], *, told: bool | None, held: bool = False) -> list[Stop]:
    """The path of one payment. ``told`` says whether its last event was delivered (None: there is nobody to tell)."""
    now = State(state)
    behind, look = REACHED[now]
    moves = [one for one in moments if one.kind == "move"]
    last = moves[-1] if moves else None
    if look is Standing.WRONG and last is not None and last.step in PATH:
        behind = PATH.index(last.step)
    stops = []
    for index, step in enumerate(PATH[:NOTIFY]):
        stop = Stop(step=step, title=words.STEP[step], standing=_standing(index, behind, look))
        move = _latest(moves, step)
        if stop.standing is Standing.DONE:
            stop = _done(stop, move)
        elif stop.standing in (Standing.WRONG, Standing.DOUBT) and last is not None:
            stop = replace(stop, at=last.at, who=last.actor, note=words.PAYMENT[now].short, owner=OWNER.get(now, ""))
        elif stop.standing is Standing.CURRENT:
            note = (words.HELD if held else words.PAYMENT[now]).short
            stop = replace(stop, note=note, at=last.at if last and now is State.SETTLED else None)
            stop = replace(stop, standing=Standing.DOUBT) if held else stop
        stops.append(stop)
    return [*stops, _told(now, look, told)]


def of_batch(groups: Iterable[Group]) -> list[Stop]:
    """The path of a batch: how many of its payments have each step behind them, wait at it, or stopped there."""
    places = [(REACHED[State(one.state)], one) for one in groups]
    total = sum(one.count for _, one in places)
    stops = []
    for index, step in enumerate(PATH[:NOTIFY]):
        passed = sum(one.count for (behind, _), one in places if behind > index)
        here = [(look, one) for (behind, look), one in places if behind == index]
        wrong = sum(one.count for look, one in here if look is Standing.WRONG)
        doubt = sum(one.count for look, one in here if look is Standing.DOUBT or _held(one))
        waits = sum(one.count for look, one in here) - wrong - doubt
        standing = next(
            (
                look
                for look, count in ((Standing.WRONG, wrong), (Standing.DOUBT, doubt), (Standing.CURRENT, waits))
                if count
            ),
            Standing.DONE if passed else Standing.LATER,
        )
        stops.append(
            Stop(
                step=step,
                title=words.STEP[step],
                standing=standing,
                note=_counts(step, passed, total, wrong, doubt, waits),
            )
        )
    last = next((stop for stop in reversed(stops) if stop.standing is not Standing.LATER), None)
    told = Standing.DONE if last is stops[-1] and last.standing is Standing.DONE else Standing.LATER
    return [*stops, Stop(step=PATH[NOTIFY], title=words.STEP[PATH[NOTIFY]], standing=told, note="as it happens")]


def _counts(step: str, passed: int, total: int, wrong: int, doubt: int, waits: int) -> str:
    parts = ((waits, "waiting"), (doubt, "in doubt" if step == "submit" else "held"), (wrong, "stopped"))
    said = [f"{count:,} {word}" for count, word in parts if count]
    if passed:
        said.insert(0, f"all {total:,}" if passed == total else f"{passed:,} of {total:,}")
    return ", ".join(said)


def _held(group: Group) -> bool:
    return group.held and group.state in HOLDABLE


def _standing(index: int, behind: int, look: Standing) -> Standing:
    if index < behind:
        return Standing.DONE
    return look if index == behind else Standing.LATER


def _latest(moves: Sequence[Moment], step: str) -> Moment | None:
    wanted = {state.value for state in _TARGETS[step]}
    return next((one for one in reversed(moves) if one.target in wanted), None)


def _done(stop: Stop, move: Moment | None) -> Stop:
    if move is None:
        return replace(stop, standing=Standing.SKIPPED, note="not needed: a later proof came first")
    return replace(stop, at=move.at, who=move.actor)


def _told(now: State, look: Standing, told: bool | None) -> Stop:
    stop = Stop(step=PATH[NOTIFY], title=words.STEP[PATH[NOTIFY]], standing=Standing.LATER)
    if told is None:
        return replace(stop, note="in the event feed")
    if not told:
        return replace(stop, standing=Standing.CURRENT, note="the ERP has not heard the last news yet")
    over = look is Standing.WRONG or now is State.RECONCILED
    return replace(stop, standing=Standing.DONE if over else Standing.LATER, note="the ERP has heard everything so far")
