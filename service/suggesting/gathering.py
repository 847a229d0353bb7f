"""Where ready replies come from: articles, what colleagues said to similar messages, canned replies."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.article import Article
from models.preparation import prepare
from service import texts
from service.domain.conversations import ConversationView
from service.domain.suggestions import Candidate, Source, SuggestionKind
from service.office import Office
from service.past_replies import Found
from service.policies.placeholders import fill, how_to_address
from service.policies.suggesting import reply_score, weigh
from service.policies.unanswered import Phrases
from service.storage.canned import CannedReply

log = logging.getLogger(__name__)

ARTICLES = 8
REPLIES = 20
TITLE_LETTERS = 160


@dataclass(frozen=True)
class Question:
    """What replies are looked for: the words (masked), and what was understood of them.

    `topics` are intents with their probabilities, `articles` (id -> score) what was found when the message came.
    `departments` None: replies of every department.
    """

    text: str
    conversation: ConversationView
    client_name: str | None
    now: datetime
    topics: Mapping[str, float] = field(default_factory=dict)
    articles: Mapping[str, float] = field(default_factory=dict)
    departments: Collection[str] | None = None

    @property
    def language(self) -> str:
        """What the client speaks."""
        return self.conversation.language


def topics_of(understanding: Mapping[str, Any] | None) -> dict[str, float]:
    """Intent -> probability, from a stored understanding; halved where the message seemed out of scope."""
    known = understanding or {}
    trust = 1.0 if known.get("in_scope") else 0.5
    return {each["intent"]: float(each["confidence"]) * trust for each in known.get("ranking") or ()}


def phrases_in(language: str) -> Phrases:
    """What says nothing in a language."""
    words = texts.table("suggesting", language)
    return Phrases(words["holding"], words["opening"], words["waiting"])


def gather(question: Question, canned: Sequence[CannedReply], office: Office) -> list[Candidate]:
    """Everything that might be said, unranked. A kind that fails is logged and missing; the others are there."""
    vector = office.vectors.one(question.text)
    found: list[Candidate] = []
    kinds: tuple[Callable[[], list[Candidate]], ...] = (
        lambda: articles(question, vector, office),
        lambda: replies(question, vector, office),
        lambda: canned_replies(question, vector, canned, office),
    )
    for kind in kinds:
        try:
            found += kind()
        except Exception:
            office.metrics.model_failures.labels("suggestions").inc()
            log.exception("one kind of suggestions failed")
    return found


def articles(question: Question, vector: NDArray[np.float32] | None, office: Office) -> list[Candidate]:
    """Articles for the message, whatever the bot made of it."""
    conversation, day = question.conversation, question.now.date()
    hits = office.knowledge.search(
        prepare(question.text), vector=vector, language=question.language, intents=question.topics,
        last_article=conversation.last_article, channel=conversation.channel_kind, at=question.now, limit=ARTICLES,
    )  # fmt: skip
    scores = {hit.article.id: float(hit.score) for hit in hits}
    for article_id, score in question.articles.items():
        scores[article_id] = max(score, scores.get(article_id, 0.0))
    served = ((office.knowledge.get(article_id, question.language), score) for article_id, score in scores.items())
    return [
        article_candidate(article, score, conversation, office)
        for article, score in served
        if article is not None and article.is_valid(day) and conversation.channel_kind.value in article.channels
    ]


def article_candidate(article: Article, score: float, conversation: ConversationView, office: Office) -> Candidate:
    """The article as it would be said in this conversation."""
    said = office.knowledge.answer(article, conversation.channel_kind)
    source = Source(SuggestionKind.ARTICLE, article.id, article.title)
    return Candidate(source, said, min(score, 1.0), article.language, None, article.intents)


def replies(question: Question, vector: NDArray[np.float32] | None, office: Office) -> list[Candidate]:
    """What operators said to messages like this one."""
    found = office.past_replies.search(
        vector, language=question.language, departments=question.departments, limit=REPLIES
    )
    made = (_reply_candidate(each, question) for each in found)
    return [each for each in made if each is not None]


def _reply_candidate(found: Found, question: Question) -> Candidate | None:
    reply = found.reply
    text = fill(reply.reply, {"client_name": how_to_address(question.client_name)})
    if text is None:
        return None
    topic = question.topics.get(found.intent or "", 0.0)
    age = (question.now - reply.given_at).total_seconds() / 86400
    score = weigh(
        reply_score(found.likeness, topic),
        accepted=reply.accepted, edited=reply.edited, rejected=reply.rejected, age_days=age,
    )  # fmt: skip
    title = found.question[:TITLE_LETTERS]
    source = Source(SuggestionKind.REPLY, str(reply.id), title, reply.operator, reply.given_at)
    intents = (found.intent,) if found.intent else ()
    return Candidate(source, text, score, reply.language, reply.department, intents)


def canned_replies(
    question: Question, vector: NDArray[np.float32] | None, canned: Sequence[CannedReply], office: Office
) -> list[Candidate]:
    """Canned replies whose title or words mean what the message asks, or that are tagged with its topic."""
    usable = [each for each in canned if each.text.get(question.language)]
    titles = office.vectors.of([each.title for each in usable])
    bodies = office.vectors.of([each.text[question.language] for each in usable])
    found = []
    for place, each in enumerate(usable):
        likeness = 0.0
        if vector is not None and titles is not None and bodies is not None:
            likeness = max(float(titles[place] @ vector), float(bodies[place] @ vector))
        topic = max((question.topics.get(tag, 0.0) for tag in each.tags), default=0.0)
        made = canned_candidate(each, reply_score(likeness, topic), question, office)
        if made is not None:
            found.append(made)
    return found


def canned_candidate(canned: CannedReply, score: float, question: Question, office: Office) -> Candidate | None:
    """The canned reply as it would be said to this client; None when it isn't there in their language."""
    template = canned.text.get(question.language)
    text = fill(template, {"client_name": how_to_address(question.client_name)}) if template else None
    if text is None:
        return None
    source = Source(SuggestionKind.CANNED, str(canned.id), canned.title, canned.author, canned.updated_at)
    intents = tuple(tag for tag in canned.tags if tag in office.rules.intents)
    return Candidate(source, text, score, question.language, canned.department, intents)
