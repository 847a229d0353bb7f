"""Which topics do we offer when we are not sure?"""

from service.domain.intents import Does, Rules
from service.domain.understanding import Understanding

PLAUSIBLE = 0.02
FOUND = 2
"""So many of the articles found may name the topics of half a question."""


def topics_to_offer(understanding: Understanding, rules: Rules) -> tuple[str, ...]:
    """The two or three closest topics, best first; small talk and commands are never offered.

    Half a question («а если по номеру карты?») tells the classifier little; what it finds in the articles comes first.
    """
    seen: list[str] = []
    if understanding.parts:
        candidates = [scored.intent for part in understanding.parts for scored in part.ranking[:1]]
    elif understanding.leans:
        candidates = [article.intents[0] for article in understanding.articles[:FOUND] if article.intents]
    else:
        candidates = [scored.intent for scored in understanding.ranking if scored.confidence >= PLAUSIBLE]
    for intent in (*candidates, *(scored.intent for scored in understanding.ranking)):
        rule = rules.rule(intent)
        if rule and rule.id not in seen and rule.does not in (Does.SOCIAL, Does.CONTROL):
            seen.append(rule.id)
    return tuple(seen[: rules.clarify_topics])
