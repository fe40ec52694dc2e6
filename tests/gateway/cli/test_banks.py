import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.banks import app
from tests import sshd

CONFIG = Path(__file__).parents[3] / "config"


def run(*arguments: str, environment: dict[str, str] | None = None):
    return CliRunner().invoke(app, [*arguments, "--config", str(CONFIG)], env=environment or {})


def test_the_banks_are_listed_with_what_they_take():
    answer = run("list", "--json")
    listed = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [(bank["name"], bank["connector"]) for bank in listed] == [("alpenbank", "sftp"), ("nordbank", "https")]
    assert all(len(bank["digest"]) == 64 and bank["products"] for bank in listed)


def test_a_bank_that_can_be_reached_passes_and_exits_with_zero(tmp_path):
    if not sshd.is_installed():
        pytest.skip("OpenSSH's sshd is not installed")
    with sshd.running() as server:
        (tmp_path / "banks").mkdir()
        lines = ["[channel]", f"port = {server.port}", f'username = "{server.username}"']
        folders = {"outbox": "in", "staging": "in", "done": "done"}
        places = [f'{name} = "{server.remote(folder)}"' for name, folder in folders.items()]
        directories = ["[channel.directories]", *places, f'inbox = ["{server.remote("out")}"]']
        text = "\n".join([*lines, f'host_keys = ["{server.host_key}"]', *directories])
        (tmp_path / "banks" / "alpenbank.toml").write_text(text)
        answer = run(
            "check", "alpenbank", "--overlay", str(tmp_path), environment={"PAYHUB_ALPENBANK_KEY": server.private_key}
        )
    assert answer.exit_code == 0, answer.output
    assert "FAIL" not in answer.output
    assert "a probe file was written, renamed and removed" in answer.output


def test_a_missing_secret_fails_with_advice_and_exit_one():
    answer = run("check", "nordbank", environment={"PAYHUB_NORDBANK_SECRET": None})
    assert answer.exit_code == 1
    assert "FAIL  secret" in answer.output
    assert "→ Set the variable" in answer.output


def test_a_bank_nobody_knows_is_a_usage_error_that_names_those_there_are():
    answer = run("check", "otherbank")
    assert answer.exit_code == 2
    assert "alpenbank, nordbank" in answer.output


def test_a_wrong_profile_is_told_with_file_and_key(tmp_path):
    (tmp_path / "banks").mkdir()
    (tmp_path / "banks" / "nordbank.toml").write_text("[channel]\ncolour = 'red'\n")
    answer = run("list", "--overlay", str(tmp_path))
    assert answer.exit_code == 2
    assert "nordbank.toml: channel.colour: is not a known key" in answer.output
