"""Words and their stems (Snowball), Russian by their Cyrillic letters, English otherwise."""

import re
import threading
from functools import lru_cache
from typing import Final

import snowballstemmer

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")


class _Stemmers(threading.local):
    """A stemmer keeps the word it works on, so that each thread has its own."""

    def __init__(self) -> None:
        self.russian = snowballstemmer.stemmer("russian")
        self.english = snowballstemmer.stemmer("english")


_STEMMERS = _Stemmers()


def split_words(text: str) -> list[str]:
    """Words of a text, in lower case, "ё" as "е"; at hyphens a word ends."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower().replace("ё", "е"))]


def stem_once(word: str) -> str:
    """The stem of a lower-case word; words longer than forty characters and numbers are their own stems.

    For long lists of words: `stem` remembers what it is asked, and would forget the words that clients use.
    """
    if len(word) > 40 or word.isdigit():
        return word
    stemmer = _STEMMERS.russian if "а" <= word[0] <= "я" else _STEMMERS.english
    result: str = stemmer.stemWord(word)
    return result


stem: Final = lru_cache(maxsize=16384)(stem_once)
"""The same, remembered."""
