"""Is this message a question of its own, or the tail of the last one («а за границей?», "how long does it take?")?"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from knowledge_base.words import STOP_WORDS, words_of
from models.stems import stem

LONGEST: Final = 7
"""Words. A longer message says what it is about."""

_OPENER_PHRASES: Final = """
    а|и|но|ну а|если|тогда|то есть|или|как насчет|что насчет|ок а|хорошо а|понятно а
    |also|and|but|or|so|then|if|what about|how about|what if|even if|ok and
"""
_POINTING_WORDS: Final = """
    это этого этом этому этим эта эту этой он она оно они его ее их им ему ей ней нем него них туда там оттуда так такое
    такая такой такую то того тоже также
    it its this that these those there they them one same too either
"""
# Words that ask about something without naming it: a message of these alone has its subject in what came before.
_GENERAL_WORDS: Final = """
    сколько какой какая какое какие каком когда где куда откуда как почему зачем кто что чем долго быстро скоро
    стоит стоить стоимость цена цене платно бесплатно деньги платить ждать ожидать занимает займет дней день дня часов
    времени время срок сроки можно нельзя нужно надо обязательно будет делать сделать получить подойдет подробнее
    еще другой раз именно точно примерно максимум минимум мне меня если не нет
    how long much many soon when where why who what which cost costs price free pay wait take takes time days need have
    can could should do does i me my is are more details exactly maximum minimum else
"""
_OPENERS: Final = tuple(tuple(phrase.split()) for phrase in _OPENER_PHRASES.split("|"))
_POINTERS: Final = frozenset(_POINTING_WORDS.split())
_GENERAL: Final = frozenset(stem(word) for word in _GENERAL_WORDS.split())


class Leaning(Enum):
    """How much of its meaning a message takes from what was said before it."""

    NONE = "none"
    PARTLY = "partly"
    """It adds a subject of its own: «а за границей?»"""
    WHOLLY = "wholly"
    """It has no subject of its own: «сколько это стоит?»"""
    PERHAPS = "perhaps"
    """Short, and nothing points back: «под какой процент?». A tail only where nothing else explains it."""


@dataclass(frozen=True, slots=True)
class Pull:
    """How the last article draws a message to its topic.

    topic   share of the weight `topic` that articles of its topic get in the reading with the last article
    repeat  what the last article itself loses: who adds a subject of their own was not answered by it
    least   the score, 0..1, that the article found must reach by the message alone: «а это кто?» finds anything beside
            a title, and nothing by itself
    """

    topic: float
    repeat: float
    least: float


PULLS: Final = {
    Leaning.WHOLLY: Pull(topic=1.0, repeat=0.0, least=0.0),
    Leaning.PARTLY: Pull(topic=0.5, repeat=0.1, least=0.15),
    Leaning.PERHAPS: Pull(topic=0.25, repeat=0.0, least=0.25),
}
"""Chosen on the hand-written pairs of `training/data/follow_ups`, where twice or half of each is as good."""
PERHAPS_SHARE: Final = 0.3
"""Share of the reading with the last article in a message that leans perhaps."""


def leaning_of(text: str) -> Leaning:
    """A guess from the words: a short message opened by "а" or "and", or pointing ("это", "there"), or all general.

    A short message that is none of these leans perhaps, a long one not at all.
    """
    words = words_of(text)
    if not 0 < len(words) <= LONGEST:
        return Leaning.NONE
    if all(word in _POINTERS or word in STOP_WORDS or stem(word) in _GENERAL for word in words):
        return Leaning.WHOLLY
    opened = any(tuple(words[: len(opener)]) == opener for opener in _OPENERS)
    return Leaning.PARTLY if opened or not _POINTERS.isdisjoint(words) else Leaning.PERHAPS
