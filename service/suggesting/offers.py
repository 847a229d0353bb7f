"""What is offered for the client's last message: made once, off the client's path, and out of date at once."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from models.masking import mask
from service.domain.conversations import ConversationState, ConversationView
from service.domain.messages import Author, StoredMessage
from service.domain.suggestions import Offer, Suggestion, SuggestionKind
from service.errors import Forbidden, NotFound
from service.events import suggestions_topic
from service.office import Office
from service.policies.placeholders import colleague_name, fill
from service.policies.suggesting import Scene, rank_suggestions, shown_first
from service.policies.unanswered import unanswered
from service.storage import canned, conversations, messages, queue, suggestions
from service.storage.staff import Role, StaffMember
from service.suggesting.gathering import Question, gather, phrases_in, topics_of

log = logging.getLogger(__name__)

KEPT = 10
"""Suggestions kept of an offer: some may be of departments that the one who reads it does not see."""
RECENT = timedelta(hours=24)
"""What was asked so long before a hand-off is another matter, and what was said so long ago may be said again."""
LOOKED_AT = 40
AT_ONCE = 20
LOOK_BACK = 300
"""Messages looked at again each time: PostgreSQL's numbers may become visible out of order."""
FIRST_LOOK = 2000


class OfferMaker:
    """Makes offers for the messages that came since it looked last; one a worker. Two workers don't hurt."""

    def __init__(self) -> None:
        self._seen: tuple[int, int] | None = None

    def make_due(self, office: Office) -> int:
        """Make the offers that are missing, newest messages first; returns how many."""
        with office.database.read() as connection:
            newest = suggestions.newest_ids(connection)
            if newest == self._seen:
                return 0
            message, handoff = self._seen or (newest[0] - FIRST_LOOK, newest[1] - FIRST_LOOK)
            due = suggestions.without_offer(connection, message - LOOK_BACK, handoff - LOOK_BACK, AT_ONCE)
        made = sum(_made(conversation_id, office) for conversation_id in due)
        if len(due) < AT_ONCE:
            self._seen = newest
        return made


def _made(conversation_id: int, office: Office) -> bool:
    try:
        return make_offer(conversation_id, office) is not None
    except Exception:
        log.exception("an offer could not be made", extra={"conversation": conversation_id})
        return False


def current_offer(conversation_id: int, staff: StaffMember, office: Office) -> Offer | None:
    """What this operator may say to the client's last message; made now when it isn't there yet.

    `stale` says that somebody has spoken since. None when there is nothing to answer: nobody of us holds the
    conversation, or the client has not written. Raises NotFound for a conversation they may not see.
    """
    with office.database.read() as connection:
        conversation = visible(connection, conversation_id, staff)
        last = suggestions.last_client_message(connection, conversation_id)
        offer = suggestions.offer_of(connection, last.id) if last is not None else None
    if last is None or not _with_people(conversation):
        return None
    if offer is None:
        offer = make_offer(conversation_id, office)
    if offer is None:
        return None
    with office.database.read() as connection:
        return for_reader(connection, offer, staff)


def for_reader(connection: Connection, offer: Offer, staff: StaffMember) -> Offer:
    """The offer as one operator sees it: their name filled in, other departments' replies left out."""
    rejected = suggestions.rejected_ranks(connection, offer.id)
    moved = suggestions.moved_on(connection, offer.conversation_id, offer.seq)
    seen = [
        replace(each, text=text, rejected=each.rank in rejected)
        for each in offer.suggestions
        if (each.department is None or staff.may_see(each.department)) and (text := words_of(each, staff)) is not None
    ]
    return replace(offer, suggestions=shown_first(seen), stale=moved)


def words_of(suggestion: Suggestion, staff: StaffMember) -> str | None:
    """The words as this operator would send them. An article is sent as it is approved, braces and all."""
    if suggestion.kind is SuggestionKind.ARTICLE:
        return suggestion.text
    return fill(suggestion.text, {"operator_name": colleague_name(staff.name), "client_name": None}) or None


