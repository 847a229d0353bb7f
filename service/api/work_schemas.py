"""What staff send to work with a conversation, with examples."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from service.api.schemas import MessageOut, Wire
from service.domain.console import StaffNote, TimelineEvent, Understood
from service.domain.conversations import ConversationState
from service.storage.columns import LARGEST_ID

Version = Annotated[
    int | None, Field(ge=0, le=LARGEST_ID, description="Only if nothing has changed since", examples=[7])
]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class AsRead(Wire):
    """The version of the conversation that the caller looks at."""

    version: Version = None


class Transfer(AsRead):
    """Where the conversation goes: a department, a person, or both."""

    department: str | None = Field(None, max_length=40, examples=["loans"])
    person: Id | None = Field(None, examples=[3])
    note: str = Field("", examples=["Просит отсрочку, договор уже проверил"])


class Snooze(AsRead):
    """Until when the conversation is put aside."""

    until: AwareDatetime = Field(examples=["2026-11-21T09:00:00+03:00"])


class NewNote(Wire):
    """A remark for colleagues; `id` makes sending it again harmless."""

    id: UUID = Field(examples=["1b7f6a1e-52b7-4f55-8b8e-0f3f6a1e52b7"])
    text: str = Field(examples=["Клиент волнуется, лучше позвонить"])


class NewTag(Wire):
    """A tag as it was typed; it is kept in its one spelling."""

    tag: str = Field(examples=["повторный звонок"])


class Tags(Wire):
    """Tags in alphabetical order."""

    tags: list[str] = Field(examples=[["vip", "повторный-звонок"]])


class Merge(Wire):
    """The other conversation of the same person, and how one knows."""

    other: Id = Field(examples=[18])
    reason: str = Field(examples=["Назвал номер того же договора"])


class UndoCorrection(Wire):
    """The client's message whose label is taken back."""

    seq: Annotated[int, Field(ge=1, le=LARGEST_ID, examples=[2])]


class SearchIn(Wire):
    """All conditions hold together; those left out don't matter."""

    text: str = Field("", examples=["перевод не дошёл"])
    departments: tuple[str, ...] = Field((), examples=[["payments"]])
    channels: tuple[str, ...] = Field((), examples=[["web"]])
    states: tuple[ConversationState, ...] = Field((), examples=[["closed"]])
    intents: tuple[str, ...] = Field((), examples=[["transfer_not_received"]])
    tags: tuple[str, ...] = Field((), examples=[["vip"]])
    operator_id: Id | None = Field(None, examples=[3])
    since: AwareDatetime | None = Field(None, examples=["2026-11-01T00:00:00+03:00"])
    until: AwareDatetime | None = Field(None, examples=["2026-12-01T00:00:00+03:00"])


class NewView(Wire):
    """A search to keep under a name."""

    name: str = Field(examples=["Закрытые переводы"])
    search: SearchIn = Field(examples=[{"text": "перевод", "states": ["closed"]}])


class TimelineOut(Wire):
    """One thing of the timeline: a message (with what was understood of it), a note, or an event."""

    key: str = Field(examples=["2026-11-20T12:00:00+00:00~17~1~0~33"])
    at: datetime
    conversation: int
    channel: str
    message: MessageOut | None = None
    understood: Understood | None = None
    note: StaffNote | None = None
    event: TimelineEvent | None = None


class TimelineList(Wire):
    """A stretch of the timeline, oldest first; `before` asks for what came before it."""

    items: list[TimelineOut]
    before: str | None
