import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway import wiring
from gateway.cli.banks import app
from gateway.persistence.people import People
from tests import sqlite, sshd
from tests.gateway.channels import OFFERED, attempt
from tests.gateway.hubs import MachineTime, Phone, add_person

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


@pytest.fixture
def stopped(tmp_path):
    """A hub whose alpenbank is stopped, with two administrators; gives the environment and their tokens."""
    environment = {
        "PAYHUB_DATABASE_URL": sqlite.fresh(tmp_path / "hub.db"), "PAYHUB_VAULT_KEY": "5a" * 32, "PAYHUB_CONFIG": "",
    }  # fmt: skip
    hub = wiring.build(CONFIG, environment)
    attempt(hub, "alpenbank", OFFERED)
    tokens = [add_person(hub, name, roles=("administrator",))[1] for name in ("rita", "sven")]
    hub.close()
    return environment, tokens


def test_two_administrators_confirm_a_host_key_from_the_command_line(stopped):
    environment, tokens = stopped
    assert json.loads(run("status", "alpenbank", "--json", environment=environment).stdout)["state"] == "stopped"
    given = ["confirm-key", "alpenbank", "--reason", "called Ms Berg", "--fingerprint"]
    first = run(*given, OFFERED.fingerprint, environment=environment | {"PAYHUB_TOKEN": tokens[0]})
    assert "another administrator must" in first.output
    wrong = run(*given, "SHA256:somebody-elses", environment=environment | {"PAYHUB_TOKEN": tokens[1]})
    assert (wrong.exit_code, "channel.fingerprint" in wrong.output) == (1, True)
    second = run(*given, OFFERED.fingerprint, environment=environment | {"PAYHUB_TOKEN": tokens[1]})
    assert "connected again" in second.output
    rows = [json.loads(line) for line in run("status", "--json", environment=environment).stdout.splitlines()]
    assert {one["bank"]: one["state"] for one in rows} == {"alpenbank": "closed", "nordbank": "closed"}


def test_who_confirms_a_host_key_types_a_code_of_their_second_factor(stopped):
    environment, tokens = stopped
    hub = wiring.build(CONFIG, environment)
    hub.machine_ms = MachineTime()
    with hub.reading() as connection:
        rita = People(connection).with_name("rita")
    code, *_ = Phone(hub, rita).recovery
    hub.close()
    given = ["confirm-key", "alpenbank", "--reason", "called Ms Berg", "--fingerprint", OFFERED.fingerprint]
    environment = environment | {"PAYHUB_TOKEN": tokens[0]}
    without = run(*given, environment=environment)
    assert (without.exit_code, "person.second_factor_needed" in without.output) == (1, True)
    assert "another administrator must" in run(*given, "--code", code, environment=environment).output


def test_a_check_that_sees_the_pinned_key_again_ends_the_stop(stopped, tmp_path):
    if not sshd.is_installed():
        pytest.skip("OpenSSH's sshd is not installed")
    environment, _ = stopped
    with sshd.running() as server:
        (tmp_path / "over" / "banks").mkdir(parents=True)
        text = f'[channel]\nport = {server.port}\nusername = "{server.username}"\nhost_keys = ["{server.host_key}"]\n'
        (tmp_path / "over" / "banks" / "alpenbank.toml").write_text(text)
        environment = environment | {"PAYHUB_ALPENBANK_KEY": server.private_key}
        answer = run("check", "alpenbank", "--overlay", str(tmp_path / "over"), environment=environment)
    assert "was stopped and goes on" in answer.output, answer.output
    assert json.loads(run("status", "alpenbank", "--json", environment=environment).stdout)["state"] == "closed"


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
