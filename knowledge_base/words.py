"""Words as the lexical searches see them: lower-cased, ё as е, stemmed, without function words."""

import re
import threading
from functools import lru_cache
from typing import Final

import snowballstemmer

_WORD: Final = re.compile(r"[^\W_]+")

# Short on purpose. "не", "без", "как", "сколько", "how much" tell questions apart; measured on CLINC150, a longer list
# costs the word search three points.
_FUNCTION_WORDS: Final = """
    а б бы в во вот да для до же за и из или к ко ли на над но ну о об от по под при про с со то у уж
    a an and are as at be but by for if in into is it its no of on or such that the their then there these they this
    to was will with
"""
STOP_WORDS: Final = frozenset(_FUNCTION_WORDS.split())


class _Stemmers:
    """Snowball's stemmers keep the word they work on in themselves, so one thread at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.russian = snowballstemmer.stemmer("russian")
        self.english = snowballstemmer.stemmer("english")

    def stem(self, word: str) -> str:
        stemmer = self.russian if "а" <= word[0] <= "я" else self.english
        with self.lock:
            return str(stemmer.stemWord(word))


_STEMMERS: Final = _Stemmers()


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of one lower-cased word: Snowball's Russian for Cyrillic, English for the rest. Safe in threads."""
    return _STEMMERS.stem(word)


def plain(text: str) -> str:
    """Lower-cased, with ё as е."""
    return text.lower().replace("ё", "е")


def words_of(text: str) -> list[str]:
    """Every word, not stemmed, function words included."""
    return _WORD.findall(plain(text))


def stems_of(text: str) -> list[str]:
    """The stems of a text, function words left out (kept when there is nothing else)."""
    words = words_of(text)
    return [stem(word) for word in words if word not in STOP_WORDS] or [stem(word) for word in words]
