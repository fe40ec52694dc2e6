"""The second factor of local people: a code of 30 seconds (TOTP) that works once, or a recovery code.

Codes live by the machine's clock, as the phones that show them do. A wrong code counts like a wrong password: too many
of them lock the person out.
"""

import base64
import hmac
from dataclasses import dataclass

import pyotp

from gateway.api.credentials import digest
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.ids import encode
from gateway.persistence.identities import Identities
from gateway.persistence.key_ring import NONCE_BYTES
from gateway.persistence.people import People, Person
from gateway.persistence.second_factors import SecondFactors, label_of
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.wiring import Hub

STEP_S = 30
STEPS_AROUND = 1
"""How many steps a phone's clock may be wrong."""
SECRET_BYTES = 20
RECOVERY_CODES = 10
RECOVERY_LENGTH = 16
"""80 bits in base 32: a plain digest of that is as safe as a slow one."""
CODE_LENGTH_MAX = 40


class SecondFactorNeeded(Forbidden):
    """The act needs a code of the person's second factor, and got none."""

    code = "person.second_factor_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What a person is shown once: the secret to type, and the address behind the QR code."""

    secret: str
    address: str


def has_one(hub: Hub, person_id: str) -> bool:
    """Whether a person has a second factor that counts."""
    with hub.reading() as connection:
        found = SecondFactors(connection).get(person_id)
    return found is not None and found.confirmed_at is not None


def begin(hub: Hub, person: Person, *, replace: bool = False) -> Enrolment:
    """A fresh secret, to be confirmed with a first code. Only the command line may ``replace`` one that counts."""
    if has_one(hub, person.id) and not replace:
        raise Conflict(
            "You have a second factor. If it is lost, ask an administrator to reset it; another one confirms that.",
            code="person.second_factor_known",
        )
    secret = base64.b32encode(hub.ids.secret(SECRET_BYTES)).decode()
    with hub.unit_of_work(actor=person.id) as work:
        sealed = hub.ring.seal(secret.encode(), label_of(person.id), hub.ids.secret(NONCE_BYTES))
        SecondFactors(work.connection).begin(person.id, sealed)
        work.note(action="person.second_factor_begun", subject=person.id, data={})
        work.commit()
    return Enrolment(secret=secret, address=pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name="payhub"))


def take_away(hub: Hub, work: UnitOfWork, person_id: str) -> None:
    """Puts a secret that nobody has seen in the place of one that was lost: it stays begun, and does not count."""
    secret = base64.b32encode(hub.ids.secret(SECRET_BYTES))
    SecondFactors(work.connection).begin(
        person_id, hub.ring.seal(secret, label_of(person_id), hub.ids.secret(NONCE_BYTES))
    )


def waiting(hub: Hub, person: Person) -> Enrolment | None:
    """The enrolment that waits for its first code."""
    with hub.reading() as connection:
        found = SecondFactors(connection).get(person.id)
    if found is None or found.confirmed_at is not None:
        return None
    secret = hub.ring.open(found.secret, label_of(person.id)).decode()
    return Enrolment(secret=secret, address=pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name="payhub"))


def confirm(hub: Hub, person: Person, code: str) -> list[str]:
    """The first code makes the second factor count; gives the recovery codes, which are shown here only."""
    with hub.unit_of_work(actor=person.id) as work:
        desk = SecondFactors(work.connection)
        found = desk.get(person.id)
        if found is None or found.confirmed_at is not None:
            raise Conflict("There is no second factor to confirm.", code="person.second_factor_none")
        step = _step_of(hub, found.secret, person.id, code)
        if step is None or not desk.use_step(person.id, step):
            raise _wrong()
        codes = [_recovery_code(hub) for _ in range(RECOVERY_CODES)]
        desk.confirm(person.id, work.at, [digest(one) for one in codes])
        People(work.connection).end_sessions(person.id)
        work.note(action="person.second_factor_set", subject=person.id, data={"recovery_codes": len(codes)})
        work.commit()
    return codes


def prove(hub: Hub, person_id: str, code: str | None) -> None:
    """Raises unless the person has no second factor (and needs none), or this is a code of it that was never used.

    Whoever may come from a sign-in service needs one: what lets them in is not ours, what lets money go must be. A link
    that waits lets nobody in, and asks for nothing: one administrator alone could keep people from approving with it.
    Commits by itself: a code is spent, and a wrong one counted, whatever becomes of the act it was given for.
    """
    with hub.unit_of_work(actor=person_id) as work:
        desk = SecondFactors(work.connection)
        found = desk.get(person_id)
        if found is None or found.confirmed_at is None:
            begun = found is not None  # or taken away when it was lost
            linked = any(one.since is not None for one in Identities(work.connection).of(person_id))
            if begun or hub.settings.second_factor_required or linked:
                raise SecondFactorNeeded("Set up your second factor first; this needs a code of it.")
            return
        if not code:
            raise SecondFactorNeeded("This needs a code of your second factor.")
        people = People(work.connection)
        person = people.get(person_id)
        if person.locked_until is not None and person.locked_until > work.at:
            raise _wrong()
        step = _step_of(hub, found.secret, person_id, code)
        recovered = step is None and desk.use_recovery(person_id, digest(_tidy(code)), work.at)
        right = recovered or (step is not None and desk.use_step(person_id, step))
        if right:
            people.succeeded(person_id)
        else:
            people.failed(person_id, work.at)
        action = "person.recovery_code_used" if recovered else "person.second_factor_given"
        work.note(action=action if right else "person.second_factor_failed", subject=person_id, data={})
        work.commit()
    if not right:
        raise _wrong()


def _step_of(hub: Hub, sealed: bytes, person_id: str, code: str) -> int | None:
    """The step whose code this is, around now; None where it is none."""
    totp = pyotp.TOTP(hub.ring.open(sealed, label_of(person_id)).decode(), interval=STEP_S)
    now = hub.machine_ms() // 1000 // STEP_S
    given = _tidy(code)
    for step in range(now - STEPS_AROUND, now + STEPS_AROUND + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), given.encode()):
            return step
    return None


def _tidy(code: str) -> str:
    """A code without what people type along."""
    return "".join(one for one in code[:CODE_LENGTH_MAX] if one.isalnum()).lower()


def _recovery_code(hub: Hub) -> str:
    return encode(int.from_bytes(hub.ids.secret(RECOVERY_LENGTH * 5 // 8), "big"), RECOVERY_LENGTH).lower()


def _wrong() -> Forbidden:
    return Forbidden(
        "This code is wrong or was used already; wait for the next one. Too many wrong ones lock you out.",
        code="person.second_factor_wrong",
    )
