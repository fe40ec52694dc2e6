from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.persistence.engine import open_engine
from gateway.persistence.tables import people
from gateway.wiring import build
from tests import sqlite
from tests.gateway.hubs import add_person

CONFIG = Path(__file__).parents[3] / "config"
SERVICE = """
[[sign_in.issuers]]
name = "corp"
title = "Corporate sign-in"
issuer = "https://id.corp.example"
client_id = "payhub"
client_secret = "env:CORP_SECRET"
"""


@pytest.fixture
def payhub(tmp_path, monkeypatch):
    """The commands on an empty database, with a sign-in service in the configuration."""
    url = sqlite.fresh(tmp_path / "hub.db")
    shipped = (CONFIG / "payhub.toml").read_text(encoding="utf-8")
    (tmp_path / "payhub.toml").write_text(
        shipped.replace("[sign_in]", '[sign_in]\naddress = "https://payhub.example"') + SERVICE, encoding="utf-8"
    )
    environment = {"PAYHUB_DATABASE_URL": url, "PAYHUB_VAULT_KEY": "ab" * 32}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PAYHUB_CONFIG", str(CONFIG))
    monkeypatch.setenv("PAYHUB_CONFIG_OVERLAY", str(tmp_path))
    engine = open_engine(url)

    def payhub(*words, expect=0):
        result = CliRunner().invoke(app, [str(one) for one in words])
        assert result.exit_code == expect, result.output
        return result.output

    payhub.engine = engine
    payhub.hub = lambda: build(CONFIG, environment, overlay=tmp_path)
    yield payhub
    engine.dispose()


THIS = ("--issuer", "corp", "--subject", "s-1")
WHY = ("--reason", "a new colleague")


def test_a_link_is_asked_for_confirmed_listed_and_ended_by_commands(payhub):
    hub = payhub.hub()
    tokens = [add_person(hub, name, roles=("administrator",))[1] for name in ("rita", "sven")]
    hub.close()
    payhub("people", "add", "anna", "--no-password", "--token", tokens[0])
    said = payhub("people", "link", "anna", *THIS, *WHY, "--token", tokens[0])
    assert "waits for a second administrator" in said
    assert "another administrator" in payhub("people", "confirm-link", "anna", *THIS, "--token", tokens[0], expect=1)
    assert "signs in as anna" in payhub("people", "confirm-link", "anna", *THIS, "--token", tokens[1])
    (row,) = [line.split("  ") for line in payhub("people", "links").splitlines()[1:]]
    assert [one.strip() for one in row if one][:5] == ["anna", "https://id.corp.example", "s-1", "rita", "sven"]
    assert "no longer anna" in payhub("people", "unlink", *THIS, "--reason", "left", "--token", tokens[1])
    assert payhub("people", "links", "--json") == ""


def test_without_administrators_the_command_line_links_alone(payhub):
    payhub("people", "add", "anna", "--no-password")
    assert payhub("people", "link", "anna", *THIS, *WHY).strip() == "anna is s-1 at corp"
    assert "linked already" in payhub("people", "link", "anna", *THIS, *WHY, expect=1)


def test_an_unknown_service_is_refused_and_the_known_ones_are_named(payhub):
    payhub("people", "add", "anna", "--no-password")
    said = payhub("people", "link", "anna", "--issuer", "none", "--subject", "s-1", *WHY, expect=1)
    assert "there are: corp" in said


def test_whoever_has_no_password_cannot_sign_in_with_one(payhub):
    from gateway.api.problems import Unauthenticated
    from gateway.api.signing_in import sign_in

    payhub("people", "add", "anna", "--no-password")
    with payhub.engine.connect() as connection:
        assert connection.execute(people.select()).one().password == "!"
    hub = payhub.hub()
    for password in ("", "!", "a password nobody has"):
        with pytest.raises(Unauthenticated):
            sign_in(hub, "anna", password)
    hub.close()
