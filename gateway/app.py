"""The API process: start-up only. ``payhub serve`` runs what :func:`create_app` makes."""

from functools import cache

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute, Route

from gateway import console
from gateway.api import (
    bank_side,
    batches,
    callbacks,
    channels,
    configuration,
    decisions,
    delegations,
    documents,
    events,
    evidence,
    files,
    health,
    links,
    payments,
    people,
    problems,
    recalls,
    signing,
    stopping,
    trail,
    webhooks,
)
from gateway.api.description import describe
from gateway.api.requests import Requests
from gateway.wiring import Hub

VERSION = "0.1.0"
DESCRIPTION = """Hand over payment batches, see where every payment stands, hear what the banks said.

Errors are problem documents (RFC 9457) with a stable `code` and `findings`. Lists are paged: ask `after` the `next` of
the page before. Amounts are text."""
ROUTERS = (
    batches.router,
    payments.router,
    signing.router,
    decisions.router,
    stopping.router,
    recalls.router,
    files.router,
    bank_side.router,
    callbacks.router,
    documents.router,
    events.router,
    webhooks.router,
    channels.router,
    trail.router,
    evidence.router,
    configuration.router,
    people.router,
    delegations.router,
    links.router,
)


def create_app(hub: Hub) -> FastAPI:
    """The application for one hub."""
    app = FastAPI(title="payhub", version=VERSION, description=DESCRIPTION, redirect_slashes=False)
    app.state.hub = hub
    problems.install(app)
    app.router.routes.extend(_routes())
    describe(app)
    console.mount(app, hub)
    app.add_middleware(Requests, hub=hub)
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """The routes know no hub; putting them together takes a good part of a second, once in a process."""
    made = FastAPI()
    versioned = APIRouter(prefix="/v1", responses=problems.DOCUMENTED)
    for router in ROUTERS:
        versioned.include_router(router)
    made.include_router(versioned)
    made.include_router(health.router)
    own = {route.path for route in FastAPI().routes if isinstance(route, Route)}
    return tuple(one for one in made.routes if getattr(one, "path", None) not in own)
