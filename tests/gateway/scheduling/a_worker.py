"""A real worker process whose jobs only write down when they ran: for tests of the queues.

``python -m tests.gateway.scheduling.a_worker LOG [CONTRACT] [MINUTE_S]``; configuration and database by the usual
variables. A subject that begins with ``stall`` stays at its bank until a file of that name with ``.go`` appears
beside the log.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from gateway import wiring
from gateway.scheduling import jobs, queue
from gateway.worker import WorkerProcess

AT_THE_BANK_S = 0.3
STALL_S_MAX = 120


def main(log: str, contract: str = queue.CONTRACT, minute_s: str = "60") -> None:
    queue.CONTRACT, queue.MINUTE_S = contract, int(minute_s)
    lines, ending = Path(log), threading.Event()

    def write(what, claim):
        facts = {"what": what, "kind": claim.job.kind, "subject": claim.job.subject, "bank": claim.job.lane,
                 "worker": os.getpid(), "at": time.monotonic()}  # fmt: skip
        with lines.open("a") as out:
            out.write(json.dumps(facts) + "\n")

    def at_the_bank(_worker, claim):
        write("begins", claim)
        ends = time.monotonic() + STALL_S_MAX
        if claim.job.subject.startswith("stall"):
            while not lines.with_name("stall.go").exists() and time.monotonic() < ends:
                ending.wait(0.05)
        else:
            threading.Event().wait(AT_THE_BANK_S)
        write("ends", claim)

    jobs.JOBS |= dict.fromkeys(("file", "poll", "document", "batch"), at_the_bank)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    environment = dict(os.environ)
    overlay = environment.get("PAYHUB_CONFIG_OVERLAY")
    hub = wiring.build(Path(environment["PAYHUB_CONFIG"]), environment, overlay=Path(overlay) if overlay else None)
    process = WorkerProcess(hub)
    process.start()
    lines.with_name(f"{os.getpid()}.up").touch()
    ending.wait()
    process.stop()
    hub.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
