"""What goes over the wire, with examples; the OpenAPI document is made from it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from service.domain.files import AttachedFile
from service.domain.messages import StoredMessage
from service.domain.resolutions import Resolution
from service.storage.columns import LARGEST_ID
from service.storage.queue import QueueEntry


class Wire(BaseModel):
    """Base of all schemas: unknown fields are refused, so that a typo is noticed."""

    model_config = ConfigDict(extra="forbid")


class NewSession(Wire):
    """A chat is opened on a page."""

    language: Literal["ru", "en"] = Field("ru", examples=["ru"])
    page: str | None = Field(None, max_length=2000, examples=["https://bank.example/cards"])


class ButtonOut(Wire):
    """A next step: pressing it sends its payload, or opens its url."""

    text: str = Field(examples=["Позвать специалиста"])
    payload: str | None = Field(None, examples=["command:operator"])
    url: str | None = None


class Greeting(Wire):
    """What the chat shows before the first message; it is not part of the timeline."""

    text: str
    buttons: list[ButtonOut] = []


class Link(Wire):
    """A messenger in which the bank can be written to as well."""

    channel: str = Field(examples=["telegram"])
    title: str = Field(examples=["Telegram"])
    url: str = Field(examples=["https://t.me/bank"])


class Session(Wire):
    """A visitor's chat: the token goes into «Authorization: Bearer» of every further call."""

    token: str = Field(examples=["WyJ5d1...Ikw.aQ"])
    visitor: str = Field(examples=["ywX2f0c1mV"])
    language: str = Field(examples=["ru"])
    greeting: Greeting
    links: list[Link] = []


FILE_KEY = "3f9c1d0b6a5e4d7c8b9a0f1e2d3c4b5a"
FileKey = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
FileKeys = Annotated[tuple[FileKey, ...], Field(max_length=5)]


class FileOut(Wire):
    """A file of a message; its content is at `/chat/v1/files/KEY`, for staff at `/api/v1/files/KEY`."""

    key: str = Field(examples=[FILE_KEY])
    name: str = Field(examples=["чек об оплате.pdf"])
    type: str = Field(examples=["application/pdf"])
    size: int = Field(description="Bytes", examples=[48213])
    picture: bool = Field(description="Whether a browser may show it in the page")


class NewMessage(Wire):
    """A client's message. `id` is made by the client and makes sending it again harmless."""

    id: UUID = Field(examples=["6f0c2a52-0a4e-4a45-9f4e-9c1d0f3c2b11"])
    text: str = Field("", examples=["Карта не проходит в магазине, что делать?"])
    button: str | None = Field(None, max_length=64, examples=["intent:card_declined"])
    files: FileKeys = Field((), description="Keys of files uploaded before", examples=[[FILE_KEY]])


class ArticleRef(Wire):
    """The article of the knowledge base behind an answer."""

    id: str
    title: str


class MessageOut(Wire):
    """One message of the timeline; `seq` counts from 1 without gaps."""

    seq: int = Field(examples=[2])
    id: str
    author: Literal["client", "bot", "operator", "system"]
    text: str
    buttons: list[ButtonOut] = []
    article: ArticleRef | None = None
    state: str | None = Field(None, examples=["delivered"])
    name: str | None = Field(None, description="The operator's name")
    files: list[FileOut] = []
    at: datetime


class MessageTaken(Wire):
    """The message is stored for good; `state` is who holds the conversation now."""

    message: MessageOut
    state: str = Field(examples=["bot"])


class MessageList(Wire):
    """The messages after the asked seq, in order."""

    messages: list[MessageOut]
    typing: bool = False
    state: str = Field("bot", examples=["bot"])


class Seen(Wire):
    """The client has seen everything up to this seq."""

    seq: Annotated[int, Field(ge=1, examples=[2])]


class Typing(Wire):
    """The client is typing, or has stopped."""

    on: bool


class ScoredOut(Wire):
    """An intent and its calibrated confidence; `title` is its label for people."""

    intent: str
    title: str | None = None
    confidence: float


class EntityOut(Wire):
    """Something found in the text; personal data is masked."""

    kind: str
    value: str


class FoundOut(Wire):
    """An article that the search found."""

    id: str
    title: str
    score: float


class UnderstoodOut(Wire):
    """What was understood of one message and what would be done about it."""

    text: str = Field(description="The message as the model read it: repaired, personal data masked")
    intent: str | None = Field(examples=["transfer_fee"])
    title: str | None = None
    confidence: float = Field(examples=[0.94])
    ranking: list[ScoredOut]
    in_scope: bool
    scope_score: float
    language: str
    entities: list[EntityOut]
    sentiment: str
    sentiment_score: float
    urgent: bool
    articles: list[FoundOut]
    decision: dict[str, Any]
    keywords_used: bool
    problem: str | None = None
    repairs: list[str] = []
    questions: int = Field(1, description="How many questions the message asks")
    model: str | None = None
    ms: float | None = Field(None, description="Time it took, in milliseconds")


