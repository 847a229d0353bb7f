"""What staff do with a conversation, over HTTP. Every rule is in `service/desk/`."""

from typing import Annotated

from fastapi import APIRouter, Path, status

from service import desk
from service.api.access import OfficeHere, StaffHere
from service.api.problems import responses
from service.api.schemas import Ownership
from service.api.staff import ownership
from service.api.work_schemas import AsRead, Merge, NewNote, NewTag, Snooze, Tags, Transfer, UndoCorrection
from service.domain.console import ClientMerge, StaffNote
from service.storage.columns import LARGEST_ID

Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]
CONVERSATION = "/conversations/{conversation_id}"

router = APIRouter(prefix="/api/v1", tags=["staff"], responses=responses(401, 403, 404, 409, 413, 422, 503))


@router.post(f"{CONVERSATION}/transfer")
def transfer(conversation_id: Number, body: Transfer, office: OfficeHere, staff: StaffHere) -> Ownership:
    """Pass the conversation to a department (its place is kept) or to a person. 409 when a colleague was faster."""
    return ownership(
        desk.transfer(
            conversation_id, staff, office, department=body.department, person=body.person, note=body.note,
            version=body.version,
        )
    )  # fmt: skip


@router.post(f"{CONVERSATION}/release")
def release(conversation_id: Number, office: OfficeHere, staff: StaffHere, body: AsRead | None = None) -> Ownership:
    """Put the conversation back into the queue at its old place."""
    return ownership(desk.release(conversation_id, staff, office, version=body.version if body else None))


@router.post(f"{CONVERSATION}/reopen")
def reopen(conversation_id: Number, office: OfficeHere, staff: StaffHere, body: AsRead | None = None) -> Ownership:
    """Take up a closed conversation again, or one that went back to the bot."""
    return ownership(desk.reopen(conversation_id, staff, office, version=body.version if body else None))


@router.post(f"{CONVERSATION}/snooze")
def snooze(conversation_id: Number, body: Snooze, office: OfficeHere, staff: StaffHere) -> Ownership:
    """Put the conversation aside until a time, or until the client writes."""
    return ownership(desk.snooze(conversation_id, staff, office, until=body.until, version=body.version))


@router.post(f"{CONVERSATION}/wake")
def wake(conversation_id: Number, office: OfficeHere, staff: StaffHere) -> Ownership:
    """Bring a snoozed conversation back now."""
    return ownership(desk.wake(conversation_id, staff, office))


@router.post(f"{CONVERSATION}/notes", status_code=status.HTTP_201_CREATED)
def note(conversation_id: Number, body: NewNote, office: OfficeHere, staff: StaffHere) -> StaffNote:
    """Leave a remark for colleagues; clients never see it."""
    return desk.note(conversation_id, staff, office, key=str(body.id), text=body.text)


@router.post(f"{CONVERSATION}/tags")
def add_tag(conversation_id: Number, body: NewTag, office: OfficeHere, staff: StaffHere) -> Tags:
    """Put a tag on; one that is there already changes nothing."""
    return Tags(tags=list(desk.add_tag(conversation_id, body.tag, staff, office)))


@router.delete(f"{CONVERSATION}/tags/{{tag}}")
def remove_tag(
    conversation_id: Number, tag: Annotated[str, Path(max_length=200)], office: OfficeHere, staff: StaffHere
) -> Tags:
    """Take a tag off."""
    return Tags(tags=list(desk.remove_tag(conversation_id, tag, staff, office)))


@router.post(f"{CONVERSATION}/correct/undo", status_code=status.HTTP_204_NO_CONTENT)
def undo_correction(conversation_id: Number, body: UndoCorrection, office: OfficeHere, staff: StaffHere) -> None:
    """Take back what was said about a message."""
    desk.undo_correction(conversation_id, body.seq, staff, office)


@router.post(f"{CONVERSATION}/merge", status_code=status.HTTP_201_CREATED)
def merge(conversation_id: Number, body: Merge, office: OfficeHere, staff: StaffHere) -> ClientMerge:
    """Say that another conversation's client is the same person; their timelines become one."""
    return desk.merge_clients(conversation_id, body.other, staff, office, reason=body.reason)


@router.post("/merges/{merge_id}/undo")
def undo_merge(merge_id: Number, office: OfficeHere, staff: StaffHere) -> ClientMerge:
    """Separate two clients again."""
    return desk.undo_merge(merge_id, staff, office)
