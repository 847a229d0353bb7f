"""Which article answers, and may it be said now?"""

from datetime import datetime, timedelta

from service.domain.conversations import ConversationView
from service.domain.intents import IntentRule, Rules
from service.domain.understanding import FoundArticle, Understanding


def article_for(rule: IntentRule, understanding: Understanding, rules: Rules) -> FoundArticle | None:
    """The best found article of this intent; None when the knowledge base has none."""
    found = (article for article in understanding.articles if rule.id in article.intents)
    return max(found, key=lambda article: article.score, default=None)


def was_just_said(article: str, conversation: ConversationView, rules: Rules, now: datetime) -> bool:
    """True when `article` was the last answer and the client has had it for less than the repeat window."""
    if conversation.last_article != article or conversation.last_answer_at is None:
        return False
    return now - conversation.last_answer_at < timedelta(minutes=rules.repeat_minutes)


def is_same_burst(conversation: ConversationView, rules: Rules, now: datetime) -> bool:
    """True when the last answer is so fresh that this message was surely typed before it was read."""
    if conversation.last_answer_at is None:
        return False
    return (now - conversation.last_answer_at).total_seconds() <= 2 * rules.burst_seconds
