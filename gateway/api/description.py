"""The published description (OpenAPI) says what really comes: problem documents, and bytes where there are bytes."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway.api.problems import MEDIA_TYPE

VERSIONED = "/v1/"
READING = "get"
SAID_BY_FRAMEWORK = ("HTTPValidationError", "ValidationError")
"""What the framework describes and we never answer: a malformed request is a problem of ours, with status 400."""
ALWAYS = {"503": "The database does not answer; ask again in a moment"}
WRITING = {
    "409": "The state moved on", "413": "Too large", "415": "Not a kind of content we take here",
    "422": "Cannot be taken",
}  # fmt: skip
BYTES = {"/content": "application/octet-stream", "/evidence": "application/zip", "/events/stream": "text/event-stream"}
"""What answers with bytes, by the end of its path."""


def describe(app: FastAPI) -> None:
    """Replaces the application's description."""
    app.openapi = _described(app)  # type: ignore[method-assign] # the way the framework documents


def _described(app: FastAPI) -> Callable[[], dict[str, Any]]:
    def description() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _corrected(
                get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            )
        return app.openapi_schema

    return description


def _corrected(said: dict[str, Any]) -> dict[str, Any]:
    for path, operations in said["paths"].items():
        if path.startswith(VERSIONED):
            for method, operation in operations.items():
                _correct(path, operation["responses"], reads=method == READING)
    for name in SAID_BY_FRAMEWORK:
        said["components"]["schemas"].pop(name, None)
    return said


def _correct(path: str, responses: dict[str, Any], *, reads: bool) -> None:
    if SAID_BY_FRAMEWORK[0] in str(responses.get("422")):
        del responses["422"]
    for status, text in (ALWAYS | ({} if reads else WRITING)).items():
        responses.setdefault(status, {"description": text})
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, answer in responses.items():
        if status >= "400":
            answer["content"] = problem
    for ending, kind in BYTES.items():
        if path.endswith(ending):
            responses["200"]["content"] = {kind: {"schema": {"type": "string", "format": "binary"}}}
