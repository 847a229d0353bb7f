"""What operators make of suggestions: one decision, stored once, in the transaction of the reply it leads to."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from models.masking import mask
from service import desk
from service.acts import storable
from service.domain.messages import StoredMessage
from service.domain.suggestions import Offer, OutcomeKind, RejectReason, Suggestion, SuggestionKind
from service.errors import Conflict, InvalidInput, NotFound
from service.knowledge import from_content
from service.office import Office
from service.policies.suggesting import edit_distance
from service.storage import articles, conversations, past_replies, suggestions
from service.storage.staff import StaffMember, must_work
from service.storage.suggestions import NewOutcome
from service.suggesting.offers import must_read_clients, visible, words_of

LONGEST_COMMENT = 500
LONGEST_KEY = 100


def accept(
    offer_id: int, rank: int, staff: StaffMember, office: Office, *, key: str, seconds: float | None = None
) -> StoredMessage:
    """Send a suggestion as it is. `key` is the caller's own id: sent again it returns the first message.

    `seconds` is how long the operator thought; since the offer was made when left out. Raises Conflict when the
    conversation has moved on, the offer was answered already, or the article was withdrawn or changed; NotHolder when
    the conversation is not theirs; NotFound for an unknown offer or rank. Whatever it raises, nothing was sent.
    """
    offer, suggestion = _chosen(offer_id, rank, staff, office)
    return _send(offer, suggestion, suggestion.text, staff, office, key, seconds)


def edit(
    offer_id: int, rank: int, text: str, staff: StaffMember, office: Office, *, key: str, seconds: float | None = None
) -> StoredMessage:
    """Send the operator's own version of a suggestion; how much was changed is stored. Otherwise as `accept`."""
    offer, suggestion = _chosen(offer_id, rank, staff, office)
    return _send(offer, suggestion, storable(text), staff, office, key, seconds)


def reject(
    offer_id: int, rank: int, reason: str, staff: StaffMember, office: Office, *,
    comment: str | None = None, seconds: float | None = None,
) -> None:  # fmt: skip
    """Say why a suggestion is no good. Said again by the same person it changes nothing."""
    offer, suggestion = _chosen(offer_id, rank, staff, office)
    if reason not in list(RejectReason):
        raise InvalidInput(f"there is no reason {reason[:40]!r}; choose one of {', '.join(RejectReason)}")
    why = mask(storable(comment)) if comment else None
    if why is not None and len(why) > LONGEST_COMMENT:
        raise InvalidInput(f"the comment has {len(why)} characters, at most {LONGEST_COMMENT} are kept")
    once = f"reject/{offer.id}/{rank}/{staff.id}"
    with office.database.write() as connection:
        visible(connection, offer.conversation_id, must_work(connection, staff.id))
        if suggestions.outcome_once(connection, once) is not None:
            return
        new = NewOutcome(
            once, offer, OutcomeKind.REJECTED, staff.id, _seconds(offer, seconds, office), suggestion, reason=reason,
            comment=why, client_text=suggestion.question or offer.client_text, suggested_text=mask(suggestion.text),
        )  # fmt: skip
        suggestions.add_outcome(connection, new, office.clock())
        if suggestion.kind is SuggestionKind.REPLY:
            past_replies.count(connection, int(suggestion.source.key), OutcomeKind.REJECTED.value)
    office.metrics.suggestions.labels(suggestion.kind.value, OutcomeKind.REJECTED.value).inc()


def _chosen(offer_id: int, rank: int, staff: StaffMember, office: Office) -> tuple[Offer, Suggestion]:
    """The offer and the suggestion with the operator's own name in it."""
    must_read_clients(staff)
    nothing = NotFound(f"there is no offer {offer_id}; read the conversation's suggestions again")
    with office.database.read() as connection:
        offer = suggestions.get_offer(connection, offer_id)
        if offer is None:
            raise nothing
        try:
            visible(connection, offer.conversation_id, staff)
        except NotFound:  # in the words of one that isn't there: whose it is, is nobody's business
            raise nothing from None
    for each in offer.suggestions:
        if each.rank == rank and (each.department is None or staff.may_see(each.department)):
            text = words_of(each, staff)
            if text is not None:
                return offer, replace(each, text=text)
    raise NotFound(f"offer {offer_id} has no suggestion {rank}; read the conversation's suggestions again")


def _send(
    offer: Offer, suggestion: Suggestion, text: str, staff: StaffMember, office: Office, key: str,
    seconds: float | None,
) -> StoredMessage:  # fmt: skip
    if not key or len(key) > LONGEST_KEY:
        raise InvalidInput(f"the key of a reply has 1 to {LONGEST_KEY} characters")
    outcome = OutcomeKind.ACCEPTED if text == storable(suggestion.text) else OutcomeKind.EDITED
    along = _written_down(offer, suggestion, text, outcome, staff, office, seconds)
    written = desk.reply(offer.conversation_id, staff, office, key=key, text=text, along=along)
    office.metrics.suggestions.labels(suggestion.kind.value, outcome.value).inc()
    return written


def _written_down(
    offer: Offer, suggestion: Suggestion, text: str, outcome: OutcomeKind, staff: StaffMember, office: Office,
    seconds: float | None,
) -> Callable[[Connection, StoredMessage], None]:  # fmt: skip
    """What is done with the reply in its own transaction."""

    def along(connection: Connection, written: StoredMessage) -> None:
        if suggestions.moved_on(connection, offer.conversation_id, offer.seq, but=written.id):
            raise Conflict(
                "the conversation has moved on since this was suggested: read what is new, fresh suggestions are there",
                stale=True,
            )
        if outcome is OutcomeKind.ACCEPTED:
            _must_be_true(connection, offer, suggestion, office)
        once = f"close/{offer.id}"
        if suggestions.outcome_once(connection, once) is not None:
            raise Conflict("this offer was answered already; read the conversation", stale=True)
        new = NewOutcome(
            once, offer, outcome, staff.id, _seconds(offer, seconds, office), suggestion, written.id,
            client_text=suggestion.question or offer.client_text, suggested_text=mask(suggestion.text),
            final_text=mask(text), distance=edit_distance(suggestion.text, text),
        )  # fmt: skip
        suggestions.add_outcome(connection, new, office.clock())
        if suggestion.kind is SuggestionKind.REPLY:
            past_replies.count(connection, int(suggestion.source.key), outcome.value)

    return along


def _must_be_true(connection: Connection, offer: Offer, suggestion: Suggestion, office: Office) -> None:
    """An article that was withdrawn, has expired or says something else by now is not sent unread."""
    if suggestion.kind is not SuggestionKind.ARTICLE:
        return
    title = suggestion.source.title
    content = articles.content_of(connection, suggestion.source.key, offer.language)
    article = from_content(content) if content is not None else None
    if article is None or not article.is_valid(office.clock().date()):
        raise Conflict(f"the article “{title}” was withdrawn; choose another answer", stale=True)
    conversation = conversations.get(connection, offer.conversation_id)
    if office.knowledge.answer(article, office.kind_of(conversation.channel)) != suggestion.text:
        raise Conflict(f"the article “{title}” was changed since; read the new text and send that", stale=True)


def _seconds(offer: Offer, seconds: float | None, office: Office) -> float:
    waited = (office.clock() - offer.created_at).total_seconds() if seconds is None else seconds
    return min(max(waited, 0.0), 86400.0) if waited == waited else 0.0  # NaN is nobody's time
