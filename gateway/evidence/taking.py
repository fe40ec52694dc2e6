"""Taking evidence out of a hub: reads at one moment, writes the pack, and says on the trail who has it."""

from typing import BinaryIO

from gateway.evidence import pack
from gateway.persistence.queries import evidence
from gateway.persistence.queries.scope import Scope
from gateway.persistence.vault import Vault
from gateway.wiring import Hub


def take(hub: Hub, scope: Scope, wanted: str, out: BinaryIO, *, actor: str) -> pack.Written:
    """Writes the pack of a batch or payment that ``scope`` may see; raises :class:`NotFound`.

    The row about it is no part of the evidence itself, or each pack would differ from the one before.
    """
    with hub.reading(still=True) as connection:
        subject = evidence.find(connection, scope, wanted)
        vault = Vault(connection, ring=hub.ring, ids=hub.ids, at=hub.clock.now())
        written = pack.write(connection, vault, subject, out, signer=hub.signer())
    with hub.unit_of_work(actor=actor) as work:
        work.note(
            action="evidence.taken", subject=f"evidence:{subject.id}",
            data={"manifest_sha256": written.manifest_sha256, "members": written.members},
        )  # fmt: skip
        work.commit()
    return written
