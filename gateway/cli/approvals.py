"""``payhub approvals``: which rules ask for whom about a batch, and why."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from gateway.cli.hub import DEFAULT_CONFIG, Config, Json, Overlay, opened

app = typer.Typer(help="Approvals: who must agree to a batch, and why.", no_args_is_help=True)


@app.callback()
def approvals() -> None:
    """Approvals: who must agree to a batch, and why."""


@app.command("explain")
def explain(
    batch_id: Annotated[str, typer.Argument(help="The batch.")],
    config: Config = DEFAULT_CONFIG,
    overlay: Overlay = None,
    *,
    as_json: Json = False,
) -> None:
    """Says which rules match a batch and why, who signed, who is still needed, and when it would be paid."""
    from gateway import signing
    from gateway.api.signing import view
    from gateway.domain import explanation
    from gateway.persistence.batches import Batches
    from gateway.persistence.signing import Signing

    with opened(config, overlay) as hub, hub.reading() as connection:
        at, batches = hub.clock.now(), Batches(connection)
        now = signing.standing(
            Signing(connection, at=at), batches.get(batch_id), batches.approvals(batch_id), hub.policy, at
        )  # fmt: skip
        sentences = explanation.sentences(now, hub.policy)
    if as_json:
        told = {
            "batch_id": batch_id, "digest": now.digest, "needed": now.need.approvers, "given": now.given,
            "releases_needed": now.need.releasers, "releases_given": len(now.counts.releases),
            "approvals": [one.model_dump(mode="json") for one in view(now, hub.policy).approvals],
            "rules": [asdict(explanation.because(one)) for one in now.need.matches],
            "still_needed": [asdict(one) for one in explanation.missing(now)],
            "explanation": sentences,
        }  # fmt: skip
        print(json.dumps(told, ensure_ascii=False))
        return
    for one in sentences:
        print(one)
    for promise in now.promises:
        day = promise.value_date or "no day, as things stand"
        print(f"{promise.kind.debtor_account}, wanted {promise.kind.requested_date}: paid on {day}.")
