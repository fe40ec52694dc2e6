"""``payhub payments hold|release|decline|withdraw`` and the same for batches: people stop payments, or let go."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from gateway.cli.acting import Code
from gateway.cli.calling import Token, call
from gateway.cli.hub import EXIT_REFUSED
from gateway.cli.submit import DEFAULT_URL, Url
from gateway.domain.hold import OWNER
from gateway.domain.ids import batch_of

PaymentIds = Annotated[list[str], typer.Argument(help="The payments; all of one batch are decided about at once.")]
BatchId = Annotated[str, typer.Argument(help="The batch.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; the ERP and your colleagues read it.")]
Owner = Annotated[str, typer.Option(help="Who must act: approver, releaser, or a person's sign-in name.")]


def hold_payments(
    payment_ids: PaymentIds, token: Token, reason: Reason, url: Url = DEFAULT_URL, *, owner: Owner = OWNER
) -> None:
    """Stops payments that do not stand staged at their bank, approved or not, until people have agreed."""
    for batch_id, named in _by_batch(payment_ids).items():
        _hold(url, token, batch_id, {"payment_ids": named, "reason": reason, "owner": owner})


def release_payments(
    payment_ids: PaymentIds, token: Token, reason: Reason, url: Url = DEFAULT_URL, *, code: Code = None
) -> None:
    """Says that held payments are meant. The word that completes a hold lifts it."""
    for batch_id, named in _by_batch(payment_ids).items():
        _decide(url, token, batch_id, {"payment_ids": named, "reason": reason, "decision": "release"}, code)


def decline_payments(payment_ids: PaymentIds, token: Token, reason: Reason, url: Url = DEFAULT_URL) -> None:
    """Says that held payments are a mistake; they go no further."""
    for batch_id, named in _by_batch(payment_ids).items():
        _decide(url, token, batch_id, {"payment_ids": named, "reason": reason, "decision": "decline"}, None)


def withdraw_payments(payment_ids: PaymentIds, token: Token, reason: Reason, url: Url = DEFAULT_URL) -> None:
    """Cancels payments that do not stand staged at their bank; the rest of their file goes on in a new one."""
    for batch_id, named in _by_batch(payment_ids).items():
        _withdraw(url, token, batch_id, {"payment_ids": named, "reason": reason})


def hold_batch(
    batch_id: BatchId, token: Token, reason: Reason, url: Url = DEFAULT_URL, *, owner: Owner = OWNER
) -> None:
    """Stops everything of a batch that does not stand staged at its bank."""
    _hold(url, token, batch_id, {"reason": reason, "owner": owner})


def release_batch(
    batch_id: BatchId, token: Token, reason: Reason, url: Url = DEFAULT_URL, *, code: Code = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:  # fmt: skip
    """Says that all held payments of a batch are meant, after showing what is held."""
    now = call(url, token, "GET", f"/v1/batches/{batch_id}/holds")
    if now["digest"] is None:
        typer.echo("Nothing in this batch is held.", err=True)
        raise typer.Exit(EXIT_REFUSED)
    for one in now["holds"]:
        said = ", ".join(word["person_name"] for word in one["words"]) or "nobody"
        print(f"{one['count']} held ({one['kind']}), {one['currency']} {one['amount']}: {one['reason']} Said: {said}.")
    if not yes:
        typer.confirm("Are all of them meant?", abort=True)
    body = {"reason": reason, "decision": "release", "digest": now["digest"]}
    _decide(url, token, batch_id, body, code)


def withdraw_batch(batch_id: BatchId, token: Token, reason: Reason, url: Url = DEFAULT_URL) -> None:
    """Cancels everything of a batch that does not stand staged at its bank."""
    _withdraw(url, token, batch_id, {"reason": reason})


def _hold(url: str, token: str, batch_id: str, body: dict[str, Any]) -> None:
    came = call(url, token, "POST", f"/v1/batches/{batch_id}/manual-holds", body)
    print(f"{batch_id}: {came['held']} held, {came['already']} were held before, {came['too_late']} too late.")


def _decide(url: str, token: str, batch_id: str, body: dict[str, Any], code: str | None) -> None:
    came = call(url, token, "POST", f"/v1/batches/{batch_id}/holds", body, code)
    if body["decision"] == "decline":
        print(f"{batch_id}: {came['declined']} declined.")
    else:
        print(f"{batch_id}: {came['released']} released, {came['waiting']} wait for another person's word.")


def _withdraw(url: str, token: str, batch_id: str, body: dict[str, Any]) -> None:
    came = call(url, token, "POST", f"/v1/batches/{batch_id}/cancellation", body)
    print(f"{batch_id}: {came['cancelled']} cancelled, {came['not_cancelled']} not.")
    for one in came["kept"]:
        print(f"  {one['count']} {one['state']}: {one['why']}")


def _by_batch(payment_ids: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in payment_ids:
        found.setdefault(batch_of(one), []).append(one)
    return found
