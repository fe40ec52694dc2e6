"""``/health`` and ``/metrics``: for those who operate the hub and for their monitoring."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from gateway.api.auth import TheHub
from gateway.api.measures import registry_of
from gateway.persistence.queries import measures

router = APIRouter(tags=["health"])


@router.get("/health/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/health/ready", responses={503: {"model": dict[str, str], "description": "It cannot do its work"}})
def ready(hub: TheHub, response: Response) -> dict[str, str]:
    """The process can do its work: the database answers and has been set up."""
    try:
        with hub.reading() as connection:
            is_set_up = measures.is_set_up(connection)
    except SQLAlchemyError:
        is_set_up = False
    if not is_set_up:
        response.status_code = 503
        return {"status": "unavailable", "database": "does not answer, or 'payhub migrate' was not run"}
    return {"status": "ok", "database": "ok"}


@router.get("/metrics", include_in_schema=False)
def metrics(hub: TheHub) -> Response:
    """Figures in the Prometheus text format."""
    return Response(generate_latest(registry_of(hub)), media_type=CONTENT_TYPE_LATEST)
