"""``payhub``: every command is a module of this package, imported when it is called.

A command is one line of ``COMMANDS``: a ``typer.Typer`` (a noun with verbs) or a function (a verb). Modules keep heavy
imports inside their functions, so that ``read``, ``check`` and ``build`` start in under half a second.
"""

import gc
import importlib
import sys
from importlib.util import find_spec
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from gateway.cli import quick

COMMANDS = {
    "read": "gateway.cli.read:read",
    "check": "gateway.cli.check:check",
    "explain": "gateway.cli.explain:explain",
    "build": "gateway.cli.build:build",
    "serve": "gateway.cli.serve:serve",
    "work": "gateway.cli.work:work",
    "migrate": "gateway.cli.migrate:migrate",
    "demo": "gateway.cli.demo:demo",
    "simulate": "gateway.cli.simulate:simulate",
    "submit": "gateway.cli.submit:submit",
    "batches": "gateway.cli.batches:app",
    "approvals": "gateway.cli.approvals:app",
    "payments": "gateway.cli.payments:app",
    "recalls": "gateway.cli.recalls:app",
    "files": "gateway.cli.files:app",
    "cutoffs": "gateway.cli.cutoffs:app",
    "breaks": "gateway.cli.breaks:app",
    "statements": "gateway.cli.statements:app",
    "documents": "gateway.cli.documents:app",
    "events": "gateway.cli.events:events",
    "people": "gateway.cli.people:app",
    "tokens": "gateway.cli.tokens:app",
    "clients": "gateway.cli.clients:app",
    "banks": "gateway.cli.banks:app",
    "audit": "gateway.cli.audit:app",
    "vault": "gateway.cli.vault:app",
    "config": "gateway.cli.config:app",
    "retention": "gateway.cli.retention:app",
    "evidence": "gateway.cli.evidence:evidence",
}
"""Name of the command: module and what in it is the command."""
QUICK = ("read", "check", "build", "explain")
"""What scripts call for each file: started without typer's machinery where the call is plain."""
COLLECT_AFTER_OBJECTS = 10_000
"""New objects between two looks of the garbage collector. At Python's own 700 up to a tenth of the time a process takes
to start went into looking at modules and tables, which stay.
"""


class Commands(TyperGroup):
    """A group whose commands are looked up in ``COMMANDS``."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the framework's signature
        """The commands whose modules are installed."""
        return [name for name, line in COMMANDS.items() if find_spec(line.partition(":")[0]) is not None]

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """Imports the one command that was asked for."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found = getattr(importlib.import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            verb = found
            found = typer.Typer(add_completion=False)
            found.command(cmd_name)(verb)
        command = cast("TyperCommand | TyperGroup", typer.main.get_command(found))
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A banking connectivity gateway and payment file hub. Exit codes: 0 fine, 1 findings or refused, 2 usage.",
)


@app.callback()
def payhub() -> None:
    """Reads, checks, builds and carries payment files."""


def _at_once(given: list[str]) -> None:
    """Runs a command of ``QUICK`` and ends the process; returns where typer has to read the call."""
    if not given or given[0] not in QUICK:
        return
    module, _, attribute = COMMANDS[given[0]].partition(":")
    command = getattr(importlib.import_module(module), attribute)
    values = quick.arguments(command, given[1:])
    if values is None:
        return
    try:
        command(**values)
    except typer.Exit as end:
        sys.exit(end.exit_code)
    except KeyboardInterrupt:
        typer.echo("Aborted!", err=True)
        sys.exit(1)
    sys.exit(0)


def main() -> None:
    """The entry point: a reader that goes away (``| head``) is no error."""
    gc.set_threshold(COLLECT_AFTER_OBJECTS)
    try:
        _at_once(sys.argv[1:])
        app(prog_name="payhub")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
