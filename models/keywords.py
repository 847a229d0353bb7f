"""Intents by keyword phrases: the fallback when the model is missing, broken or unsure.

Phrases are written by people, one list an intent. A phrase matches when most of its weight is found among the stems of
the message, in any order, near each other, with a typo forgiven (RapidFuzz). Rare words weigh more than common ones
(inverse document frequency over the phrases), so that "карта" alone never matches "заблокировать карту".
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Final

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from models.phrases import read_lists
from models.stems import split_words, stem

_LANGUAGES: Final = ("ru", "en")
_WORDS_LIMIT: Final = 120
"""Words of a message that are looked at: who needs more has told a story, and stories are not for keywords."""

_LEAST_COVERAGE: Final = 0.75
_LEAST_SCORE: Final = 0.5
_SPREAD_ALLOWED: Final = 2
_SPREAD_PRICE: Final = 0.04
_TYPO_LENGTHS: Final = ((8, 2), (5, 1))
"""A stem of this length may differ by so many letters."""
_TYPO_PRICE: Final = 1.2
_CERTAIN: Final = 0.85
"""How alike a lone keyword must be: with no second word to confirm it, a near miss is another word."""

_LIGHT_WORDS: Final = """
    а в во и из к ко как ли мне мой моя мое мои мою меня на не нет о об от по под при с со у что это я вы вас вам ваш мы
    где когда почему зачем сколько какой какая какие какую можно могу хочу надо нужно бы за для до или если есть быть
    the a an i my me is it in of and for on you do can have what how why where when with not this that be are was
    has have had to your did does will would from at want need please
