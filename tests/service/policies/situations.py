"""Situations for tests of the policies: a small bank to write examples with, and strategies that make any situation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from service.domain.conversations import ChannelKind, ConversationState, ConversationView, DialogueState, read_dialogue
from service.domain.intents import Does, IntentRule, Mode, Priority, Rules
from service.domain.understanding import FoundArticle, ScoredIntent, Understanding
from service.domain.verification import Link
from service.policies.commands import Press

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TALK = (Does.SOCIAL, Does.CONTROL)

modestly = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A hundred examples; no deadline, because the machine that runs the tests may be busy."""


# --- a small bank, for examples


def intent(intent_id: str, does: Does = Does.ANSWER, department: str = "cards", **fields: Any) -> IntentRule:
    """One intent with Russian and English labels."""
    title = MappingProxyType({"ru": f"Тема {intent_id}", "en": f"Topic {intent_id}"})
    return IntentRule(intent_id, department, does, title, **fields)


BANK_INTENTS = (
    intent("greeting", Does.SOCIAL, "general"),
    intent("thanks", Does.SOCIAL, "general"),
    intent("menu", Does.CONTROL, "general"),
    intent("talk_to_operator", Does.CONTROL, "general"),
    intent("cancel", Does.CONTROL, "general"),
    intent("unsubscribe", Does.CONTROL, "general"),
    intent("subscribe", Does.CONTROL, "general"),
    intent("card_pin"),
    intent("card_delivery"),
    intent("cashback"),
    intent("transfer_fee", department="payments"),
    intent("balance", Does.ACTION, "accounts", action="show_balance", verified=True),
    intent("link_account", Does.ACTION, "digital", action="verify_client"),
    intent("card_lost", Does.ACTION, "cards", action="block_card", verified=True, priority=Priority.URGENT),
    intent("certificate", Does.HANDOFF, "documents", verified=True, secure=True),
    intent("fraud_report", Does.HANDOFF, "security", priority=Priority.URGENT),
    intent("unknown_charge", Does.HANDOFF, "security", priority=Priority.URGENT),
    intent("complaint", Does.HANDOFF, "complaints", priority=Priority.HIGH),
)
COMMANDS = MappingProxyType(
    {
        "/start": "start",
        "/menu": "menu",
        "меню": "menu",
        "оператор": "operator",
        "отмена": "cancel",
        "стоп": "stop",
        "отписаться": "unsubscribe",
        "подписаться": "subscribe",
    }
)
BANK = Rules(
    intents={rule.id: rule for rule in BANK_INTENTS},
    departments=("cards", "accounts", "payments", "digital", "documents", "security", "complaints", "general"),
    commands=COMMANDS,
)


def with_mode(intent_id: str, mode: Mode, rules: Rules = BANK) -> Rules:
    """The bank after its owner set the mode of one intent."""
    return replace(rules, intents={**rules.intents, intent_id: replace(rules.intents[intent_id], mode=mode)})


def article(article_id: str, *intents: str, score: float = 0.9) -> FoundArticle:
    """An article that the search found."""
    return FoundArticle(article_id, article_id.capitalize(), "ru", score, intents)


def sure(intent_id: str, *articles: FoundArticle, **fields: Any) -> Understanding:
    """A message understood well enough to act on; an article of the intent is found unless others are given."""
    found = articles or (article(f"{intent_id}-article", intent_id),)
    known: dict[str, Any] = {
        "text": intent_id, "ranking": (ScoredIntent(intent_id, 0.97),), "in_scope": True, "scope_score": 3.0,
        "automatic": True, "threshold": 0.7, "articles": found, "words": 5,
    }  # fmt: skip
    return Understanding(**known | fields)


def torn(*ranking: tuple[str, float], in_scope: bool = True, **fields: Any) -> Understanding:
    """A message that could mean several things."""
    scored = tuple(ScoredIntent(intent_id, confidence) for intent_id, confidence in ranking)
    return Understanding(text="?", ranking=scored, in_scope=in_scope, words=fields.pop("words", 6), **fields)


def talk(**fields: Any) -> ConversationView:
    """A conversation that the bot holds, unless said otherwise."""
    return ConversationView(id=1, **fields)


def linked(verified_at: datetime = NOON, expires_at: datetime = NOON + timedelta(days=90)) -> Link:
    """A client whose identity is linked."""
    return Link("c-1", verified_at, verified_at, expires_at)


def minutes_ago(minutes: float) -> datetime:
    """A moment before NOON."""
    return NOON - timedelta(minutes=minutes)


def carry(conversation: ConversationView, changes: Mapping[str, Any]) -> ConversationView:
    """The conversation after the changes of its columns, as the storage would read it next."""
    seen = {key: value for key, value in changes.items() if hasattr(conversation, key)}
    if "state" in seen:
        seen["state"] = ConversationState(seen["state"])
    if "priority" in seen:
        seen["priority"] = Priority(seen["priority"])
    if seen.get("dialogue") is not None:
        seen["dialogue"] = read_dialogue(seen["dialogue"])
    return replace(conversation, **seen)


# --- any bank, any message, any conversation

DEPARTMENTS = ("general", "cards", "security")
TOPICS = tuple(f"topic_{number}" for number in range(7))
SOCIAL = ("greeting", "thanks")
CONTROL = ("menu", "talk_to_operator", "cancel", "unsubscribe")
RETIRED = "retired_topic"
"""An intent that the model still knows and the taxonomy no longer has."""
ARTICLES = tuple(f"article-{number}" for number in range(6))

