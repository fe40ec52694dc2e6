"""``payhub vault``: the key is changed without a stop, and a changed value is named."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from gateway.cli import app
from gateway.persistence.key_ring import KeyRing
from gateway.persistence.migrations import upgrade
from tests.databases import open_engine
from tests.gateway.stores import Store

CONFIG = Path(__file__).parents[3] / "config"
OLD, NEW = "ab" * 32, "cd" * 32


@pytest.fixture
def payhub(tmp_path, monkeypatch):
    monkeypatch.setenv("PAYHUB_DATABASE_URL", f"sqlite:///{tmp_path / 'hub.db'}")
    monkeypatch.setenv("PAYHUB_CONFIG", str(CONFIG))
    monkeypatch.setenv("OLD_KEY", OLD)
    monkeypatch.setenv("PAYHUB_VAULT_KEY", OLD)

    def payhub(*words, expect=0):
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == expect, result.output
        return result.output

    engine = open_engine(f"sqlite:///{tmp_path / 'hub.db'}", KeyRing("k1", {"k1": bytes.fromhex(OLD)}))
    upgrade(engine)
    engine.dispose()
    return payhub


def configured(folder, monkeypatch, vault):
    """From now on the hub runs with this key ring."""
    shipped = (CONFIG / "payhub.toml").read_text(encoding="utf-8")
    (folder / "payhub.toml").write_text(shipped.replace('key_id = "k1"', vault), encoding="utf-8")
    monkeypatch.setenv("PAYHUB_CONFIG_OVERLAY", str(folder))
    monkeypatch.setenv("PAYHUB_VAULT_KEY", NEW)


def filled(folder):
    engine = open_engine(f"sqlite:///{folder / 'hub.db'}", KeyRing("k1", {"k1": bytes.fromhex(OLD)}))
    Store(engine).batch(["1.00"])
    return engine


def test_the_vault_key_is_changed_and_the_old_one_is_needed_no_more(payhub, tmp_path, monkeypatch):
    filled(tmp_path).dispose()
    configured(tmp_path, monkeypatch, 'key_id = "k2"\n[vault.old_keys]\nk1 = "env:OLD_KEY"')
    assert "1 keys were put under the vault key k2" in payhub("vault", "rewrap")
    assert "0 keys" in payhub("vault", "rewrap")
    configured(tmp_path, monkeypatch, 'key_id = "k2"')
    assert "Payee" in payhub("payments", "list")
    said = payhub("vault", "verify", expect=1)
    assert said.splitlines() == [f"{'0' * 64}: it is not in the vault, and the trail does not say that it was removed"]


def test_another_key_than_the_databases_is_refused_before_anything_is_done(payhub, monkeypatch):
    monkeypatch.setenv("PAYHUB_VAULT_KEY", NEW)
    result = CliRunner().invoke(app, ["batches", "list"])
    assert result.exit_code != 0
    assert "another vault key k1" in f"{result.output}{result.exception}"


def test_a_value_that_was_changed_is_named_with_its_place(payhub, tmp_path):
    engine = filled(tmp_path)
    with engine.begin() as connection:
        connection.execute(text("UPDATE payments SET creditor_name = creditor_account"))
        (payment,) = connection.execute(text("SELECT id FROM payments")).scalars()
    engine.dispose()
    said = payhub("vault", "verify", expect=1)
    assert f"payments {payment}, creditor_name: A value in payments.creditor_name was changed" in said
    rows = [json.loads(line) for line in payhub("vault", "verify", "--json", expect=1).splitlines()]
    assert ("payments", payment, "creditor_name") in {
        (one.get("table"), one.get("row"), one.get("column")) for one in rows
    }
