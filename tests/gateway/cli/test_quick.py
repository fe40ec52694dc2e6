"""The commands scripts call for each file start without typer, and mean the same with it and without."""

import functools
import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import COMMANDS, QUICK, quick

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "camt" / "camt.053.001.08.xml"
HEAVY = ("pydantic", "rich", "http.client", "sqlalchemy", "fastapi")


def command(name):
    module, _, attribute = COMMANDS[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def through_typer(name, arguments):
    """What typer calls the command with; None where it does not call it."""
    calls = []
    verb = command(name)

    @functools.wraps(verb)
    def recorded(**values):
        calls.append(values)

    app = typer.Typer(add_completion=False)
    app.command(name)(recorded)
    CliRunner().invoke(app, arguments)
    return calls[0] if calls else None


PLAIN = [
    ("read", ["a.xml"]),
    ("read", ["--json", "a.xml", "b.xml"]),
    ("read", ["a.xml", "--rows", "7", "b.xml"]),
    ("read", ["--rows=0", "a.xml"]),
    ("check", ["a.xml", "--profile", "swiss", "--as-of", "2026-11-22", "--json"]),
    ("check", ["a.xml", "--fix", "-o", "b.xml", "--letters=epc", "--junit", "c.xml", "--bank", "alpha"]),
    ("build", ["a.csv", "--to", "pain.001.001.09", "--message-id", "M 1", "--group"]),
    ("build", ["--to=pain.001.001.03", "--charset", "epc", "a.csv", "--output", "b.xml"]),
    ("explain", ["AC04", "GEN-004", "--kind", "return", "--json"]),
]


@pytest.mark.parametrize(("name", "arguments"), PLAIN)
def test_a_plain_call_means_what_typer_makes_of_it(name, arguments, monkeypatch):
    monkeypatch.delenv("PAYHUB_CONFIG", raising=False)
    found = quick.arguments(command(name), arguments)
    meant = through_typer(name, arguments)

    assert found is not None
    assert meant is not None
    assert found == {key: meant[key] for key in found}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("read", []),
        ("read", ["--help"]),
        ("read", ["a.xml", "--nothing"]),
        ("read", ["a.xml", "--rows"]),
        ("read", ["a.xml", "--rows", "many"]),
        ("read", ["a.xml", "--rows", "-1"]),
        ("read", ["a.xml", "--json=1"]),
        ("read", ["--", "a.xml"]),
        ("read", ["-"]),
        ("check", ["a.xml", "-ob.xml"]),
        ("check", ["a.xml", "-o", "--fix"]),
        ("build", ["a.csv"]),
        ("build", ["a.csv", "b.csv", "--to", "pain.001.001.09"]),
    ],
)
def test_what_is_not_plain_is_left_to_typer(name, arguments):
    assert quick.arguments(command(name), arguments) is None


def test_a_setting_of_the_environment_is_left_to_typer(monkeypatch):
    monkeypatch.setenv("PAYHUB_CONFIG", "elsewhere")

    assert quick.arguments(command("check"), ["a.xml"]) is None


@pytest.mark.parametrize("name", QUICK)
def test_every_quick_command_can_be_read_at_once(name):
    assert quick.arguments(command(name), ["a", "--to", "b"] if name == "build" else ["a"]) is not None


def test_reading_a_file_as_json_loads_nothing_heavy():
    script = (
        "import sys; from gateway.cli import main\n"
        "try: main()\n"
        f"finally: print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "read", "--json", str(GOLDEN)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert (done.stdout.count("\n"), done.stderr.strip()) == (1, "")
