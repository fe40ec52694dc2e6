"""``payhub submit``: hands batches to a hub through its API, the same door that ERPs use."""

import hashlib
import json
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.hub import EXIT_REFUSED, EXIT_USAGE, Json

TIMEOUT_S = 600
MEDIA = {".xml": "application/xml", ".json": "application/json", ".csv": "text/csv"}
DEFAULT_URL = "http://127.0.0.1:8000"

Url = Annotated[str, typer.Option("--url", help="Where the hub is.", envvar="PAYHUB_URL")]
Key = Annotated[str, typer.Option("--key", help="An API key or personal token.", envvar="PAYHUB_KEY")]


def submit(
    files: Annotated[list[Path], typer.Argument(help="pain.001 XML, canonical JSON or CSV.", exists=True)],
    key: Key,
    url: Url = DEFAULT_URL,
    *,
    idempotency_key: Annotated[
        str | None, typer.Option(help="For one file; without it, the digest of the content.")
    ] = None,
    erp: Annotated[list[str] | None, typer.Option(help="A key of the ERP as NAME=VALUE; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Submit files, each as one batch. Sending the same file again gives the same answer and pays nothing twice."""
    import httpx

    if idempotency_key is not None and len(files) > 1:
        typer.echo("--idempotency-key is for one file.", err=True)
        raise typer.Exit(EXIT_USAGE)
    refused = False
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, headers={"Authorization": f"Bearer {key}"}) as client:
        for file in files:
            try:
                answer = client.post(
                    "/v1/batches", content=file.read_bytes(), headers=_headers(file, idempotency_key, erp)
                )
            except httpx.HTTPError as err:
                typer.echo(f"{url} cannot be reached: {err}", err=True)
                raise typer.Exit(EXIT_REFUSED) from err
            refused |= answer.status_code >= HTTPStatus.BAD_REQUEST
            _report(file, answer.status_code, answer.json(), as_json=as_json)
    if refused:
        raise typer.Exit(EXIT_REFUSED)


def _headers(file: Path, key: str | None, erp: list[str] | None) -> dict[str, str]:
    media = MEDIA.get(file.suffix.lower())
    if media is None:
        typer.echo(f"{file}: submit takes {', '.join(MEDIA)} files.", err=True)
        raise typer.Exit(EXIT_USAGE)
    chosen = key or "file-" + hashlib.sha256(file.read_bytes()).hexdigest()
    pairs = [one.partition("=") for one in erp or ()]
    return {
        "Content-Type": media,
        "Idempotency-Key": f'"{chosen}"',
        "X-File-Name": file.name.encode("ascii", "replace").decode(),
        "X-ERP-Keys": json.dumps({name: value for name, _, value in pairs}),
    }


def _report(file: Path, status: int, body: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"file": str(file), "status": status, **body}, ensure_ascii=False))
        return
    if status < HTTPStatus.BAD_REQUEST:
        sums = ", ".join(f"{one['currency']} {one['amount']}" for one in body["totals"])
        print(f"{file}: batch {body['id']} with {body['payments']} payments, {sums}")
        return
    print(f"{file}: {body.get('detail')} ({body.get('code')})")
    for one in body.get("findings", ()):
        where = ", ".join(str(part) for part in (one["path"], one["line"] and f"line {one['line']}") if part)
        print(f"  {one['rule']}  {one['message']}{f' [{where}]' if where else ''}\n      {one['advice']}")
