"""What was understood, for people and programs: the one shape that `otklik ask`, the API and the widget show."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.domain.conversations import ConversationView
from service.domain.decisions import describe
from service.domain.intents import Rules
from service.domain.understanding import Understanding
from service.policies.decide import decide


def explain(text: str, understanding: Understanding, rules: Rules, now: datetime, language: str) -> dict[str, Any]:
    """The understanding of a first message and the decision it would get (a burst is not waited for)."""
    view = ConversationView(language=language)
    decision = decide(text, understanding, view, rules, now, may_wait=False)
    return show(understanding.to_json(), describe(decision), rules, language)


def show(understood: Mapping[str, Any], decision: Mapping[str, Any], rules: Rules, language: str) -> dict[str, Any]:
    """A stored understanding (its JSON) with labels added and internals left out."""
    ranking = [
        {"intent": s["intent"], "title": _title(s["intent"], rules, language), "confidence": round(s["confidence"], 4)}
        for s in understood["ranking"]
    ]
    best = ranking[0] if ranking else {"intent": None, "title": None, "confidence": 0.0}
    return {
        "text": understood["text"],
        "intent": best["intent"],
        "title": best["title"],
        "confidence": best["confidence"],
        "ranking": ranking,
        "in_scope": understood["in_scope"],
        "scope_score": round(understood["scope_score"], 4),
        "language": understood["language"],
        "entities": [dict(entity) for entity in understood["entities"]],
        "sentiment": understood["mood"],
        "sentiment_score": round(understood["mood_score"], 3),
        "urgent": understood["urgent"],
        "articles": [{key: a[key] for key in ("id", "title", "score")} for a in understood["articles"]],
        "decision": dict(decision),
        "keywords_used": understood["keywords_used"],
        "problem": understood["problem"],
        "repairs": list(understood["repairs"]),
        "questions": max(1, len(understood["parts"])),
        "model": understood["model_version"],
    }


def _title(intent: str, rules: Rules, language: str) -> str | None:
    rule = rules.rule(intent)
    return rule.label(language) if rule else None
