"""Which topics do we offer when we are not sure?"""

from service.domain.intents import Does, Rules
from service.domain.understanding import Understanding

PLAUSIBLE = 0.02


def topics_to_offer(understanding: Understanding, rules: Rules) -> tuple[str, ...]:
    """The two or three closest topics, best first; small talk and commands are never offered."""
    seen: list[str] = []
    sources = understanding.parts or (understanding,)
    if understanding.parts:
        candidates = [scored for part in sources for scored in part.ranking[:1]]
    else:
        candidates = [scored for scored in understanding.ranking if scored.confidence >= PLAUSIBLE]
    for scored in (*candidates, *understanding.ranking):
        rule = rules.rule(scored.intent)
        if rule and rule.id not in seen and rule.does not in (Does.SOCIAL, Does.CONTROL):
            seen.append(rule.id)
    return tuple(seen[: rules.clarify_topics])
