"""Files over HTTP: uploaded as multipart, given back as attachments that no browser runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Path, Query, Request, status
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from starlette.datastructures import UploadFile

from service import desk, filing
from service.api.access import OfficeHere, StaffHere, StreamVisitorHere, VisitorHere, address_of
from service.api.problems import responses
from service.api.schemas import FileOut, file_out
from service.domain.conversations import ChannelKind
from service.domain.suspicion import Sender, identity_key
from service.errors import InvalidInput
from service.filing import FileOnDisk
from service.storage.columns import LARGEST_ID

client_router = APIRouter(prefix="/chat/v1", tags=["web chat"], responses=responses(401, 413, 422, 503))
staff_router = APIRouter(prefix="/api/v1", tags=["staff"], responses=responses(401, 403, 413, 422, 503))

Key = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="The key of the file")]
Inline = Annotated[bool, Query(description="Show a picture in the page instead of saving it")]
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary", "examples": ["чек.pdf"]}},
                }
            }
        },
    }
}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The content", "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
}


@client_router.post(
    "/files", status_code=status.HTTP_201_CREATED, openapi_extra=_FORM, responses=responses(401, 413, 422, 429, 503)
)
async def upload(request: Request, office: OfficeHere, visitor: VisitorHere) -> FileOut:
    """Upload a picture or document; then send a message that names its key. Unsent files are deleted after a day."""
    sender = Sender("web", identity_key("web", visitor.id), address_of(request))
    await run_in_threadpool(office.guard.admit, sender, ChannelKind.WEB, office.clock())
    async with _uploaded(request) as (name, content):
        return file_out(await run_in_threadpool(filing.receive_from_client, name, content, "web", visitor.id, office))


@client_router.get("/files/{key}", response_class=FileResponse, responses=responses(404, 422) | _CONTENT)
def download(key: Key, office: OfficeHere, visitor: StreamVisitorHere, inline: Inline = False) -> FileResponse:
    """A file you sent or were sent. As an attachment, unless it is a picture and `inline` is asked for."""
    return _send(filing.read_own(key, "web", visitor.id, office), inline)


@staff_router.post(
    "/conversations/{conversation_id}/files",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=_FORM,
    responses=responses(404, 409, 413, 422),
)
async def attach(
    conversation_id: Annotated[int, Path(ge=1, le=LARGEST_ID)], request: Request, office: OfficeHere, staff: StaffHere
) -> FileOut:
    """Upload a file for a reply in a conversation you hold; then reply with its key."""
    async with _uploaded(request) as (name, content):

        def keep() -> FileOut:
            return file_out(desk.attach_file(conversation_id, staff, office, name=name, content=content))

        return await run_in_threadpool(keep)


@staff_router.get("/files/{key}", response_class=FileResponse, responses=responses(404, 422) | _CONTENT)
def read(key: Key, office: OfficeHere, staff: StaffHere, inline: Inline = False) -> FileResponse:
    """A file of a conversation you may see. As an attachment, unless it is a picture and `inline` is asked for."""
    return _send(desk.read_file(key, staff, office), inline)


@asynccontextmanager
async def _uploaded(request: Request) -> AsyncIterator[tuple[str, BinaryIO]]:
    """Name and content of the one file in the form. Read after the caller is known, not before."""
    async with request.form(max_files=1, max_fields=4) as form:
        part = form.get("file")
        if not isinstance(part, UploadFile):
            raise InvalidInput("file: send one file as multipart/form-data in the field «file»")
        yield part.filename or "", part.file


def _send(found: FileOnDisk, inline: bool) -> FileResponse:
    shown = inline and found.file.may_be_shown
    return FileResponse(
        found.path,
        media_type=found.file.media_type if shown else "application/octet-stream",
        filename=found.file.name,
        content_disposition_type="inline" if shown else "attachment",
        headers={
            "X-Content-Type-Options": "nosniff",
            # Whatever a browser makes of it: no scripts, no frames, no origin.
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "private, max-age=3600",
        },
    )
