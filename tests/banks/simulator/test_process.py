"""``payhub simulate`` as a process of its own."""

import json
import signal
import subprocess
import sys

import httpx
import pytest

START = "from gateway.cli import main; main()"


@pytest.mark.timeout(60)
def test_a_bank_in_its_own_process_says_where_it_is_and_turns_its_clock(tmp_path):
    command = [
        sys.executable,
        "-c",
        START,
        "simulate",
        "--folder",
        str(tmp_path / "bank"),
        "--at",
        "2026-09-28T09:00:00",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        ready = json.loads(process.stdout.readline())
        with httpx.Client(base_url=f"http://127.0.0.1:{ready['http_port']}") as client:
            assert ready["at"].startswith("2026-09-28T07:00")
            assert ready["host_key"].startswith("ssh-ed25519 ")
            client.post("/_sim/clock", json={"at": "2026-09-28T16:01:00+00:00"})
            client.post("/_sim/run")
            (account,) = client.get("/_sim/accounts").json()
            assert account["statements"] == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_the_command_lists_what_a_scenario_can_say():
    command = [sys.executable, "-c", START, "simulate", "--list"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "hostile-outbox" in done.stdout
    assert "reject_payment           code*, text" in done.stdout


def test_a_scenario_full_of_mistakes_is_refused_with_all_of_them(tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[bank]\nnme = "x"\n[[accounts]]\nnumber = "1"\ncurrency = "EUR"\nbalance = 1.5\n')
    command = [sys.executable, "-c", START, "simulate", "--config", str(wrong)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "bank.nme: no such key" in done.stderr
    assert "accounts[0].balance: an amount is written as text" in done.stderr
