"""The web chat's protocol: sessions, messages with idempotency keys, history by seq, live events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Header, Query, Request, Response, status
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from service import texts
from service.api.access import GateHere, OfficeHere, StreamVisitorHere, VisitorHere, address_of
from service.api.problems import responses
from service.api.schemas import (
    ButtonOut,
    Greeting,
    Link,
    MessageList,
    MessageOut,
    MessageTaken,
    NewMessage,
    NewSession,
    Seen,
    Session,
    Typing,
    UnderstoodOut,
    message_out,
)
from service.api.visitors import Visitor
from service.domain.messages import Author, InboundMessage, StoredMessage
from service.errors import InvalidInput, MessageTooLong, NotFound
from service.events import conversation_topic, identity_topic
from service.explaining import show
from service.inbox import Status, handle_message
from service.office import Office
from service.storage import conversations, messages
from service.storage.columns import LARGEST_ID
from service.typing_board import TypingBoard
from service.visits import Visit, mark_seen, read_visit

router = APIRouter(prefix="/chat/v1", tags=["web chat"], responses=responses(413, 422, 503))

SAFETY_LOOK_SECONDS = 2.0
"""Events between processes may be lost: a stream looks at the database this often anyway."""


@router.post("/sessions", status_code=status.HTTP_201_CREATED, responses=responses(422, 429))
def open_session(body: NewSession, request: Request, office: OfficeHere, gate: GateHere) -> Session:
    """Open a chat. Nothing is stored until the first message; the token is the visitor's identity."""
    office.guard.count_session(address_of(request))
    visitor, token = gate.tokens.issue(body.language)
    menu = office.wording.menu_buttons(body.language)
    greeting = Greeting(
        text=texts.text("welcome", body.language),
        buttons=[ButtonOut(text=b.text, payload=b.payload, url=b.url) for b in menu],
    )
    links = [Link(channel=name, title=name.capitalize(), url=url) for name, url in _links(office)]
    return Session(token=token, visitor=visitor.id, language=body.language, greeting=greeting, links=links)


@router.post(
    "/messages",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=MessageTaken,
    responses=responses(401, 409, 413, 422, 429, 503) | {200: {"description": "Taken before", "model": MessageTaken}},
)
async def send_message(body: NewMessage, request: Request, office: OfficeHere, visitor: VisitorHere) -> Response:
    """Take a message. When this answers, the message is stored for good and decided; the same id may be sent again."""
    # The busiest route goes to a thread once and words its answer there; FastAPI's own ways cost twice as much.
    return await asyncio.get_running_loop().run_in_executor(
        None, _take_message, body, office, visitor, address_of(request)
    )


def _take_message(body: NewMessage, office: Office, visitor: Visitor, address: str) -> Response:
    if len(body.text) > office.settings.max_message_chars:
        most = office.settings.max_message_chars
        raise MessageTooLong(
            f"the message has {len(body.text)} characters, at most {most} are read; shorten or split it"
        )
    if not body.text.strip() and not body.files:
        raise InvalidInput("text: is empty; write something")
    outcome = handle_message(
        InboundMessage(
            channel="web",
            external_id=f"{visitor.id}/{body.id}",
            client_external_id=visitor.id,
            text=body.text,
            button=body.button,
            language_hint=visitor.language,
            files=body.files,
            address=address,
        ),
        office,
    )
    sent = message_out(outcome.message).model_copy(update={"id": str(body.id)})
    taken = MessageTaken(message=sent, state=outcome.state.value)
    before = outcome.status is Status.DUPLICATE
    code = status.HTTP_200_OK if before else status.HTTP_202_ACCEPTED
    return Response(taken.model_dump_json(), code, media_type="application/json")