"""
_LIGHT: Final = frozenset(word.replace("ё", "е") for word in _LIGHT_WORDS.split())
_LIGHT_STEMS: Final = frozenset(map(stem, _LIGHT))
_LIGHT_WEIGHT: Final = 0.25
_BY_LENGTH: Final = {1: (0.85, 0.6), 2: (0.97, 0.4), 3: (1.0, 0.25)}
"""Heavy words matched -> (the score of a perfect match, the price of a message about something else as well)."""


# The stemmer keeps "заблокирова(ть)", "заблокируйт(е)" and "блокировк(а)" apart.
_VERB_ENDING = re.compile(r"(?<=[а-я]ир)(?:ова\w{0,3}|овк|у\w{0,3})\Z")
_CONTRACTION = re.compile(r"(ca|wo|\w+)n['’]t\b")


def _words(text: str) -> list[str]:
    """Words of a message or a phrase; "hasn't" is "has not"."""
    text = text.lower()
    if "n't" in text or "n’t" in text:
        text = _CONTRACTION.sub(lambda match: {"ca": "can", "wo": "will"}.get(match[1], match[1]) + " not", text)
    return split_words(text)


def _key(word: str) -> str:
    """What words are compared by: the stem, unless a function word has it too ("меню" is not "меня")."""
    if word in _LIGHT:
        return word
    base = _VERB_ENDING.sub("", stem(word))
    return word if base in _LIGHT_STEMS or base in _LIGHT else base


@dataclass(frozen=True, slots=True)
class KeywordMatch:
    """`score` in (0, 1]: how surely the phrase is what the message is about; `phrase` as its author wrote it."""

    intent: str
    score: float
    phrase: str


@dataclass(frozen=True, slots=True)
class _Phrase:
    intent: str
    text: str
    stems: tuple[str, ...]


class KeywordMatcher:
    """Matches messages with phrases. Immutable after construction; safe to share between threads."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        """`phrases`: intent -> phrases, in any of the served languages."""
        self._phrases = tuple(
            _Phrase(intent, text, tuple(dict.fromkeys(stems)))
            for intent, texts in phrases.items()
            for text in texts
            if (stems := [_key(word) for word in _words(text)])
        )
        index: dict[str, list[int]] = defaultdict(list)
        intents: dict[str, set[str]] = defaultdict(set)
        for number, phrase in enumerate(self._phrases):
            for token in phrase.stems:
                index[token].append(number)
                intents[token].add(phrase.intent)
        count = max(2, len(phrases))
        self._weights = {
            token: (_LIGHT_WEIGHT if token in _LIGHT else 1.0) * (0.4 + log(count / len(intents[token])) / log(count))
            for token in index
        }
        self._mass = tuple(sum(self._weights[token] for token in phrase.stems) for phrase in self._phrases)
        nominates: dict[str, list[int]] = defaultdict(list)
        for number in range(len(self._phrases)):
            for token in self._nominating_stems(number):
                nominates[token].append(number)
        self._nominates: Mapping[str, list[int]] = nominates
        self._by_start: dict[str, list[str]] = defaultdict(list)
        for token in index:
            if token not in _LIGHT:
                self._by_start[token[0]].append(token)
        self._nearest = lru_cache(maxsize=8192)(self._find_nearest)

    def _nominating_stems(self, number: int) -> Iterator[str]:
        """The heaviest stems of a phrase, of which at least one must be found: the others together are too light."""
        left = self._mass[number]
        for token in sorted(self._phrases[number].stems, key=self._weights.__getitem__, reverse=True):
            if left < _LEAST_COVERAGE * self._mass[number]:
                return
            yield token
            left -= self._weights[token]

    @classmethod
    def load(cls, folder: Path | str) -> "KeywordMatcher":
        """Read `ru.toml` and `en.toml` (`intent = ["phrase", ...]`). Raises DataError with the file and what to do."""
        phrases: dict[str, list[str]] = {}
        for language in _LANGUAGES:
            for intent, texts in read_lists(Path(folder) / f"{language}.toml").items():
                phrases.setdefault(intent, []).extend(texts)
        return cls(phrases)

    @property
    def intents(self) -> tuple[str, ...]:
        """Intents that have at least one phrase."""
        return tuple(dict.fromkeys(phrase.intent for phrase in self._phrases))

    def match(self, text: str, limit: int = 3) -> tuple[KeywordMatch, ...]:
        """The best matching phrase of each of at most `limit` intents, best first; nothing below a score of a half.

        Total. The longer phrase wins over a shorter one that it contains.
        """
        tokens = [_key(word) for word in _words(text[: _WORDS_LIMIT * 12])[:_WORDS_LIMIT]]
        places, similarity = self._locate(tokens)
        if not places:
            return ()
        message_mass = sum(self._weights.get(token, 1.0) for token in set(tokens) if token not in _LIGHT)
        best: dict[str, tuple[float, float, KeywordMatch]] = {}
        for number in self._candidates(places):
            phrase = self._phrases[number]
            score = self._score(number, places, similarity, message_mass)
            if score < _LEAST_SCORE:
                continue
            key = (score, self._mass[number], KeywordMatch(phrase.intent, round(score, 3), phrase.text))
            if phrase.intent not in best or key[:2] > best[phrase.intent][:2]:
                best[phrase.intent] = key
        ranked = sorted(best.values(), key=lambda item: item[:2], reverse=True)
        return tuple(match for _, _, match in ranked[:limit])

    def _locate(self, tokens: Sequence[str]) -> tuple[dict[str, list[int]], dict[str, float]]:
        """Where each stem of the phrases occurs in the message, and how exactly (1 = letter by letter)."""
        places: dict[str, list[int]] = defaultdict(list)
        similarity: dict[str, float] = {}
        for position, token in enumerate(tokens):
            if token in self._weights:
                places[token].append(position)
                similarity[token] = 1.0
                continue
            nearest, closeness = self._nearest(token)
            if nearest:
                places[nearest].append(position)
                similarity[nearest] = max(closeness, similarity.get(nearest, 0.0))
        return places, similarity

    def _find_nearest(self, token: str) -> tuple[str, float]:
        """The one stem a typo away that begins with the same letter (people rarely miss the first); "" if none."""
        allowed = next((edits for length, edits in _TYPO_LENGTHS if len(token) >= length), 0)
        if not allowed or len(token) > 40:
            return "", 0.0
        found = extractOne(token, self._by_start.get(token[0], ()), scorer=OSA.distance, score_cutoff=allowed)
        if found is None or len(found[0]) < _TYPO_LENGTHS[-1][0] - 1:
            return "", 0.0
        return found[0], 1.0 - _TYPO_PRICE * found[1] / len(token)

    def _candidates(self, places: Mapping[str, object]) -> list[int]:
        """Phrases at least three quarters covered by weight."""
        numbers = {number for token in places for number in self._nominates.get(token, ())}
        return [
            number
            for number in numbers
            if sum(self._weights[token] for token in self._phrases[number].stems if token in places)
            >= _LEAST_COVERAGE * self._mass[number]
        ]

    def _score(
        self, number: int, places: Mapping[str, list[int]], similarity: Mapping[str, float], message_mass: float
    ) -> float:
        """Coverage, times how near the words stand, times how much of the message the phrase explains."""
        stems = self._phrases[number].stems
        found = [token for token in stems if token in places]
        heavy = [token for token in found if token not in _LIGHT] or found
        if len(heavy) == 1 and (len(found) < len(stems) or similarity[heavy[0]] < _CERTAIN):
            return 0.0
        coverage = sum(self._weights[token] * similarity[token] for token in found) / self._mass[number]
        first, last = _narrowest(places, found if len(heavy) == 1 else heavy)
        spread = max(0, last - first + 1 - len(found) - (_SPREAD_ALLOWED if len(heavy) > 1 else 0))
        explained = min(1.0, sum(self._weights[token] for token in heavy) / message_mass) if message_mass else 1.0
        length, filler = _BY_LENGTH[min(len(heavy), 3)]
        return coverage * length * max(0.0, 1 - _SPREAD_PRICE * spread) * (1 - filler * (1 - explained))


def _narrowest(places: Mapping[str, list[int]], tokens: Sequence[str]) -> tuple[int, int]:
    """The narrowest window of the message that holds each token once (a sweep over the sorted positions)."""
    events = sorted((position, token) for token in tokens for position in places[token])
    last_seen: dict[str, int] = {}
    best = (events[0][0], events[-1][0])
    for position, token in events:
        last_seen[token] = position
        if len(last_seen) == len(tokens):
            first = min(last_seen.values())
            if position - first < best[1] - best[0]:
                best = (first, position)
    return best
