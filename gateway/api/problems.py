"""Errors as RFC 9457 problem documents: a stable ``code`` for programs, sentences and findings for people."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from formats.findings import Finding
from gateway.domain import errors

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
"""What a caller is told to wait before asking again: its request is in flight, or the database is away."""
AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""What SQLAlchemy raises when the database cannot be reached, went away in the middle, or hangs."""
log = structlog.get_logger()


class Unauthenticated(errors.HubError):
    """No key or token, or one that is not known."""

    code = "request.unauthenticated"


class BadRequest(errors.HubError):
    """The request itself is malformed: a header, a cursor, a query."""

    code = "request.malformed"


class UnsupportedMedia(errors.HubError):
    """The content type or encoding is not one this door takes."""

    code = "request.media_type"


STATUS: tuple[tuple[type[errors.HubError], int, str], ...] = (
    (Unauthenticated, 401, "Who is asking?"),
    (errors.Forbidden, 403, "Not allowed"),
    (errors.NotFound, 404, "Not found"),
    (errors.TooLarge, 413, "Too large"),
    (UnsupportedMedia, 415, "Not a kind of content we take here"),
    (BadRequest, 400, "Malformed request"),
    (errors.KeyReused, 422, "Key used for another request"),
    (errors.Busy, 409, "Still being worked on"),
    (errors.Unacceptable, 422, "Cannot be taken"),
    (errors.Conflict, 409, "The state moved on"),
    (errors.Misconfigured, 503, "An operator must complete the configuration"),
)
"""HTTP status by kind of error; the first that fits counts."""


class FindingView(BaseModel):
    """One thing that is wrong, where, and what to do about it."""

    rule: str
    severity: str
    message: str
    advice: str = ""
    path: str | None = None
    line: int | None = None
    payment: int | None = None


class Problem(BaseModel):
    """A problem document (RFC 9457). ``code`` is stable, ``detail`` is for the person who must act."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    findings: list[FindingView] = []


class Refusal(JSONResponse):
    """A problem as a response."""

    media_type = MEDIA_TYPE


def finding_view(one: Finding) -> FindingView:
    """A finding as the API shows it."""
    return FindingView(
        rule=one.rule, severity=one.severity.value, message=one.message, advice=one.advice, path=one.path,
        line=one.line, payment=one.payment,
    )  # fmt: skip


def problem(error: errors.HubError) -> Problem:
    """The problem document of an error of ours; what is not in ``STATUS`` is our own fault (500)."""
    status, title = next(((code, text) for kind, code, text in STATUS if isinstance(error, kind)), (500, "Our fault"))
    return Problem(
        type=f"urn:payhub:problem:{error.code}", title=title, status=status, detail=error.message, code=error.code,
        findings=[finding_view(one) for one in error.findings],
    )  # fmt: skip


def refusal(error: errors.HubError) -> Response:
    """The response to an error of ours."""
    shown = problem(error)
    return Refusal(shown.model_dump(), status_code=shown.status, headers=_headers(error))


def _headers(error: errors.HubError) -> Mapping[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="payhub"'}
    if isinstance(error, errors.Busy):
        return {"Retry-After": str(RETRY_AFTER_S)}
    return {}


def _plain(status: int, code: str, title: str, detail: str, findings: Sequence[FindingView] = ()) -> Response:
    shown = Problem(
        type=f"urn:payhub:problem:{code}", title=title, status=status, detail=detail, code=code,
        findings=list(findings),
    )  # fmt: skip
    return Refusal(jsonable_encoder(shown), status_code=status)


def _on_hub_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.HubError)
    return refusal(error)


def _on_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [
        FindingView(
            rule="API-001", severity="BLOCK", message=str(one["msg"]), advice="See /openapi.json.",
            path="/".join(str(part) for part in one["loc"]),
        )
        for one in error.errors()
    ]  # fmt: skip
    return _plain(400, "request.malformed", "Malformed request", "The request does not have the right shape.", found)


def _on_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "request.not_found", 405: "request.method"}.get(error.status_code, f"http.{error.status_code}")
    shown = _plain(error.status_code, code, str(error.detail), str(error.detail))
    shown.headers.update(error.headers or {})
    return shown


def _on_data(_request: Request, _error: Exception) -> Response:
    return _plain(400, "request.malformed", "Malformed request", "It holds characters that nothing of ours can hold.")


def _on_database_away(_request: Request, error: Exception) -> Response:
    log.error("database.away", error=repr(error))
    shown = _plain(
        503, "database.away", "The database does not answer",
        "Whether the request was carried out is not known. Ask again in a moment; an Idempotency-Key keeps you safe.",
    )  # fmt: skip
    shown.headers["Retry-After"] = str(RETRY_AFTER_S)
    return shown


def _on_bug(_request: Request, _error: Exception) -> Response:
    shown = _plain(500, "hub.error", "Our fault", "Something went wrong on our side. Ask again; a key keeps you safe.")
    shown.headers["Connection"] = "close"  # the server closes the line after an error that reached it; say so
    return shown


def install(app: FastAPI) -> None:
    """Makes every error of an application a problem document."""
    app.add_exception_handler(errors.HubError, _on_hub_error)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(DataError, _on_data)
    for kind in AWAY:
        app.add_exception_handler(kind, _on_database_away)
    app.add_exception_handler(Exception, _on_bug)


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "content": {MEDIA_TYPE: {}}, "description": text}
    for code, text in ((400, "Malformed"), (401, "Unknown caller"), (403, "Not allowed"), (404, "Not found"))
}
"""What every route may answer, for the published description."""