@router.get("/messages", responses=responses(401, 422))
def list_messages(
    office: OfficeHere,
    visitor: VisitorHere,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> MessageList:
    """The timeline after `after`; reading it marks our messages as delivered."""
    return _visit_out(read_visit(visitor.id, office, after=after, limit=limit))


@router.post("/seen", status_code=status.HTTP_204_NO_CONTENT, responses=responses(401, 422))
def seen(body: Seen, office: OfficeHere, visitor: VisitorHere) -> None:
    """The client has seen the messages up to this seq."""
    mark_seen(visitor.id, body.seq, office)


@router.post("/typing", status_code=status.HTTP_204_NO_CONTENT, responses=responses(401, 422))
def typing(body: Typing, office: OfficeHere, visitor: VisitorHere) -> None:
    """The client is typing; shown to the operator for a few seconds."""
    with office.database.read() as connection:
        conversation = conversations.find(connection, "web", visitor.id, office.kind_of("web"))
    if conversation is not None and conversation.id is not None:
        office.typing.set(conversation.id, Author.CLIENT.value, body.on)


@router.get("/explain", responses=responses(401, 404))
def explain(office: OfficeHere, visitor: VisitorHere, seq: Annotated[int, Query(ge=1, le=LARGEST_ID)]) -> UnderstoodOut:
    """What was understood of one's own message; only where the owner allows it (OTKLIK_EXPLAIN, demos)."""
    if not office.settings.explain:
        raise NotFound("explanations are switched off; set OTKLIK_EXPLAIN=true for a demo")
    with office.database.read() as connection:
        conversation = conversations.find(connection, "web", visitor.id, office.kind_of("web"))
        message = messages.get_by_seq(connection, conversation.id or 0, seq) if conversation else None
    if conversation is None or message is None or not message.understanding:
        raise NotFound(f"there is no message {seq} of the client")
    shown = show(message.understanding, message.decision or {}, office.rules, conversation.language)
    return UnderstoodOut.model_validate(shown)


@router.get("/events", response_class=EventSourceResponse, responses=responses(401))
async def events(
    request: Request,
    office: OfficeHere,
    visitor: StreamVisitorHere,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Live: `message` (id = seq), `state` of one's own messages, `typing`, `conversation`. Resumes by Last-Event-ID."""
    if last_event_id and last_event_id.isdecimal() and int(last_event_id) <= LARGEST_ID:
        after = int(last_event_id)
    stream = _Stream(visitor.id, after, office.typing, office)
    while not await request.is_disconnected() and not request.app.state.closing.is_set():
        with office.events.watch(stream.topic) as watcher:
            watched = stream.topic
            for event in await run_in_threadpool(stream.look):
                yield event
            if stream.topic == watched:  # otherwise the conversation has just begun: watch that one
                await watcher.wait(SAFETY_LOOK_SECONDS)


class _Stream:
    """What one open stream has told already, and what is new."""

    def __init__(self, visitor: str, after: int, board: TypingBoard, office: Office) -> None:
        self._visitor, self._after, self._board, self._office = visitor, after, board, office
        self._told: dict[str, Any] = {}
        self.topic = identity_topic("web", visitor)

    def look(self) -> list[ServerSentEvent]:
        """The events since the last look."""
        visit = read_visit(self._visitor, self._office, after=self._after)
        found: list[ServerSentEvent] = []
        if visit.conversation is None or visit.conversation.id is None:
            return found
        self.topic = conversation_topic(visit.conversation.id)
        for message in visit.messages:
            self._after = message.seq
            data = _wire(message).model_dump(mode="json")
            found.append(ServerSentEvent(event="message", id=str(message.seq), data=data))
        found += self._news_of_states(visit)
        operator = self._board.is_typing(visit.conversation.id, Author.OPERATOR.value)
        who = "operator" if operator else "bot"
        found += self._if_new("typing", {"author": who, "on": operator or visit.bot_is_typing})
        return found + self._if_new("conversation", {"state": visit.state.value, "position": visit.position})

    def _news_of_states(self, visit: Visit) -> list[ServerSentEvent]:
        found = []
        with self._office.database.read() as connection:
            marks = conversations.marks(connection, visit.conversation.id or 0) if visit.conversation else None
        if marks is not None and marks.staff_seen != self._told.get("staff_seen"):
            self._told["staff_seen"] = marks.staff_seen
            if marks.staff_seen:
                found.append(ServerSentEvent(event="state", data={"seq": marks.staff_seen, "state": "seen"}))
        return found

    def _if_new(self, event: str, data: dict[str, Any]) -> list[ServerSentEvent]:
        if self._told.get(event) == data or (event not in self._told and data.get("on") is False):
            return []
        self._told[event] = data
        return [ServerSentEvent(event=event, data=data)]


def _visit_out(visit: Visit) -> MessageList:
    return MessageList(messages=[_wire(m) for m in visit.messages], typing=visit.bot_is_typing, state=visit.state.value)


def _wire(message: StoredMessage) -> MessageOut:
    sent = message_out(message)
    if message.author is Author.CLIENT:  # the client knows its message by the id it made
        return sent.model_copy(update={"id": sent.id.rpartition("/")[2]})
    return sent


def _links(office: Office) -> list[tuple[str, str]]:
    """The owner's messenger links, without any that a browser should not follow."""
    links = office.settings.links.items()
    return [(name, url) for name, url in links if urlsplit(url).scheme in ("https", "http", "tg", "viber")]
