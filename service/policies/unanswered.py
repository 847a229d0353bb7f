"""What has a client asked that no operator has answered yet? That is what ready replies are offered for.

«Уже шесть часов прошло!» and «ау, вы тут?» ask nothing: the question stands further up.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.domain.intents import Does, Rules
from service.domain.messages import Author, StoredMessage
from service.policies.handoff import UPSET
from service.policies.placeholders import asks_for_patience

CLEAR_CONFIDENCE = 0.5
"""Calibrated confidence of the best intent from which a message says by itself what it is about."""
TOGETHER = 5
"""Messages of a client in a row that are read as one question."""
WORDS_BESIDE = 3
"""Words beside «вы тут» that still make it no more than that."""

OF_TIME = frozenset({
    "уже", "всего", "целый", "целых", "больше", "час", "часа", "часов", "минуты", "минут", "полчаса", "полдня", "день",
    "дня", "дней", "сутки", "суток", "неделю", "недели", "с", "утра", "вчера", "сегодня",
    "hour", "hours", "minute", "minutes", "day", "days", "week", "weeks", "already", "since", "morning", "over", "more",
    "than", "an", "a",
})  # fmt: skip
"""Words beside «прошло» or "waiting" that say how long, and nothing of what is waited for."""

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Phrases:
    """What says nothing, lower-cased: `holding` operators who ask for patience, `opening` those who only greet,
    `waiting` clients who only say that they wait.
    """

    holding: Collection[str] = ()
    opening: Collection[str] = ()
    waiting: Collection[str] = ()


@dataclass(frozen=True)
class Asked:
    """One question: the client's messages that make it up, oldest first, never empty."""

    messages: tuple[StoredMessage, ...]

    @property
    def answers(self) -> int:
        """The id of its last message: what a reply to the question answers."""
        return self.messages[-1].id

    @property
    def text(self) -> str:
        """Its words, masked. What was understood of a burst holds the words of the messages before it already."""
        said: list[str] = []
        for each in reversed(self.messages):
            words = masked_words(each)
            if not any(words in later for later in said):
                said.insert(0, words)
        return " ".join(said)

    @property
    def understanding(self) -> Mapping[str, Any]:
        """What was understood: of its last message that says by itself what it is about, or else of the last."""
        known = [_known(each) for each in reversed(self.messages)]
        return next((each for each in known if is_clear(each)), known[0])


def unanswered(history: Sequence[StoredMessage], since: datetime, phrases: Phrases, rules: Rules) -> tuple[Asked, ...]:
    """What is still to be answered, newest first: at most two questions; none when nothing was asked.

    `history` is the conversation's end, oldest first; what was said before `since` is over. The latest question is the
    one. Where it is unclear what it is about, or the client is upset, the latest clear one before it comes along:
    «безобразие, полдня жду» is about that.
    """
    found: list[Asked] = []
    for question in _questions(history, since, phrases, rules):
        clear = is_clear(question.understanding)
        if not found:
            found.append(question)
            if clear and not any(_is_upset(each) for each in question.messages):
                break
        elif clear:
            found.append(question)
            break
    return tuple(found)


def masked_words(message: StoredMessage) -> str:
    """What was said, with personal data masked, as it was understood."""
    return str(_known(message).get("text") or "").strip()


def is_clear(understanding: Mapping[str, Any]) -> bool:
    """Whether a message says by itself what it is about."""
    return bool(understanding.get("in_scope")) and _best(understanding)[1] >= CLEAR_CONFIDENCE


def asks(understanding: Mapping[str, Any], phrases: Phrases, rules: Rules) -> bool:
    """Whether what was understood is more than a greeting, thanks, a call for a person or «вы тут?»."""
    intent, confidence = _best(understanding)
    rule = rules.rule(intent) if confidence > CLEAR_CONFIDENCE else None
    if rule is not None and rule.does in (Does.CONTROL, Does.SOCIAL):
        return False
    text = str(understanding.get("text") or "")
    if is_clear(understanding):
        return not says_how_long(text, phrases.waiting)
    return not says_only(text, phrases.waiting)


def is_answer(reply: str, phrases: Phrases) -> bool:
    """Whether an operator's words are more than «сейчас посмотрю» or «добрый день, меня зовут Ольга»."""
    return not asks_for_patience(reply, phrases.holding) and not (reply and says_only(reply, phrases.opening))


def says_only(text: str, phrases: Collection[str]) -> bool:
    """Whether the text is no more than one of the phrases (lower-cased, е for ё) and a few words; or has no words."""
    said = _said(text)
    words = said.split()
    longest = max((len(each.split()) for each in phrases if f" {each} " in said), default=0)
    return not words or (longest > 0 and len(words) <= longest + WORDS_BESIDE)


def says_how_long(text: str, waiting: Collection[str]) -> bool:
    """Whether the text has one of the phrases and otherwise only words of time: «уже 6 часов прошло!»."""
    said = rest = _said(text)
    for phrase in sorted(waiting, key=len, reverse=True):
        rest = rest.replace(f" {phrase} ", " ")
    return rest != said and all(each in OF_TIME for each in rest.split())


def _said(text: str) -> str:
    """The words of a text between blanks, as the phrases are written."""
    return f" {' '.join(each.lower().replace('ё', 'е') for each in _WORD.findall(text))} "


def _questions(history: Sequence[StoredMessage], since: datetime, phrases: Phrases, rules: Rules) -> Iterator[Asked]:
    """Every question since an operator's last answer, newest first: messages of the client with nothing of ours
    between them."""
    together: list[StoredMessage] = []
    for message in reversed(history):
        if message.at < since or (message.author is Author.OPERATOR and is_answer(message.text, phrases)):
            break
        if message.author is not Author.CLIENT:
            if together:
                yield Asked(tuple(reversed(together)))
            together = []
        elif asks(_known(message), phrases, rules) and len(together) < TOGETHER:
            together.append(message)
    if together:
        yield Asked(tuple(reversed(together)))


def _is_upset(message: StoredMessage) -> bool:
    return float(_known(message).get("mood_score") or 0.0) <= UPSET


def _known(message: StoredMessage) -> Mapping[str, Any]:
    return message.understanding or {}


def _best(understanding: Mapping[str, Any]) -> tuple[str, float]:
    ranking = understanding.get("ranking") or ()
    return (str(ranking[0]["intent"]), float(ranking[0]["confidence"])) if ranking else ("", 0.0)
