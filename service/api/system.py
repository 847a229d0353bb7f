"""Understanding a text without a conversation, health and metrics."""

from time import perf_counter

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.api.access import OfficeHere, StaffHere
from service.api.problems import responses
from service.api.schemas import TextIn, UnderstoodOut
from service.channel_book import Condition
from service.errors import MessageTooLong, SupportError
from service.explaining import explain
from service.office import Office
from service.understanding import Context

understand_router = APIRouter(prefix="/api/v1", tags=["understanding"])
health_router = APIRouter(tags=["health"])


@understand_router.post("/understand", responses=responses(401, 413, 422, 503))
def understand(body: TextIn, office: OfficeHere, _staff: StaffHere) -> UnderstoodOut:
    """What the service understands of a text and would do about it; nothing is stored."""
    if len(body.text) > office.settings.max_message_chars:
        raise MessageTooLong(f"the text has {len(body.text)} characters, at most {office.settings.max_message_chars}")
    started = perf_counter()
    now = office.clock()
    understanding = office.reader.understand(body.text, Context(language=body.language), now)
    shown = explain(body.text, understanding, office.rules, now, body.language)
    return UnderstoodOut.model_validate(shown | {"ms": round((perf_counter() - started) * 1000, 2)})


@health_router.get("/health/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@health_router.get("/health/ready", responses={503: {"description": "Clients can't be served now; says why"}})
def ready(office: OfficeHere) -> JSONResponse:
    """Clients can be served: 200 with what is degraded, 503 when the database can't be written."""
    parts = {
        "model": "ok" if office.reader.bundle is not None else f"missing: {office.reader.problem}",
        "readers": office.reader.trouble or "ok",
        "knowledge": "ok" if office.knowledge.size else "empty: run otklik knowledge import",
        "database": "ok",
        "channels": _stopped(office),
        "bank": (office.back_office.trouble if office.back_office else "") or "ok",
    }
    try:
        with office.database.write():
            pass
    except SupportError as error:
        parts["database"] = error.detail
        return JSONResponse({"status": "unavailable"} | parts, 503)
    degraded = any(part != "ok" for part in parts.values())
    return JSONResponse({"status": "degraded" if degraded else "ok"} | parts)


def _stopped(office: Office) -> str:
    stopped = [each for each in office.channels.connectors() if each.condition is Condition.STOPPED]
    return "; ".join(f"{each.channel.name} has stopped: {each.kept.trouble}" for each in stopped) or "ok"


@health_router.get("/metrics", include_in_schema=False)
def metrics(office: OfficeHere) -> Response:
    """Counters for Prometheus."""
    return Response(generate_latest(office.metrics.registry), media_type=CONTENT_TYPE_LATEST)
