"""What becomes of a channel: how an attempt went, what administrators say about a new host key, and who may go on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from banks.circuit import HEALTHY, Circuit, Outcome, Stand
from banks.errors import ChannelError, HostKeyChanged
from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.roles import EVERY, Grant, Verb, may
from gateway.domain.work import Claim
from gateway.persistence.channels import ChannelRow, Channels, Confirmation, HostKey
from gateway.persistence.unit_of_work import UnitOfWork

Turn = Callable[[Circuit, Outcome, bool], Circuit]
"""How a channel stands after an outcome; the last argument says whether the attempt was its probe."""
PERSONS_NEEDED = 2
ERROR_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """Who confirms: the person, whichever account they use."""

    id: str
    name: str
    grants: tuple[Grant, ...]


def note_outcome(
    work: UnitOfWork, claim: Claim, bank: str, what: Outcome, error: ChannelError | None, *, turn: Turn
) -> ChannelRow:
    """Writes down how an attempt went; raises one event where the channel now stands otherwise."""
    desk = Channels(connection=work.connection)
    row = desk.locked(bank)
    probe = (row.probe_key, row.probe_fence) == (claim.job.key, claim.fence) and row.circuit.stand is Stand.HALF_OPEN
    if isinstance(error, HostKeyChanged) and error.offered == row.lifted_key:
        what = Outcome.NOTHING  # this process still has the profile from before the key was pinned
    now = turn(row.circuit, what, probe)
    facts: dict[str, object] = {}
    if error is not None:
        facts = {"error": error.message[:ERROR_LENGTH_MAX], "error_at": work.at}
    if now.stand is not Stand.HALF_OPEN:
        facts |= {"probe_key": None, "probe_fence": None}
    if now.stand is Stand.STOPPED and row.circuit.stand is not Stand.STOPPED:
        assert isinstance(error, HostKeyChanged), "nothing else stops a channel"
        facts |= {
            "stop_id": work.new_id(), "offered_key": error.offered, "offered_fingerprint": error.fingerprint,
            "lifted_key": None,
        }  # fmt: skip
    if _kind(now.stand) is not _kind(row.circuit.stand):
        facts["since"] = work.at
    desk.write(bank, now, **facts)
    _tell(work, row, now.stand, error, now.failures)
    return desk.get(bank)


def confirm(
    work: UnitOfWork, bank: str, by: Administrator, *, fingerprint: str, reason: str, place: str,
    entities: Iterable[str] = (EVERY,),
) -> ChannelRow:  # fmt: skip
    """One administrator's word that the offered key is the bank's; the second one's pins it and the channel goes on."""
    if not all(may(by.grants, Verb.HOST_KEY_CONFIRM, entity) for entity in entities):
        raise Forbidden("Only an administrator may confirm a host key.", code="channel.administrator_needed")
    desk = Channels(connection=work.connection)
    row = desk.locked(bank)
    if row.circuit.stand is not Stand.STOPPED or not row.offered_key or not row.offered_fingerprint:
        raise Conflict(f"The channel to {bank} is not stopped: there is no key to confirm.", code="channel.not_stopped")
    if _plain(fingerprint) != _plain(row.offered_fingerprint):
        raise Unacceptable(
            "This is not the fingerprint of the key the server showed. If the bank gave you this one, somebody else "
            "answers in its place: do not confirm anything, and call the bank.",
            code="channel.fingerprint",
        )
    given = desk.confirmations(row.stop_id)
    if by.id in {one.person_id for one in given}:
        raise Conflict(
            "You confirmed this key already; another administrator must agree.", code="channel.confirmed_by_you"
        )
    desk.add_confirmation(row, Confirmation(person_id=by.id, person_name=by.name, reason=reason, at=work.at))
    work.note(
        action="channel.key_confirmed", subject=bank,
        data={"fingerprint": row.offered_fingerprint, "person": by.id, "reason": reason, "place": place},
    )  # fmt: skip
    if len(given) + 1 >= PERSONS_NEEDED:
        key = HostKey(place=place, fingerprint=row.offered_fingerprint, key=row.offered_key, confirmed_at=work.at)
        desk.trust(bank, key, stop_id=row.stop_id or "")
        work.note(action="channel.key_pinned", subject=bank, data={"fingerprint": key.fingerprint, "place": place})
        _resume(work, desk, row, how="two administrators confirmed the new host key")
    return desk.get(bank)


def lift(work: UnitOfWork, bank: str, *, how: str, pinned: bool) -> bool:
    """Ends a stop without confirmations: a profile pins the offered key (``pinned``), or the server shows a trusted
    one again. False where the channel is not stopped any more.
    """
    desk = Channels(connection=work.connection)
    row = desk.locked(bank)
    if row.circuit.stand is not Stand.STOPPED:
        return False
    _resume(work, desk, row, how=how, lifted_key=row.offered_key if pinned else None)
    return True


def _resume(work: UnitOfWork, desk: Channels, row: ChannelRow, *, how: str, lifted_key: str | None = None) -> None:
    desk.write(
        row.bank, HEALTHY, since=work.at, offered_key=None, offered_fingerprint=None, stop_id=None,
        lifted_key=lifted_key,
    )  # fmt: skip
    work.work.wake(row.bank)
    data = {"bank": row.bank, "how": how, "fingerprint": row.offered_fingerprint}
    work.note(action="channel.resumed", subject=row.bank, data=data)
    work.alert("payhub.channel.resumed.v1", subject_kind="channel", subject=row.bank, client_id=None, data=data)


def _kind(stand: Stand) -> Stand:
    """A probe is part of being open."""
    return Stand.OPEN if stand is Stand.HALF_OPEN else stand


def _tell(work: UnitOfWork, before: ChannelRow, stand: Stand, error: ChannelError | None, failures: int) -> None:
    """One event for each turn; what follows from it happens in the same transaction."""
    if _kind(stand) is _kind(before.circuit.stand):
        return
    data: dict[str, object] = {"bank": before.bank, "reason": error.message if error else ""}
    kind = "payhub.channel.closed.v1"
    if stand is Stand.CLOSED:
        work.work.wake(before.bank)
        data = {"bank": before.bank}
    elif stand is Stand.OPEN:
        kind = "payhub.channel.open.v1"
        data |= {"failures": failures}
    elif isinstance(error, HostKeyChanged):
        kind = "payhub.channel.stopped.v1"
        data |= {"fingerprint": error.fingerprint}
        work.note(action="channel.stopped", subject=before.bank, data={"fingerprint": error.fingerprint})
    work.alert(kind, subject_kind="channel", subject=before.bank, client_id=None, data=data)


def _plain(fingerprint: str) -> str:
    """A fingerprint without what people copy along: its kind, blanks, padding."""
    return "".join(fingerprint.split()).removeprefix("SHA256:").rstrip("=")
