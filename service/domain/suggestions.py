"""What operators are offered for a client's message, and what they make of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class SuggestionKind(StrEnum):
    """Where a ready reply comes from."""

    ARTICLE = "article"
    REPLY = "reply"
    CANNED = "canned"


class OutcomeKind(StrEnum):
    """What an operator made of an offer; `IGNORED` means they wrote their own words."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"
    IGNORED = "ignored"


class RejectReason(StrEnum):
    """Why a suggestion was no good; `OTHER` is explained in the operator's own words."""

    WRONG_TOPIC = "wrong_topic"
    OUTDATED = "outdated"
    INCOMPLETE = "incomplete"
    WRONG_TONE = "wrong_tone"
    OTHER = "other"


@dataclass(frozen=True)
class Source:
    """Where the words come from. `key` is the article id, or the number of the past or canned reply.

    `title` is the article's or canned reply's; `author` and `at` say who gave a past reply (None: a former colleague)
    and when it was last given.
    """

    kind: SuggestionKind
    key: str
    title: str
    author: str | None = None
    at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """The source as the database keeps it."""
        at = self.at.isoformat() if self.at else None
        return {"kind": self.kind.value, "key": self.key, "title": self.title, "author": self.author, "at": at}


@dataclass(frozen=True)
class Candidate:
    """A ready reply before it is ranked: its words are filled in, `score` is the probability (0..1) that it fits.

    `department` limits who may see it (None: everybody). `intents` are the topics that it is about. `question` (masked)
    and `answers` (the id of its last message) say what it was looked up for.
    """

    source: Source
    text: str
    score: float
    language: str
    department: str | None = None
    intents: tuple[str, ...] = ()
    question: str = ""
    answers: int = 0


@dataclass(frozen=True)
class Suggestion:
    """One ready reply of an offer. `rank` (from 1) names it when it is accepted or rejected.

    It answers the client's message with the id `answers`, in words `question` (masked): not always their last one.
    `sent`: the bot has said it in this conversation already.
    """

    rank: int
    source: Source
    text: str
    score: float
    department: str | None = None
    rejected: bool = False
    question: str = ""
    answers: int = 0
    sent: bool = False

    @property
    def kind(self) -> SuggestionKind:
        """Where it comes from."""
        return self.source.kind

    def to_json(self) -> dict[str, Any]:
        """The suggestion as the database keeps it."""
        return {
            "rank": self.rank, "source": self.source.to_json(), "text": self.text, "score": self.score,
            "department": self.department, "question": self.question, "answers": self.answers, "sent": self.sent,
        }  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """The suggestions for the client's message `seq`, best first. `stale`: the conversation has moved on since.

    `version` is the conversation's when the offer was made.
    """

    id: int
    conversation_id: int
    message_id: int
    seq: int
    version: int
    language: str
    suggestions: tuple[Suggestion, ...]
    created_at: datetime
    stale: bool = False
    client_text: str = field(default="", compare=False)

    def is_earlier(self, suggestion: Suggestion) -> bool:
        """Whether a suggestion answers a question that stands before the client's last message."""
        return bool(suggestion.answers) and suggestion.answers != self.message_id


def source_from_json(data: dict[str, Any]) -> Source:
    """The source behind the JSON of `Source.to_json`."""
    at = datetime.fromisoformat(data["at"]) if data["at"] else None
    return Source(SuggestionKind(data["kind"]), data["key"], data["title"], data["author"], at)


def suggestion_from_json(data: dict[str, Any]) -> Suggestion:
    """The suggestion behind the JSON of `Suggestion.to_json`; older offers do not say what they answer."""
    source = source_from_json(data["source"])
    asked = {name: data[name] for name in ("question", "answers", "sent") if name in data}
    return Suggestion(data["rank"], source, data["text"], data["score"], data["department"], **asked)
