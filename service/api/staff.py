"""The staff's API: the queue, and what is done with a conversation. Every rule is in `service/desk/`."""

from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, status

from service import desk, suggesting
from service.api.access import OfficeHere, StaffHere
from service.api.problems import responses
from service.api.schemas import (
    Close,
    ConversationOut,
    Correction,
    MessageOut,
    Ownership,
    QueueList,
    StaffReply,
    Suggestion,
    Typing,
    message_out,
    queue_out,
)
from service.api.suggestion_schemas import suggestion_out
from service.domain.conversations import ConversationState, ConversationView
from service.errors import StorageUnavailable
from service.office import Office
from service.storage.columns import LARGEST_ID
from service.storage.staff import StaffMember

Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]

router = APIRouter(prefix="/api/v1", tags=["staff"], responses=responses(401, 403, 413, 422, 503))


@router.get("/queue")
def list_queue(
    office: OfficeHere,
    staff: StaffHere,
    state: Annotated[Literal["queued", "operator"] | None, Query(description="Only these; both when left out")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
) -> QueueList:
    """Who waits for a person or is with one in your departments; most urgent, then longest waiting first."""
    states = (ConversationState(state),) if state else desk.OPEN_STATES
    entries = desk.list_queue(staff, office, states=states, limit=limit, offset=offset)
    return QueueList(conversations=[queue_out(each, _title(each.intent, each.language, office)) for each in entries])


@router.get("/conversations/{conversation_id}", responses=responses(404, 422))
def read_conversation(
    conversation_id: Number,
    office: OfficeHere,
    staff: StaffHere,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
) -> ConversationOut:
    """The timeline, why the bot gave up, and ready replies to the client's last message."""
    conversation, timeline, handoff = desk.read_conversation(conversation_id, staff, office, after=after)
    return ConversationOut(
        conversation=conversation_id,
        state=conversation.state.value,
        version=conversation.version,
        language=conversation.language,
        channel=conversation.channel,
        department=conversation.department,
        priority=conversation.priority.value,
        handoff=handoff,
        messages=[message_out(message) for message in timeline],
        suggestions=_suggestions(conversation_id, staff, office),
    )


@router.post("/conversations/{conversation_id}/take", responses=responses(404, 409, 422))
def take(conversation_id: Number, office: OfficeHere, staff: StaffHere) -> Ownership:
    """Take a waiting conversation. 409 when a colleague was faster."""
    return ownership(desk.take(conversation_id, staff, office))


@router.post(
    "/conversations/{conversation_id}/reply", status_code=status.HTTP_201_CREATED, responses=responses(404, 409, 422)
)
def reply(conversation_id: Number, body: StaffReply, office: OfficeHere, staff: StaffHere) -> MessageOut:
    """Reply to the client in a conversation you hold."""
    return message_out(
        desk.reply(conversation_id, staff, office, key=str(body.id), text=body.text, attached=body.files)
    )


@router.post("/conversations/{conversation_id}/return", responses=responses(404, 409, 422))
def return_to_bot(conversation_id: Number, office: OfficeHere, staff: StaffHere) -> Ownership:
    """Let the bot lead again."""
    return ownership(desk.return_to_bot(conversation_id, staff, office))


@router.post("/conversations/{conversation_id}/close", responses=responses(404, 409, 422))
def close(conversation_id: Number, office: OfficeHere, staff: StaffHere, body: Close | None = None) -> Ownership:
    """Close the request; the client may write again at any time."""
    said = body or Close()
    return ownership(
        desk.close(
            conversation_id, staff, office, resolution=said.resolution, comment=said.comment, version=said.version
        )
    )


@router.post(
    "/conversations/{conversation_id}/correct", status_code=status.HTTP_204_NO_CONTENT, responses=responses(404, 422)
)
def correct(conversation_id: Number, body: Correction, office: OfficeHere, staff: StaffHere) -> None:
    """Say what a client's message was really about; the next model learns from it."""
    desk.correct_intent(conversation_id, body.seq, body.intent, staff, office)


@router.post(
    "/conversations/{conversation_id}/typing",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(404, 409, 422),
)
def typing(conversation_id: Number, body: Typing, office: OfficeHere, staff: StaffHere) -> None:
    """Tell the client that you are typing."""
    desk.set_typing(conversation_id, staff, office, body.on)


def ownership(conversation: ConversationView) -> Ownership:
    """Who holds the conversation, for the wire."""
    return Ownership(conversation=conversation.id or 0, state=conversation.state.value, version=conversation.version)


def _suggestions(conversation_id: int, staff: StaffMember, office: Office) -> list[Suggestion]:
    """Empty when the conversation has moved on: what is out of date is not offered."""
    offer = None
    with suppress(StorageUnavailable):  # reading goes on while nothing can be written
        offer = suggesting.current_offer(conversation_id, staff, office)
    if offer is None or offer.stale:
        return []
    return [suggestion_out(each, offer) for each in offer.suggestions]


def _title(intent: str | None, language: str, office: Office) -> str | None:
    rule = office.rules.rule(intent)
    return rule.label(language) if rule else None
