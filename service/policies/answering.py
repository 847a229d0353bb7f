"""Which article answers, and may it be said now?"""

from datetime import datetime, timedelta
from math import log

from service.domain.conversations import ConversationView
from service.domain.intents import Does, IntentRule, Rules
from service.domain.understanding import FoundArticle, Understanding

CLEARLY_CLOSER = 0.5
"""Difference of the articles' log-odds; scores crowd near 1, log-odds don't."""


def article_for(rule: IntentRule, understanding: Understanding) -> FoundArticle | None:
    """The best found article of this intent; None when the knowledge base has none.

    Where a person takes over anyway, the intent's main article (its id is the intent's) is what to read meanwhile,
    unless another is clearly closer: a special case («потеряли карту в поездке») is for those who said so.
    """
    found = [article for article in understanding.articles if rule.id in article.intents]
    best = max(found, key=lambda article: article.score, default=None)
    if best is None or rule.does is Does.ANSWER:
        return best
    main = next((article for article in found if article.id == rule.id.replace("_", "-")), best)
    return best if _log_odds(best.score) - _log_odds(main.score) > CLEARLY_CLOSER else main


def _log_odds(score: float) -> float:
    bounded = min(max(score, 0.001), 0.999)
    return log(bounded / (1 - bounded))


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
