"""Where platforms send their news: one route for all of them, answered after the commit."""

import asyncio

from fastapi import APIRouter, Request, Response

from service import receiving
from service.api.access import OfficeHere
from service.api.problems import responses
from service.channels.base import WebhookRequest
from service.office import Office

router = APIRouter(prefix="/channels/v1", tags=["channels"])


@router.post("/{name}", response_class=Response, responses=responses(401, 404, 413, 422, 503))
@router.get("/{name}", response_class=Response, responses=responses(401, 404, 422, 503), include_in_schema=False)
async def receive(name: str, request: Request, office: OfficeHere) -> Response:
    """A platform's webhook. When this answers 2xx, everything in the request is stored for good.

    The body and the signature are the platform's own; `webhook` is the format for any other system.
    """
    came = WebhookRequest(
        request.method, {key.lower(): value for key, value in request.headers.items()}, dict(request.query_params),
        await request.body(),
    )  # fmt: skip
    with office.way.first():
        return await asyncio.get_running_loop().run_in_executor(request.app.state.door, _take, name, came, office)


def _take(name: str, request: WebhookRequest, office: Office) -> Response:
    answer = receiving.take(name, request, office)
    return Response(answer.body, answer.status, media_type=answer.media_type)
