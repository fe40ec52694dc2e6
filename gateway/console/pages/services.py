"""The way to a sign-in service and back."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api import journeys
from gateway.api.auth import TheHub
from gateway.api.sign_in_services import back_address
from gateway.console.pages.signing import SEE_OTHER, door
from gateway.console.sessions import COOKIE, JOURNEY_COOKIE, PATH, keep, open_session, safe_target
from gateway.domain.errors import NotFound
from gateway.settings_sign_in import Issuer
from gateway.wiring import Hub

router = APIRouter()
UNAUTHORIZED = 401
UNAVAILABLE = 503
THEN_LENGTH_MAX = 1_000
"""A longer address does not fit into the cookie of the way; who wanted it lands on the first page."""


@router.get("/sign-in/{name}")
def go(request: Request, hub: TheHub, name: str, then: Annotated[str, Query(max_length=2_000)] = "") -> Response:
    """Sends the browser to the service; what it must bring back lies sealed in a cookie."""
    issuer = _issuer(hub, name)
    target = safe_target(then)
    target = target if len(target) <= THEN_LENGTH_MAX else f"{PATH}/"
    try:
        address, kept = journeys.begin(hub, issuer, back=back_address(hub, issuer, PATH), then=target)
    except journeys.NotLetIn as err:
        return _refused(request, hub, issuer, err)
    response = RedirectResponse(address, SEE_OTHER)
    keep(hub, response, JOURNEY_COOKIE, kept, seconds=journeys.JOURNEY_FOR_S)
    return response


@router.get("/sign-in/{name}/back")
def come_back(request: Request, hub: TheHub, name: str) -> Response:
    """Signs in whom the service sent back: a fresh session, and the end of whatever session the browser had."""
    issuer = _issuer(hub, name)
    kept = request.cookies.get(JOURNEY_COOKIE, "")
    answer = request.query_params
    once = {key: answer[key] for key in answer if len(answer.getlist(key)) == 1}
    try:
        person, then = journeys.finish(
            hub, issuer, back=back_address(hub, issuer, PATH), kept=kept, answer=once
        )  # fmt: skip
    except journeys.NotLetIn as err:
        return _refused(request, hub, issuer, err)
    response = RedirectResponse(then, SEE_OTHER)
    response.delete_cookie(JOURNEY_COOKIE, path=PATH)
    open_session(hub, person, response, replaces=request.cookies.get(COOKIE), issuer=issuer.name)
    return response


def _issuer(hub: Hub, name: str) -> Issuer:
    issuer = hub.settings.sign_in.issuers.get(name)
    if issuer is None:
        raise NotFound("There is no such sign-in service.")
    return issuer


def _refused(request: Request, hub: Hub, issuer: Issuer, error: journeys.NotLetIn) -> Response:
    hub.refuse(f"sign-in at {issuer.name}: {error.reason}")
    response = door(
        request, hub, then="", errors={"page": error.message}, status=UNAVAILABLE if error.later else UNAUTHORIZED
    )
    response.delete_cookie(JOURNEY_COOKIE, path=PATH)
    return response
