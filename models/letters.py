"""How much a word looks like Russian or like English, by its letter triples.

The triples are counted once, at import, over the words of `vocabulary.py`; add-delta smoothing, so that an unseen
triple is unlikely, not impossible (Chen and Goodman, 1999, section 2.1). Scores are mean log2 probabilities a letter.
"""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from math import log2
from typing import Final

from models import vocabulary

_DELTA: Final = 0.08
_EDGE: Final = "^"
_LONGEST: Final = 40
_PREFIX: Final = 5


class LetterModel:
    """Letter triples of a list of words. `score(word)` is higher for words that look like them."""

    def __init__(self, words: Iterable[str], alphabet: int) -> None:
        triples: Counter[str] = Counter()
        pairs: Counter[str] = Counter()
        for word in words:
            edged = f"{_EDGE}{_EDGE}{word.replace('ё', 'е')}{_EDGE}"
            for position in range(2, len(edged)):
                triples[edged[position - 2 : position + 1]] += 1
                pairs[edged[position - 2 : position]] += 1
        size = alphabet + 1
        self._log: Final = {
            triple: log2((count + _DELTA) / (pairs[triple[:2]] + _DELTA * size)) for triple, count in triples.items()
        }
        self._unseen: Final = {pair: log2(_DELTA / (count + _DELTA * size)) for pair, count in pairs.items()}
        self._unknown: Final = log2(1 / size) - 3.0

    def step(self, pair: str, letter: str) -> float:
        """log2 of the probability of `letter` after the two letters `pair` ("^" stands for the edge of a word)."""
        probability = self._log.get(pair + letter)
        return self._unseen.get(pair, self._unknown) if probability is None else probability

    def score(self, word: str) -> float:
        """Mean log2 probability a letter of a lower-case word."""
        edged = f"{_EDGE}{_EDGE}{word[:_LONGEST]}{_EDGE}"
        total = sum(self.step(edged[position - 2 : position], edged[position]) for position in range(2, len(edged)))
        return total / (len(edged) - 2)


RUSSIAN: Final = LetterModel(vocabulary.RUSSIAN, 33)
ENGLISH: Final = LetterModel(vocabulary.ENGLISH, 26)

_RUSSIAN_WORDS: Final = frozenset(word.replace("ё", "е") for word in vocabulary.RUSSIAN)
_RUSSIAN_PREFIXES: Final = frozenset(word[:_PREFIX] for word in _RUSSIAN_WORDS if len(word) > _PREFIX)
_ENGLISH_ENDINGS: Final = ("s", "ed", "ing", "ly", "er", "es", "d")


@lru_cache(maxsize=8192)
def knows_russian(word: str) -> bool:
    """Whether a lower-case word is in the vocabulary, or begins like a longer word that is (an inflected form)."""
    word = word.replace("ё", "е")
    return word in _RUSSIAN_WORDS or (len(word) > _PREFIX and word[:_PREFIX] in _RUSSIAN_PREFIXES)


@lru_cache(maxsize=8192)
def knows_english(word: str) -> bool:
    """Whether a lower-case word, or its base form, is in the English vocabulary or a name in Latin letters."""
    word = word.replace("'", "").replace("’", "")
    if word in vocabulary.ENGLISH or word in vocabulary.NAMES:
        return True
    for ending in _ENGLISH_ENDINGS:
        if word.endswith(ending):
            base = word[: -len(ending)]
            if base in vocabulary.ENGLISH or base + "e" in vocabulary.ENGLISH:
                return True
    return False
