"""When is a person asked in, how urgently, and what is the operator told?"""

from collections.abc import Sequence

from service.domain.conversations import ConversationView
from service.domain.decisions import HandOff, Reason
from service.domain.intents import Does, IntentRule, Priority, Rules
from service.domain.routes import Matter, Route
from service.domain.understanding import Understanding
from service.policies.routing import department_for, route_for

UPSET = -0.6
SAME_DESK_CONFIDENCE = 0.6
SUMMARY_MESSAGES = 4
SUMMARY_LETTERS = 600


def hand_off(
    reason: Reason,
    understanding: Understanding,
    conversation: ConversationView,
    rules: Rules,
    rule: IntentRule | None = None,
    article: str | None = None,
) -> HandOff:
    """The hand-off with its department and priority; `rule` is the intent it is about when that is known.

    The owner's routing table has the last word on both.
    """
    intent = rule.id if rule else understanding.intent if understanding.in_scope else None
    department = department_for(rule, conversation, understanding, rules)
    subject = rule.id if rule else None  # a guessed intent routes nobody
    matter = Matter(
        department, subject, conversation.language, conversation.segment, conversation.verified, conversation.channel
    )
    route = route_for(matter, rules.routes) or Route()
    return HandOff(
        department=route.queue if route.queue in rules.departments and route.queue else department,
        priority=priority_for(rule, understanding).moved(route.raise_by),
        reason=reason,
        intent=intent,
        article=article,
        mode=route.mode.value if route.mode else None,
        skill=route.skill,
    )


def priority_for(rule: IntentRule | None, understanding: Understanding) -> Priority:
    """The intent's own priority, one step higher for an upset or hurried client (never down)."""
    priority = rule.priority if rule else Priority.NORMAL
    if priority is Priority.NORMAL and (understanding.mood_score <= UPSET or understanding.urgent):
        return Priority.HIGH
    return priority


def shared_desk(understanding: Understanding, rules: Rules) -> IntentRule | None:
    """The likeliest intent when the candidates differ but all lead to people of one department.

    «С карты ушли деньги, мне звонили» is between three intents of the security department: asking which of them it
    is would only cost time. Needs 0.6 of the probability among intents that a person serves.
    """
    if not understanding.in_scope:
        return None
    shares: dict[str, float] = {}
    for scored in understanding.ranking[:5]:
        rule = rules.rule(scored.intent)
        if rule is not None and rule.does is Does.HANDOFF:
            shares[rule.department] = shares.get(rule.department, 0.0) + scored.confidence
    department = max(shares, key=lambda name: shares[name], default=None)
    if department is None or shares[department] < SAME_DESK_CONFIDENCE:
        return None
    ranked = (rules.rule(scored.intent) for scored in understanding.ranking)
    return next(rule for rule in ranked if rule and rule.does is Does.HANDOFF and rule.department == department)


def summarise(
    decision: HandOff, understanding: Understanding, texts: Sequence[str], answered: Sequence[str]
) -> dict[str, object]:
    """What the operator reads first: the client's words (masked), what was recognised, what was already tried."""
    words = [text for text in texts if text.strip()][-SUMMARY_MESSAGES:]
    return {
        "intent": decision.intent,
        "confidence": round(understanding.confidence, 3),
        "reason": decision.reason.value,
        "client_said": [text[:SUMMARY_LETTERS] for text in words],
        "entities": [{"kind": entity.kind, "value": entity.value} for entity in understanding.entities],
        "articles_shown": list(answered),
        "mood": understanding.mood,
        "urgent": understanding.urgent,
        "language": understanding.language,
    }
