"""``payhub evidence``: everything about a batch or a payment in one file, and checking such a file anywhere."""

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, EXIT_REFUSED, EXIT_USAGE, Config, Json, Overlay, opened

ACTOR = "command line"


def evidence(
    subject: Annotated[str, typer.Argument(help="A batch or a payment; or the word verify.")],
    pack: Annotated[Path | None, typer.Argument(help="With verify: the pack to check.")] = None,
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    out: Annotated[Path | None, typer.Option("--out", help="Where the pack goes.")] = None,
    public_key: Annotated[str | None, typer.Option(help="With verify: who must have signed it (hexadecimal).")] = None,
    as_json: Json = False,
) -> None:
    """Writes the evidence of a batch or payment; with verify, checks a pack without database or configuration."""
    if subject == "verify":
        if pack is None:
            typer.echo("Say which pack: payhub evidence verify FILE.zip", err=True)
            raise typer.Exit(EXIT_USAGE)
        _verify(pack, public_key, as_json=as_json)
        return
    if out is None or pack is not None:
        typer.echo("Say where the pack goes: payhub evidence BATCH --out FILE.zip", err=True)
        raise typer.Exit(EXIT_USAGE)
    from gateway.evidence import taking
    from gateway.persistence.queries import EVERYTHING

    with opened(config, overlay) as hub, out.open("wb") as file:
        written = taking.take(hub, EVERYTHING, subject, file, actor=ACTOR)
    if as_json:
        print(json.dumps({"file": str(out), "manifest_sha256": written.manifest_sha256, "members": written.members}))
    else:
        print(f"{out}: {written.members} members, manifest {written.manifest_sha256}")


def _verify(path: Path, public_key: str | None, *, as_json: bool) -> None:
    from gateway.evidence import verification

    try:
        wrong = list(verification.check(path, public_key))
    except verification.NotAPack as err:
        wrong = [str(err)]
    if as_json:
        print(json.dumps({"file": str(path), "holds": not wrong, "wrong": wrong, "signed": public_key is not None}))
    else:
        for one in wrong:
            print(one)
        if not wrong:
            signed = "and its signature holds" if public_key else "its signature was not checked (--public-key)"
            print(f"The pack is whole; {signed}.")
    if wrong:
        raise typer.Exit(EXIT_REFUSED)