def must_read_clients(staff: StaffMember) -> None:
    """Forbidden for who makes models; asked before anything is looked for."""
    if staff.role is Role.ML:
        raise Forbidden("the role ml reads data sets, not clients' conversations")


def visible(connection: Connection, conversation_id: int, staff: StaffMember) -> ConversationView:
    """The conversation, if this person may see it; NotFound with the same words as for one that isn't there."""
    must_read_clients(staff)
    conversation = conversations.get(connection, conversation_id)
    if not staff.may_see(conversation.department):
        raise NotFound(f"there is no conversation {conversation_id}")
    return conversation


def make_offer(conversation_id: int, office: Office) -> Offer | None:
    """Make and keep the offer for the client's last message; the one there is, when another process was faster.

    Its suggestions answer what is still to be answered (`policies/unanswered`), which may stand further up.
    """
    now = office.clock()
    with office.database.read() as connection:
        conversation = conversations.get(connection, conversation_id)
        last = suggestions.last_client_message(connection, conversation_id)
        if last is None or not _with_people(conversation):
            return None
        conversation = replace(conversation, channel_kind=office.kind_of(conversation.channel))
        history = messages.last_messages(connection, conversation_id, LOOKED_AT)
        since = _since(connection, conversation_id, now)
        name = suggestions.client_name(connection, conversation_id)
        shared = canned.of_scopes(connection, None)
    office.past_replies.load()
    about = Question("", conversation, name, now)
    found = [
        replace(candidate, question=question.text, answers=answers)
        for answers, question in _questions(last, history, since, about, office)
        for candidate in gather(question, shared, office)
    ]
    ranked = rank_suggestions(found, scene_of(history, conversation, min(since, now - RECENT)), office.rules, KEPT)
    with office.database.write() as connection:
        suggestions.add_offer(
            connection, conversation_id=conversation_id, message_id=last.id, version=conversation.version,
            language=conversation.language, suggestions=ranked, now=now,
        )  # fmt: skip
        offer = suggestions.offer_of(connection, last.id)
    office.events.publish(suggestions_topic(conversation_id))
    return offer


def scene_of(history: Sequence[StoredMessage], conversation: ConversationView, since: datetime) -> Scene:
    """What operators and the bot have said in this conversation since then."""
    recent = [each for each in history if each.at > since]
    theirs = [each for each in recent if each.author is Author.OPERATOR]
    bots = [each for each in recent if each.author in (Author.BOT, Author.SYSTEM)]
    return Scene(
        conversation.language,
        conversation.channel_kind,
        said=tuple(each.text for each in theirs),
        articles=frozenset(each.article for each in theirs if each.article),
        bot_said=tuple(each.text for each in bots),
        bot_articles=frozenset(each.article for each in bots if each.article),
    )


def _since(connection: Connection, conversation_id: int, now: datetime) -> datetime:
    """From when on what was asked belongs to this hand-off: a day before it, but not before the last one was over."""
    began, before = queue.begun(connection, conversation_id)
    since = (began or now) - RECENT
    return max(since, before) if before is not None else since


def _questions(
    last: Row[Any], history: Sequence[StoredMessage], since: datetime, about: Question, office: Office
) -> list[tuple[int, Question]]:
    """(the message it answers, what to look up) of each question, newest first; with none, the last words."""
    found = [
        (each.answers, _looked_up(each.text, each.understanding, about))
        for each in unanswered(history, since, phrases_in(about.language), office.rules)
    ]
    said = str((last.understanding or {}).get("text") or mask(last.text))
    return found or [(last.id, _looked_up(said, last.understanding or {}, about))]


def _looked_up(text: str, understanding: Mapping[str, Any], about: Question) -> Question:
    articles = {each["id"]: float(each["score"]) for each in understanding.get("articles") or ()}
    return replace(about, text=text, topics=topics_of(understanding), articles=articles)


def _with_people(conversation: ConversationView) -> bool:
    return conversation.state in (ConversationState.QUEUED, ConversationState.OPERATOR)
