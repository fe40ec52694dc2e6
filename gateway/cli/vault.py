"""``payhub vault``: whether the stored documents are what was stored."""

import json
from dataclasses import asdict

import typer

from gateway.cli.hub import DEFAULT_CONFIG, EXIT_REFUSED, Config, Json, Overlay, opened

app = typer.Typer(help="The stored documents.", no_args_is_help=True)
ACTOR = "command line"


@app.callback()
def vault() -> None:
    """The stored documents."""


@app.command("verify")
def verify(config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, as_json: Json = False) -> None:
    """Opens every stored document; exit 1 when one was changed, lacks a part, or is not there. What was erased in
    time is no flaw, and is named with the rule. Encrypted columns are opened too, value by value.
    """
    from gateway.persistence import vault_examination
    from gateway.persistence.vault import Vault

    flaws = 0
    with opened(config, overlay) as hub, hub.reading(still=True) as connection:
        stored = Vault(connection, ring=hub.ring, ids=hub.ids, at=hub.clock.now())
        for one in vault_examination.examine(connection, stored):
            flaws += 1
            said = json.dumps({"sha256": one.sha256, "what": one.what}) if as_json else f"{one.sha256}: {one.what}"
            print(said)
        for gone in vault_examination.removed(connection):
            facts = {"sha256": gone.sha256, "erased_at": gone.at.isoformat(), "by": gone.by, "rule": gone.rule}
            print(json.dumps(facts) if as_json else f"{gone.sha256}: {gone.says}")
        for spoiled in vault_examination.examine_columns(connection):
            flaws += 1
            print(json.dumps(asdict(spoiled)) if as_json else spoiled.says)
    if flaws:
        raise typer.Exit(EXIT_REFUSED)
    if not as_json:
        print("Every stored document and every encrypted value is what was stored.")


@app.command("rewrap")
def rewrap(config: Config = DEFAULT_CONFIG, overlay: Overlay = None) -> None:
    """Puts everything that an old vault key protects under the present one; nothing has to stop for it. After that
    the old key may leave [vault.old_keys], and backups of before need it still.
    """
    from gateway.persistence import rewrapping

    count = 0
    with opened(config, overlay) as hub:
        while True:
            with hub.unit_of_work(actor=ACTOR) as work:
                portion = rewrapping.rewrap(work)
                work.commit()
            count += portion
            if not portion:
                break
        print(f"{count} keys were put under the vault key {hub.ring.current}.")
