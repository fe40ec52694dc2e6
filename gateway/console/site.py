"""The console as an application of its own under ``/console``: pages, errors as pages, headers on every answer."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.problems import problem
from gateway.console.pages import (
    batches,
    breaks,
    channels,
    configuration,
    cutoffs,
    decisions,
    delegations,
    documents,
    files,
    grants,
    holds,
    home,
    links,
    live,
    payments,
    people,
    recalls,
    renewal,
    resetting,
    second_factor,
    services,
    settling,
    signing,
    statements,
    stopping,
    trail,
)
from gateway.console.rendering import page
from gateway.console.sessions import PATH, SignInFirst, visitor_of
from gateway.domain.errors import HubError
from gateway.wiring import Hub

STATIC = Path(__file__).with_name("static")
STATIC_FOR_S = 3_600
PAGES = (
    signing, services, second_factor, home, batches, renewal, stopping, recalls, decisions, holds, payments, files,
    settling, cutoffs, channels, statements, breaks, documents, trail, live, people, resetting, grants, links,
    delegations, configuration,
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
SEE_OTHER = 303


def mount(app: FastAPI, hub: Hub) -> None:
    """Hangs the console into an application; ``/`` leads there."""
    app.mount(PATH, _console(hub))

    @app.get("/", include_in_schema=False)
    @app.get(PATH, include_in_schema=False)
    def to_the_console() -> Response:
        """Where people who type the bare address want to go."""
        return RedirectResponse(f"{PATH}/", SEE_OTHER)


def _console(hub: Hub) -> FastAPI:
    console = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    console.state.hub = hub
    console.mount("/static", StaticFiles(directory=STATIC))
    for each in PAGES:
        console.include_router(each.router)
    console.add_exception_handler(SignInFirst, _sign_in_first)
    console.add_exception_handler(HubError, _on_hub_error)
    console.add_exception_handler(RequestValidationError, _on_address)
    console.add_exception_handler(HTTPException, _on_http)
    console.add_exception_handler(Exception, _on_bug)
    console.add_middleware(Headers)
    return console


class Headers:
    """Puts the security headers on every answer, and says how long it may be kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        static = scope.get("path", "").startswith(f"{PATH}/static/")

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", f"max-age={STATIC_FOR_S}" if static else "no-store")
            await send(message)

        await self._app(scope, receive, told)


def _sign_in_first(_request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInFirst)
    return RedirectResponse(signing.address(error.then), SEE_OTHER)


def _shown(request: Request, status: int, title: str, detail: str, code: str) -> Response:
    hub: Hub = request.app.state.hub
    try:
        visitor = visitor_of(request, hub)
    except SignInFirst:
        visitor = None
    answer = page("error", request, hub, visitor, status=status, title=title, detail=detail, code=code)
    for name, value in HEADERS.items():
        answer.headers[name] = value
    return answer


def _on_hub_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HubError)
    said = problem(error)
    return _shown(request, said.status, said.title, said.detail, said.code)


def _on_address(request: Request, _error: Exception) -> Response:
    return _shown(
        request,
        400,
        "This address is not quite right",
        "A filter in it has a value that no page knows.",
        "page.address",
    )


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _shown(
            request, 404, "There is no such page", "The address may be mistyped, or the thing is not here.", "page.none"
        )
    return _shown(request, error.status_code, str(error.detail), "Go back and try another way.", "page.refused")


def _on_bug(request: Request, _error: Exception) -> Response:
    return _shown(
        request, 500, "Our fault", "Something went wrong on our side. Nothing was changed; load the page again.",
        "hub.error",
    )  # fmt: skip