class TextIn(Wire):
    """A text to understand; nothing is stored."""

    text: Annotated[str, Field(examples=["сколько стоит перевод в другой банк?"])]
    language: Literal["ru", "en"] = "ru"


class QueueOut(Wire):
    """One conversation of the queue."""

    conversation: int = Field(examples=[17])
    state: Literal["queued", "operator"]
    channel: str = Field(examples=["web"])
    language: str
    client: str | None
    department: str
    priority: Literal["normal", "high", "urgent"]
    reason: str
    intent: str | None
    title: str | None
    summary: dict[str, Any]
    waiting_since: datetime
    operator: str | None
    last_text: str
    last_at: datetime
    unread: int


class QueueList(Wire):
    """Who waits for a person or is with one, most urgent and longest waiting first."""

    conversations: list[QueueOut]


class Suggestion(Wire):
    """A ready reply for the operator, every name filled in. `offer` and `rank` name it when it is used."""

    offer: int | None = Field(None, examples=[31], description="None for what the search found")
    rank: int = Field(examples=[1])
    kind: Literal["article", "reply", "canned"] = Field(examples=["reply"])
    article: str | None = Field(None, examples=["cash-withdrawal"], description="The article's id")
    title: str = Field(examples=["Снять наличные с дебетовой карты"])
    author: str | None = Field(None, examples=["Ольга"], description="Who gave this reply, or wrote the canned one")
    at: datetime | None = Field(None, description="When it was last given or changed")
    text: str = Field(examples=["Здравствуйте, Анна! Снять наличные можно в любом нашем банкомате."])
    score: float = Field(examples=[0.86], description="0..1, comparable between the kinds")
    rejected: bool = False
    question: str | None = Field(
        None, examples=["как снять наличные"], description="What it answers, when that is not the client's last message"
    )
    sent: bool = Field(False, description="The bot has said this in the conversation already")


class ConversationOut(Wire):
    """A conversation for staff: timeline, hand-off, and ready replies to the client's last message."""

    conversation: int = Field(examples=[17])
    state: Literal["bot", "queued", "operator", "closed"]
    version: int
    language: str
    channel: str
    department: str | None
    priority: str
    handoff: dict[str, Any] | None
    messages: list[MessageOut]
    suggestions: list[Suggestion]


class Ownership(Wire):
    """Who holds the conversation after an action."""

    conversation: int
    state: Literal["bot", "queued", "operator", "closed"]
    version: int


class StaffReply(Wire):
    """An operator's reply; `id` makes sending it again harmless."""

    id: UUID = Field(examples=["0d3f6a1e-52b7-4f55-8b8e-0f3f6a1e52b7"])
    text: str = Field("", examples=["Здравствуйте! Проверил: перевод придёт сегодня до 18:00."])
    files: FileKeys = Field((), description="Keys of files uploaded before", examples=[[FILE_KEY]])


class Close(Wire):
    """How the request ended, with a word for colleagues. With `version`: only if nothing has changed since."""

    resolution: Resolution | None = Field(None, examples=["resolved"])
    comment: str = Field("", examples=["Перезвонил сам, вопрос решили по телефону"])
    version: Annotated[int | None, Field(ge=0, le=LARGEST_ID, examples=[7])] = None


class Correction(Wire):
    """What a client's message was really about: an intent, several of them, or out_of_scope."""

    seq: Annotated[int, Field(ge=1, le=LARGEST_ID, examples=[2])]
    intent: Annotated[str, Field(max_length=80)] | Annotated[list[str], Field(min_length=1, max_length=5)] = Field(
        examples=["refund_status", ["refund_status", "double_charge"]]
    )


def message_out(message: StoredMessage) -> MessageOut:
    """A stored message for the wire."""
    ref = ArticleRef(id=message.article, title=message.article_title or message.article) if message.article else None
    return MessageOut(
        seq=message.seq,
        id=message.external_id or str(message.id),
        author=message.author.value,
        text=message.text,
        buttons=[ButtonOut(text=b.text, payload=b.payload, url=b.url) for b in message.buttons],
        article=ref,
        state=message.state.value if message.state else None,
        name=message.author_name,
        files=[file_out(file) for file in message.files],
        at=message.at,
    )


def file_out(file: AttachedFile) -> FileOut:
    """A file for the wire."""
    return FileOut(key=file.key, name=file.name, type=file.media_type, size=file.size, picture=file.may_be_shown)


def queue_out(entry: QueueEntry, title: str | None) -> QueueOut:
    """A queue entry for the wire."""
    return QueueOut(
        conversation=entry.conversation_id,
        state="queued" if entry.state == "queued" else "operator",
        channel=entry.channel,
        language=entry.language,
        client=entry.client_name,
        department=entry.department,
        priority=entry.priority.value,
        reason=entry.reason,
        intent=entry.intent,
        title=title,
        summary=entry.summary,
        waiting_since=entry.queued_at,
        operator=entry.operator,
        last_text=entry.last_text,
        last_at=entry.last_at,
        unread=entry.unread,
    )
