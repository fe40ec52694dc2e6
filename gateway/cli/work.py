"""``payhub work``: one worker process; start as many as you like on one database."""

import os
import signal
import threading

from gateway.cli.hub import DEFAULT_CONFIG, Config, Overlay, opened

START_ME_AGAIN = 75
"""The exit code of a worker that wants to be started anew (EX_TEMPFAIL); whoever supervises it does that anyway."""


def work(config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Work until stopped: validate, schedule, generate, send, fetch answers, reconcile, tell."""
    from gateway import logs
    from gateway.worker import WorkerProcess

    logs.configure()
    ending, lost = threading.Event(), threading.Event()

    def on_lost() -> None:
        lost.set()
        ending.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    with opened(config, overlay) as hub:
        process = WorkerProcess(hub, on_lost=on_lost)
        process.start()
        ending.wait()
        if lost.is_set():
            os._exit(START_ME_AGAIN)  # an end in order would wait for threads that sleep; a dead worker's jobs are safe
        process.stop()
