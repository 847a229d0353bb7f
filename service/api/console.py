"""What a console shows, over HTTP: the list, a story and card, the search. Every rule is in `service/desk/`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from service import desk
from service.api.access import OfficeHere, StaffHere
from service.api.problems import responses
from service.api.schemas import message_out
from service.api.work_schemas import NewView, SearchIn, Tags, TimelineList, TimelineOut
from service.domain.console import ClientCard, Colleague, InboxFilters, InboxPage, Snoozed, TimelineItem
from service.domain.conversations import ConversationState
from service.domain.intents import Priority
from service.domain.search import FoundPage, SavedView, Search
from service.storage.columns import LARGEST_ID

Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` (or `before`) of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]
Several = Annotated[tuple[str, ...], Query(max_length=100)]

router = APIRouter(prefix="/api/v1", tags=["staff"], responses=responses(401, 403, 404, 413, 422, 503))


@router.get("/inbox")
def inbox(
    office: OfficeHere, staff: StaffHere, after: Cursor = None, limit: Limit = 50,
    state: Annotated[tuple[ConversationState, ...], Query(max_length=4)] = (), department: Several = (),
    channel: Several = (), language: Several = (), priority: Annotated[tuple[Priority, ...], Query(max_length=3)] = (),
    tag: Several = (), operator: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    snoozed: Snoozed = Snoozed.HIDDEN,
) -> InboxPage:  # fmt: skip
    """Open conversations of your departments: most urgent first, then longest in the queue. Paged by `next`."""
    filters = InboxFilters(
        state or InboxFilters().states, department, channel, language, priority, tag, operator, snoozed
    )  # fmt: skip
    return desk.list_inbox(staff, office, filters, after=after, limit=limit)


@router.get("/conversations/{conversation_id}/timeline")
def timeline(
    conversation_id: Number, office: OfficeHere, staff: StaffHere, before: Cursor = None, limit: Limit = 50
) -> TimelineList:
    """Messages, notes and events of this client over all channels you may see; the newest first page, oldest first."""
    page = desk.read_timeline(conversation_id, staff, office, before=before, limit=limit)
    return TimelineList(items=[_item_out(item) for item in page.items], before=page.before)


@router.get("/conversations/{conversation_id}/card")
def card(conversation_id: Number, office: OfficeHere, staff: StaffHere) -> ClientCard:
    """Who the client is: channels, languages, former requests, merges."""
    return desk.client_card(conversation_id, staff, office)


@router.get("/conversations/{conversation_id}/colleagues")
def colleagues(
    conversation_id: Number, office: OfficeHere, staff: StaffHere,
    department: Annotated[str | None, Query(max_length=40)] = None,
) -> list[Colleague]:  # fmt: skip
    """Those to whom this conversation can be given."""
    return desk.colleagues(conversation_id, staff, office, department=department)


@router.get("/tags")
def tags(
    office: OfficeHere, staff: StaffHere, beginning: Annotated[str, Query(max_length=200)] = "", limit: Limit = 10
) -> Tags:
    """Tags in use that begin so, most used first."""
    return Tags(tags=desk.suggest_tags(beginning, staff, office, limit=limit))


@router.post("/search")
def search(body: SearchIn, office: OfficeHere, staff: StaffHere, after: Cursor = None, limit: Limit = 50) -> FoundPage:
    """Conversations by words (in any grammatical form) and filters, those changed last first."""
    return desk.search(staff, office, _search(body), after=after, limit=limit)


@router.get("/views")
def views(office: OfficeHere, staff: StaffHere) -> list[SavedView]:
    """Your own saved searches."""
    return desk.saved_views(staff, office)


@router.post("/views", status_code=status.HTTP_201_CREATED)
def save_view(body: NewView, office: OfficeHere, staff: StaffHere) -> SavedView:
    """Keep a search under a name; one of the same name is replaced."""
    return desk.save_view(body.name, _search(body.search), staff, office)


@router.delete("/views/{name}", status_code=status.HTTP_204_NO_CONTENT)
def forget_view(name: Annotated[str, Path(max_length=200)], office: OfficeHere, staff: StaffHere) -> None:
    """Remove one of your saved searches."""
    desk.forget_view(name, staff, office)


def _search(body: SearchIn) -> Search:
    return Search(**{name: getattr(body, name) for name in SearchIn.model_fields})


def _item_out(item: TimelineItem) -> TimelineOut:
    return TimelineOut(
        key=item.key,
        at=item.at,
        conversation=item.conversation_id,
        channel=item.channel,
        message=message_out(item.message) if item.message else None,
        understood=item.understood,
        note=item.note,
        event=item.event,
    )
