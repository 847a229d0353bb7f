"""A client's data over HTTP, for the bank's own system of requests: what is held, handed out, erased."""

import tempfile
from collections.abc import Iterator
from typing import IO, Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from service import privacy
from service.api.access import OfficeHere, StaffHere
from service.api.problems import responses
from service.api.schemas import Wire
from service.storage.columns import LARGEST_ID

Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]
IN_MEMORY, CHUNK = 2**20, 2**16
_ZIP: dict[int | str, dict[str, object]] = {
    200: {"description": "All that is held", "content": {"application/zip": {"schema": {"type": "string"}}}}
}

router = APIRouter(prefix="/api/v1/privacy", tags=["privacy"], responses=responses(401, 403, 404, 413, 422, 503))


class DossierOut(Wire):
    """What is held about a client: rows by table, how many files."""

    client_id: int
    name: str | None
    identities: list[str]
    rows: dict[str, int]
    files: int


class ErasedOut(Wire):
    """What was erased: rows by table, how many files."""

    client_id: int
    rows: dict[str, int]
    files: int


@router.get("/clients")
def find_client(
    office: OfficeHere, staff: StaffHere, named: Annotated[str, Query(max_length=300, examples=["web/4f1c"])]
) -> DossierOut:
    """Who is meant by a client's number or by channel/identity, and what is held; for administrators."""
    found = privacy.find_client(named, staff, office)
    return DossierOut(
        client_id=found.client_id, name=found.name, identities=["/".join(each) for each in found.identities],
        rows=dict(found.rows), files=found.files,
    )  # fmt: skip


@router.get("/clients/{client_id}/export", response_class=StreamingResponse, responses=_ZIP)
def export_client(client_id: Number, office: OfficeHere, staff: StaffHere) -> StreamingResponse:
    """All that is held about a client, as a ZIP: data.json, messages.txt, files."""
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed when the answer was sent
    try:
        privacy.export_client(client_id, staff, office, target)
    except BaseException:
        target.close()
        raise
    name = f'attachment; filename="client-{client_id}.zip"'
    return StreamingResponse(_read(target), media_type="application/zip", headers={"Content-Disposition": name})


@router.post("/clients/{client_id}/erase")
def erase_client(client_id: Number, office: OfficeHere, staff: StaffHere) -> ErasedOut:
    """Erase all that is held about a client, for good."""
    erased = privacy.erase_client(client_id, staff, office)
    return ErasedOut(client_id=erased.client_id, rows=dict(erased.rows), files=erased.files)


def _read(target: IO[bytes]) -> Iterator[bytes]:
    with target:
        target.seek(0)
        while chunk := target.read(CHUNK):
            yield chunk
