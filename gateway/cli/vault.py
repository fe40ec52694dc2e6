"""``payhub vault``: whether the stored documents are what was stored."""

import json

import typer

from gateway.cli.hub import DEFAULT_CONFIG, EXIT_REFUSED, Config, Json, Overlay, opened

app = typer.Typer(help="The stored documents.", no_args_is_help=True)


@app.callback()
def vault() -> None:
    """The stored documents."""


@app.command("verify")
def verify(config: Config = DEFAULT_CONFIG, overlay: Overlay = None, *, as_json: Json = False) -> None:
    """Opens every stored document; exit 1 when one was changed, lacks a part, or is not there. What was erased in
    time is no flaw, and is named with the rule.
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
    if flaws:
        raise typer.Exit(EXIT_REFUSED)
    if not as_json:
        print("Every stored document is what was stored.")
