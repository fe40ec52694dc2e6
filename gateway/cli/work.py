"""``payhub work``: one worker process; start as many as you like on one database."""

import signal
import threading

from gateway.cli.hub import DEFAULT_CONFIG, Config, Overlay, opened


def work(config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Work until stopped: validate, schedule, generate, send, fetch answers, reconcile, tell."""
    from gateway import logs
    from gateway.worker import WorkerProcess

    logs.configure()
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    with opened(config, overlay) as hub:
        process = WorkerProcess(hub)
        process.start()
        ending.wait()
        process.stop()
