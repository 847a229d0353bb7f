"""Suggestions and canned replies over HTTP. Every rule is in `service/suggesting` and `service/canned.py`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from service import canned, suggesting
from service.api.access import OfficeHere, StaffHere
from service.api.problems import responses
from service.api.schemas import MessageOut, message_out
from service.api.suggestion_schemas import (
    Accept,
    CannedList,
    CannedOut,
    ChangedCanned,
    Edit,
    NewCanned,
    OfferOut,
    Reject,
    SuggestionList,
    canned_out,
    offer_out,
    suggestion_out,
)
from service.storage.columns import LARGEST_ID

Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]

router = APIRouter(prefix="/api/v1", tags=["suggestions"], responses=responses(401, 403, 413, 422, 503))


@router.get("/conversations/{conversation_id}/suggestions", responses=responses(404))
def current_offer(conversation_id: Number, office: OfficeHere, staff: StaffHere) -> OfferOut | None:
    """What may be said to the client's last message, best first; null when there is nothing to answer."""
    offer = suggesting.current_offer(conversation_id, staff, office)
    return offer_out(offer) if offer is not None else None


@router.get("/conversations/{conversation_id}/replies", responses=responses(404))
def search_replies(
    conversation_id: Number,
    office: OfficeHere,
    staff: StaffHere,
    q: Annotated[str, Query(max_length=1000, description="Words, or the beginning of a shortcut", examples=["/bal"])],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> SuggestionList:
    """Search articles, canned replies and colleagues' replies while typing."""
    found = suggesting.search_replies(q, conversation_id, staff, office, limit)
    return SuggestionList(suggestions=[suggestion_out(each, None) for each in found])


@router.post("/offers/{offer_id}/accept", status_code=status.HTTP_201_CREATED, responses=responses(404, 409))
def accept(offer_id: Number, body: Accept, office: OfficeHere, staff: StaffHere) -> MessageOut:
    """Send a suggestion as it is. 409 when the conversation has moved on or the article was withdrawn."""
    sent = suggesting.accept(offer_id, body.rank, staff, office, key=str(body.id), seconds=body.seconds)
    return message_out(sent)


@router.post("/offers/{offer_id}/edit", status_code=status.HTTP_201_CREATED, responses=responses(404, 409))
def edit(offer_id: Number, body: Edit, office: OfficeHere, staff: StaffHere) -> MessageOut:
    """Send a changed suggestion; how much was changed is stored."""
    sent = suggesting.edit(offer_id, body.rank, body.text, staff, office, key=str(body.id), seconds=body.seconds)
    return message_out(sent)


@router.post("/offers/{offer_id}/reject", status_code=status.HTTP_204_NO_CONTENT, responses=responses(404))
def reject(offer_id: Number, body: Reject, office: OfficeHere, staff: StaffHere) -> None:
    """Say why a suggestion is no good."""
    suggesting.reject(offer_id, body.rank, body.reason.value, staff, office, comment=body.comment, seconds=body.seconds)


@router.get("/canned")
def list_canned(office: OfficeHere, staff: StaffHere) -> CannedList:
    """Everybody's canned replies in your departments, and your own."""
    return CannedList(canned=[canned_out(each) for each in canned.list_canned(staff, office)])


@router.post("/canned", status_code=status.HTTP_201_CREATED, responses=responses(409))
def add_canned(body: NewCanned, office: OfficeHere, staff: StaffHere) -> CannedOut:
    """Write a canned reply: your own, or everybody's if you are a supervisor."""
    return canned_out(canned.add_canned(staff, office, **body.model_dump()))


@router.put("/canned/{canned_id}", responses=responses(404, 409))
def change_canned(canned_id: Number, body: ChangedCanned, office: OfficeHere, staff: StaffHere) -> CannedOut:
    """Write a canned reply anew. 409 when it was changed since you read it."""
    return canned_out(canned.change_canned(canned_id, staff, office, **body.model_dump()))


@router.delete("/canned/{canned_id}", status_code=status.HTTP_204_NO_CONTENT, responses=responses(404))
def remove_canned(canned_id: Number, office: OfficeHere, staff: StaffHere) -> None:
    """Delete a canned reply."""
    canned.remove_canned(canned_id, staff, office)
