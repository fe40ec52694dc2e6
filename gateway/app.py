"""The API process: start-up only. ``payhub serve`` runs what :func:`create_app` makes."""

from fastapi import APIRouter, FastAPI

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
)


def create_app(hub: Hub) -> FastAPI:
    """The application for one hub."""
    app = FastAPI(title="payhub", version=VERSION, description=DESCRIPTION, redirect_slashes=False)
    app.state.hub = hub
    problems.install(app)
    versioned = APIRouter(prefix="/v1", responses=problems.DOCUMENTED)
    for router in ROUTERS:
        versioned.include_router(router)
    app.include_router(versioned)
    app.include_router(health.router)
    describe(app)
    console.mount(app, hub)
    app.add_middleware(Requests, hub=hub)
    return app
