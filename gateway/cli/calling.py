"""Commands that decide something call the API with a person's token, so that the trail names the person."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.hub import EXIT_REFUSED

if TYPE_CHECKING:
    import httpx

Token = Annotated[str, typer.Option("--token", help="Your personal token.", envvar="PAYHUB_TOKEN")]
TIMEOUT_S = 60


def call(url: str, token: str, method: str, path: str, body: Any = None, code: str | None = None) -> dict[str, Any]:
    """The JSON answer; a refusal ends the command with its words."""
    found: dict[str, Any] = answered(url, token, method, path, body, code).json()
    return found


def answered(
    url: str, token: str, method: str, path: str, body: Any = None, code: str | None = None
) -> "httpx.Response":
    """The whole answer; a refusal ends the command with its words."""
    import httpx

    headers = {"Authorization": f"Bearer {token}"} | ({} if code is None else {"X-Second-Factor": code})
    try:
        answer = httpx.request(method, url + path, json=body, timeout=TIMEOUT_S, headers=headers)
    except httpx.HTTPError as err:
        typer.echo(f"{url} cannot be reached: {err}", err=True)
        raise typer.Exit(EXIT_REFUSED) from err
    if answer.is_error:
        said = answer.json()
        typer.echo(f"{said.get('detail')} ({said.get('code')})", err=True)
        raise typer.Exit(EXIT_REFUSED)
    return answer
