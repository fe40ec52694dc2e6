"""``payhub simulate``: a bank to practise on, in a process of its own."""

import json
import signal
import tempfile
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from banks.simulator.config import BankConfig

ALIVE_CHECK_S = 1.0
"""How often the waiting process looks whether its bank still works."""


def simulate(
    *,
    config: Annotated[Path | None, typer.Option(help="The bank, as TOML; without it a plain one is opened.")] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="How the bank misbehaves: a shipped scenario's name, or a TOML file. Several add up."),
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the HTTP API; 0 takes a free one.")] = 0,
    sftp_port: Annotated[int, typer.Option(help="Port of the SFTP server; 0 takes a free one.")] = 0,
    folder: Annotated[
        Path | None, typer.Option(help="Where the bank keeps everything; a new folder without it.")
    ] = None,
    clock: Annotated[Path | None, typer.Option(help="The clock file it shares with others.")] = None,
    at: Annotated[datetime | None, typer.Option(help="Start of a new clock, in the bank's time.")] = None,
    authorized_key: Annotated[Path | None, typer.Option(help="A public key file that may sign in over SFTP.")] = None,
    vocabulary: Annotated[
        bool, typer.Option("--list", help="List the shipped scenarios and what a scenario can say, and end.")
    ] = False,
) -> None:
    """Open a simulated bank: real SFTP, real HTTP, a clock you can turn (POST /_sim/clock). Ends with Ctrl-C."""
    from banks.simulator import scenario as scenarios
    from banks.simulator.clock import SimulatedClock
    from banks.simulator.serving import OpenBank

    if vocabulary:
        _list()
        return
    try:
        chosen = [scenarios.named(name) for name in scenario or ()]
        bank = scenarios.load(config if config is not None else scenarios.PLAIN, *chosen)
    except scenarios.ScenarioWrong as err:
        typer.echo(str(err), err=True)
        raise typer.Exit(1) from err
    bank = _with_doors(bank, port=port, sftp_port=sftp_port, authorized_key=authorized_key)
    place = folder if folder is not None else Path(tempfile.mkdtemp(prefix="payhub-bank-"))
    hours = SimulatedClock(clock if clock is not None else place / "clock.json")
    hours.start(None if at is None else at.replace(tzinfo=at.tzinfo or bank.timezone))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with OpenBank(bank, place, hours) as opened:
        address = opened.address
        ready = {
            "name": address.name,
            "sftp_port": address.sftp_port,
            "http_port": address.http_port,
            "host_key": address.host_key,
            "root": str(address.root),
            "folder": str(place),
            "clock": str(hours.path),
            "at": hours.now().isoformat(),
        }
        print(json.dumps(ready), flush=True)
        while not stop.wait(ALIVE_CHECK_S) and opened.bank.is_alive:
            pass


def _with_doors(bank: "BankConfig", *, port: int, sftp_port: int, authorized_key: Path | None) -> "BankConfig":
    """The bank with the ports and the key that the command line names."""
    if bank.sftp is not None:
        keys = bank.sftp.authorized_keys
        if authorized_key is not None:
            keys = (*keys, authorized_key.read_text(encoding="utf-8").strip())
        bank = replace(bank, sftp=replace(bank.sftp, port=sftp_port or bank.sftp.port, authorized_keys=keys))
    if bank.http is not None:
        bank = replace(bank, http=replace(bank.http, port=port or bank.http.port))
    return bank


def _list() -> None:
    """The shipped scenarios, then every behaviour a rule may name."""
    from banks.simulator import vocabulary
    from banks.simulator.scenario import shipped

    for name, story in shipped():
        print(f"{name:<20} {story}")
    print()
    for line in vocabulary.lines():
        print(line)