_topic_rules = st.builds(
    lambda does, department, action, verified, secure, priority, mode: {
        "does": does,
        "department": department,
        "action": action if does is Does.ACTION else None,
        # What is verified or secure is an operation or a person's work: an article needs no proof to be read.
        "verified": verified and does is not Does.ANSWER,
        "secure": secure,
        "priority": priority,
        "mode": mode,
    },
    st.sampled_from([Does.ANSWER, Does.ANSWER, Does.ACTION, Does.HANDOFF]),
    st.sampled_from(DEPARTMENTS),
    st.sampled_from(["known_action", "unknown_action"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(Priority),
    st.sampled_from([Mode.AUTO, Mode.AUTO, Mode.SUGGEST, Mode.OFF]),
)


@st.composite
def any_rules(draw: st.DrawFn) -> Rules:
    """Any owner's choices over seven topics, small talk and commands."""
    rules = {name: intent(name, **draw(_topic_rules)) for name in TOPICS}
    rules |= {name: intent(name, Does.SOCIAL, "general") for name in SOCIAL}
    rules |= {name: intent(name, Does.CONTROL, "general") for name in CONTROL}
    return Rules(
        intents=rules,
        departments=draw(st.sampled_from([DEPARTMENTS, DEPARTMENTS[1:]])),
        commands=COMMANDS,
        actions=frozenset(draw(st.sets(st.sampled_from(["known_action"])))),
        burst_seconds=draw(st.sampled_from([0.0, 0.5, 1.5, 10.0])),
        repeat_minutes=draw(st.sampled_from([0, 1, 30])),
        clarify_topics=draw(st.integers(1, 4)),
    )


_scores = st.floats(0, 1, allow_nan=False)
_found = st.builds(
    lambda article_id, intents, score: article(article_id, *intents, score=score),
    st.sampled_from(ARTICLES),
    st.lists(st.sampled_from(TOPICS), max_size=3, unique=True),
    _scores,
)


@st.composite
def any_understanding(draw: st.DrawFn, *, parts: bool = True, follow_up: bool = True) -> Understanding:
    """Anything a reader may return, in scope or not, with or without a model, of one question or several.

    As a reader promises: best first, and automatic only what is in scope and has a ranking.
    """
    intents = draw(st.lists(st.sampled_from([*TOPICS, *SOCIAL, *CONTROL, RETIRED]), max_size=6, unique=True))
    confidences = sorted((draw(_scores) for _ in intents), reverse=True)
    in_scope = draw(st.booleans()) and bool(intents)
    pieces: Sequence[Understanding] = ()
    if parts and draw(st.booleans()):
        pieces = draw(st.lists(any_understanding(parts=False, follow_up=False), min_size=2, max_size=3))
    return Understanding(
        text="слова клиента",
        language=draw(st.sampled_from(["ru", "en", "other"])),
        ranking=tuple(ScoredIntent(name, confidence) for name, confidence in zip(intents, confidences, strict=True)),
        in_scope=in_scope,
        automatic=in_scope and draw(st.booleans()),
        articles=tuple(draw(st.lists(_found, max_size=4))),
        mood_score=draw(st.floats(-1, 1, allow_nan=False)),
        urgent=draw(st.booleans()),
        keywords_used=draw(st.booleans()),
        words=draw(st.integers(0, 12)),
        parts=tuple(pieces),
        follow_up=draw(st.none() | _found) if follow_up else None,
    )


@st.composite
def any_conversation(draw: st.DrawFn, *states: ConversationState) -> ConversationView:
    """A conversation in any state (or in one of `states`), with any memory."""
    back = st.none() | st.floats(0, 3600, allow_nan=False).map(lambda seconds: NOON - timedelta(seconds=seconds))
    dialogues = (None, DialogueState("clarify", MappingProxyType({"topics": ["topic_1"]})), DialogueState("feedback"))
    return ConversationView(
        id=7,
        state=draw(st.sampled_from(states or tuple(ConversationState))),
        channel_kind=draw(st.sampled_from(ChannelKind)),
        clarifications=draw(st.integers(0, 2)),
        last_article=draw(st.none() | st.sampled_from(ARTICLES)),
        last_intent=draw(st.none() | st.sampled_from([*TOPICS, *SOCIAL, RETIRED])),
        last_answer_at=draw(back),
        repeats=draw(st.integers(0, 2)),
        priority=draw(st.sampled_from(Priority)),
        told_waiting=draw(st.booleans()),
        dialogue=draw(st.sampled_from(dialogues)),
        waiting_since=draw(st.none() | st.floats(-5, 60).map(lambda seconds: NOON - timedelta(seconds=seconds))),
        link=draw(st.sampled_from([None, linked()])),
    )


any_text = st.one_of(
    st.sampled_from(
        ["", "да", "меню", "оператор", "стоп", "/start", "у меня вопрос,", "как закрыть вклад?", "привет!"]
    ),
    st.text(max_size=60),
)
any_press = st.builds(
    Press,
    st.sampled_from(["intent", "article", "command", "feedback"]),
    st.sampled_from([*TOPICS, *ARTICLES, RETIRED, "operator", "cancel", "menu", "stop", "yes", "nonsense"]),
)
