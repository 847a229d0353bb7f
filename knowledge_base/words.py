"""Words as the lexical searches see them: lower-cased, ё as е, stemmed, without function words."""

import re
from typing import Final

from models.stems import stem

_WORD: Final = re.compile(r"[^\W_]+")

# Short on purpose. "не", "без", "как", "сколько", "how much" tell questions apart; measured on CLINC150, a longer list
# costs the word search three points.
_FUNCTION_WORDS: Final = """
    а б бы в во вот да для до же за и из или к ко ли на над но ну о об от по под при про с со то у уж
    a an and are as at be but by for if in into is it its no of on or such that the their then there these they this
    to was will with
"""
STOP_WORDS: Final = frozenset(_FUNCTION_WORDS.split())


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
