"""What tests of channels that stopped or opened share."""

from banks.circuit import Outcome, after
from banks.errors import HostKeyChanged, Unreachable
from gateway.domain.work import Job
from gateway.persistence import channel_desk
from gateway.persistence.unit_of_work import LEASE_MS

OFFERED = HostKeyChanged(
    "The host key changed.",
    offered="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJXoGZ0cSdw1hYWJ6E3gHfnYJpMeb6rX9T2hP2eYyH1k",
    fingerprint="SHA256:Zr6xn2vyW1hXw0tUQ3cVb8nqJ4mE5rK7sD9fG1hL2pA",
)
DOWN = Unreachable("No connection to the bank.")


def at(now_ms):
    """How a channel turns at that moment, with the longest pauses chance allows."""
    return lambda circuit, what, probe: after(circuit, what, now_ms=now_ms, jitter=1.0, probe=probe)


def attempt(hub, bank, *errors):
    """What a worker writes down about attempts at a bank that ended so."""
    job = Job(kind="file", subject="F1", lane=bank)
    with hub.unit_of_work(actor="worker") as work:
        work.request(job.kind, job.subject, lane=job.lane)
        claim = work.work.claim(job, f"unqueued-{job.key}", "worker", lease_ms=LEASE_MS)
        work.commit()
    for error in errors:
        what = Outcome.KEY_CHANGED if isinstance(error, HostKeyChanged) else Outcome.FAILED
        with hub.unit_of_work(actor="worker") as work:
            channel_desk.note_outcome(work, claim, bank, what, error, turn=at(hub.machine_ms()))
            work.commit()
