"""Suggestions and canned replies over the wire, with examples."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from service.api.schemas import Suggestion, Wire
from service.domain.suggestions import Offer, RejectReason, SuggestionKind
from service.domain.suggestions import Suggestion as Suggested
from service.storage.canned import CannedReply
from service.storage.columns import LARGEST_ID

Rank = Annotated[int, Field(ge=1, le=1000, examples=[1])]
Seconds = Annotated[float | None, Field(ge=0, description="How long the operator thought", examples=[4.2])]


class OfferOut(Wire):
    """What is offered for the client's last message. `stale`: somebody has spoken since."""

    offer: int = Field(examples=[31])
    seq: int = Field(examples=[4], description="The client's message it is for")
    version: int = Field(examples=[3])
    language: str = Field(examples=["ru"])
    stale: bool
    made_at: datetime
    suggestions: list[Suggestion]


class SuggestionList(Wire):
    """What was found, best first."""

    suggestions: list[Suggestion]


class Accept(Wire):
    """Send a suggestion as it is; `id` makes sending it again harmless."""

    id: UUID = Field(examples=["0d3f6a1e-52b7-4f55-8b8e-0f3f6a1e52b7"])
    rank: Rank
    seconds: Seconds = None


class Edit(Accept):
    """Send the operator's own version of a suggestion."""

    text: Annotated[str, Field(min_length=1, examples=["Здравствуйте, Анна! Снять можно до 100 000 ₽ в сутки."])]


class Reject(Wire):
    """Why a suggestion is no good."""

    rank: Rank
    reason: RejectReason = Field(examples=["wrong_topic"])
    comment: str | None = Field(None, max_length=500, examples=["Спрашивали про кредитную карту"])
    seconds: Seconds = None


class CannedOut(Wire):
    """A canned reply."""

    id: int = Field(examples=[5])
    shortcut: str = Field(examples=["/balance"])
    title: str = Field(examples=["Где посмотреть баланс"])
    text: dict[str, str] = Field(examples=[{"ru": "{client_name}, баланс виден на главном экране приложения."}])
    department: str | None = Field(None, examples=["accounts"])
    tags: list[str] = Field(examples=[["balance"]])
    personal: bool
    author: str = Field(examples=["boss"])
    version: int = Field(examples=[1])
    updated_at: datetime


class CannedList(Wire):
    """Everybody's canned replies and one's own, by shortcut."""

    canned: list[CannedOut]


class CannedIn(Wire):
    """The content of a canned reply; names go where {client_name} and {operator_name} stand."""

    shortcut: str = Field(max_length=41, examples=["/balance"])
    title: str = Field(max_length=200, examples=["Где посмотреть баланс"])
    text: dict[str, str] = Field(examples=[{"ru": "{client_name}, баланс виден на главном экране приложения."}])
    department: str | None = Field(None, max_length=40, examples=["accounts"])
    tags: list[str] = Field([], max_length=20, examples=[["balance"]])


class NewCanned(CannedIn):
    """A new canned reply: one's own, or (by a supervisor) everybody's."""

    personal: bool = False


class ChangedCanned(CannedIn):
    """A changed canned reply; `version` is the one that was read."""

    version: Annotated[int, Field(ge=1, le=LARGEST_ID, examples=[1])]


def suggestion_out(suggestion: Suggested, offer: Offer | None) -> Suggestion:
    """A suggestion for the wire; `offer` None: found by the search."""
    source = suggestion.source
    return Suggestion(
        offer=offer.id if offer is not None else None,
        rank=suggestion.rank,
        kind=source.kind.value,
        article=source.key if source.kind is SuggestionKind.ARTICLE else None,
        title=source.title,
        author=source.author,
        at=source.at,
        text=suggestion.text,
        score=suggestion.score,
        rejected=suggestion.rejected,
        question=suggestion.question if offer is not None and offer.is_earlier(suggestion) else None,
        sent=suggestion.sent,
    )


def offer_out(offer: Offer) -> OfferOut:
    """An offer for the wire."""
    return OfferOut(
        offer=offer.id,
        seq=offer.seq,
        version=offer.version,
        language=offer.language,
        stale=offer.stale,
        made_at=offer.created_at,
        suggestions=[suggestion_out(each, offer) for each in offer.suggestions],
    )


def canned_out(canned: CannedReply) -> CannedOut:
    """A canned reply for the wire."""
    return CannedOut(
        id=canned.id,
        shortcut=canned.shortcut,
        title=canned.title,
        text=canned.text,
        department=canned.department,
        tags=list(canned.tags),
        personal=canned.owner is not None,
        author=canned.author,
        version=canned.version,
        updated_at=canned.updated_at,
    )
