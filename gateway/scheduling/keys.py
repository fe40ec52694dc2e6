"""The daily look at keys: people are told weeks before one ends, once for each of the days the profile names."""

from datetime import timedelta

import structlog

from banks.errors import Refused
from banks.security.ends import Ending, endings
from gateway.persistence.keys import KeyWarnings
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.wiring import Hub

SUBJECT_LENGTH = 40
"""Of an event's subject: a whole fingerprint of OpenPGP, and enough of a certificate's; the data have it in full."""
log = structlog.get_logger()


def warn(hub: Hub, *, actor: str) -> int:
    """Looks at every key of every profile; says how many warnings were raised."""
    found: list[tuple[str, Ending]] = []
    for name, profile in hub.profiles.items():
        for one in endings(profile, hub.secrets):
            if isinstance(one, Refused):
                log.warning("key.unreadable", bank=name, reason=one.message)
            else:
                found.append((name, one))
    now = hub.clock.now()
    due = [(bank, one) for bank, one in found if now >= one.ends_at - timedelta(days=max(one.warn_days))]
    if not due:
        return 0
    with hub.unit_of_work(actor=actor) as work:
        told = sum(_tell(work, bank, one) for bank, one in due)
        work.commit()
    return told


def _tell(work: UnitOfWork, bank: str, one: Ending) -> bool:
    """Of several days that have passed (the hub was down, the key is new to it) only the last one is told of."""
    memory = KeyWarnings(work.connection, at=work.at)
    passed = sorted(day for day in one.warn_days if work.at >= one.ends_at - timedelta(days=day))
    fresh = [memory.first(bank, one.fingerprint, one.ends_at, day) for day in passed]
    if not fresh[0]:
        return False
    left = (one.ends_at - work.at).days
    work.alert(
        "payhub.key.expires.v1", subject_kind="key", subject=one.fingerprint[:SUBJECT_LENGTH], client_id=None,
        data={"bank": bank, "kind": one.kind, "owner": one.owner, "fingerprint": one.fingerprint, "title": one.title,
              "current": one.current, "ends_at": one.ends_at.isoformat(), "days_left": left},
    )  # fmt: skip
    return True
