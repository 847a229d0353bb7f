"""The client's mood and urgency, from words, emoji, capitals and exclamation marks. Word lists are data.

A lexicon and not a model: it is right where it matters (anger, fear, "срочно", a crying emoji), its reason can be
shown, and its owner edits a file. Weights add up and go through tanh, so that the score stays in [-1, 1].
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import tanh
from pathlib import Path
from typing import Final, Literal

from models.emoji import plain_emoji
from models.errors import DataError
from models.phrases import PhraseFinder, read_lists
from models.stems import split_words

MoodLabel = Literal["positive", "neutral", "negative"]

_WEIGHTS: Final = {"negative": -0.45, "strong_negative": -0.8, "insults": -0.9, "positive": 0.5}
_WORD_LISTS: Final = ("negative", "strong_negative", "positive", "urgent", "insults", "negators")
_OPTIONAL_LISTS: Final = ("neutral",)
_EMOJI_LISTS: Final = ("negative", "positive", "urgent")
_LANGUAGES: Final = ("ru", "en")

_EMOJI_WEIGHT: Final = 0.35
_EMOJI_COUNTED: Final = 3
_NEGATED_POSITIVE: Final = -0.4
_NEGATION_REACH: Final = 2
_TONE: Final = 0.3
"""What shouting, or asking "?!", says when no word does."""
_SHOUTING: Final = 1.4
_EXCLAIMING: Final = 1.2
_CAPITALS = re.compile(r"[A-ZА-ЯЁ]{2,20} [A-ZА-ЯЁ]{3,20} [A-ZА-ЯЁ]{2,20}")
_THRESHOLD: Final = 0.25
_WORDS_LIMIT: Final = 600


@dataclass(frozen=True, slots=True)
class Mood:
    """`score` in [-1, 1], negative is unhappy; `label` cuts it at a quarter either side; `urgent`: can't wait."""

    label: MoodLabel
    score: float
    urgent: bool


class MoodReader:
    """Reads the mood of a message. Immutable after `load`; safe to share between threads."""

    def __init__(self, words: Mapping[str, Iterable[str]], emoji: Mapping[str, Iterable[str]]) -> None:
        self._finder = PhraseFinder({kind: phrases for kind, phrases in words.items() if kind != "negators"})
        self._negators = frozenset(word for phrase in words.get("negators", ()) for word in split_words(phrase))
        self._emoji = {plain_emoji(sign): kind for kind, signs in emoji.items() for sign in signs}

    @classmethod
    def load(cls, folder: Path | str) -> "MoodReader":
        """Read `ru.toml`, `en.toml` and `emoji.toml`. Raises DataError with the file and what to change."""
        folder = Path(folder)
        words: dict[str, list[str]] = {}
        for language in _LANGUAGES:
            path = folder / f"{language}.toml"
            lists = read_lists(path)
            _check_names(path, lists, _WORD_LISTS, _OPTIONAL_LISTS)
            for kind, phrases in lists.items():
                words.setdefault(kind, []).extend(phrases)
        emoji_path = folder / "emoji.toml"
        emoji = read_lists(emoji_path)
        _check_names(emoji_path, emoji, _EMOJI_LISTS, ())
        return cls(words, emoji)

    def read(self, clean_text: str, emojis: Sequence[str] = ()) -> Mood:
        """The mood of a message; `clean_text` and `emojis` as `preparation.Prepared` holds them. Total."""
        words = split_words(clean_text)[:_WORDS_LIMIT]
        total, urgent = self._of_words(words, asks="?" in clean_text)
        emoji_total, urgent_emoji = self._of_emojis(emojis)
        total += emoji_total
        if _is_shouted(clean_text):
            total = total * _SHOUTING if total else -_TONE
        if "!!" in clean_text:
            total *= _EXCLAIMING
        if total <= 0 and ("?!" in clean_text or "!?" in clean_text or "??" in clean_text):
            total -= _TONE
        score = round(tanh(total), 3)
        label: MoodLabel = "negative" if score <= -_THRESHOLD else "positive" if score >= _THRESHOLD else "neutral"
        return Mood(label, score, urgent or urgent_emoji)

    def _of_words(self, words: Sequence[str], *, asks: bool) -> tuple[float, bool]:
        total = 0.0
        urgent = False
        for position, _, kind in self._finder.find(words):
            before = words[max(0, position - _NEGATION_REACH) : position]
            negated = not self._negators.isdisjoint(before)
            if kind == "urgent":
                urgent = urgent or not negated
            elif kind == "positive":
                # A courtesy inside a question ("хорошо, а когда?") says little about the mood.
                total += _NEGATED_POSITIVE if negated else _WEIGHTS[kind] * (0.5 if asks else 1.0)
            elif kind in _WEIGHTS and not (negated and kind == "negative"):
                total += _WEIGHTS[kind]
        return total, urgent

    def _of_emojis(self, emojis: Sequence[str]) -> tuple[float, bool]:
        counts = {"negative": 0, "positive": 0, "urgent": 0}
        for emoji in emojis:
            kind = self._emoji.get(plain_emoji(emoji))
            if kind is not None:
                counts[kind] += len(emoji) if emoji[0] in "()" else 1
        difference = min(counts["negative"], _EMOJI_COUNTED) - min(counts["positive"], _EMOJI_COUNTED)
        return -_EMOJI_WEIGHT * difference, counts["urgent"] > 0


def _check_names(path: Path, lists: Mapping[str, object], required: Sequence[str], optional: Sequence[str]) -> None:
    for name in required:
        if name not in lists:
            raise DataError(f"`{name}` is missing; an empty list is allowed: {name} = []", path)
    for name in lists:
        if name not in required and name not in optional:
            raise DataError(f"`{name}` is unknown; the lists are {', '.join((*required, *optional))}", path)


def _is_shouted(text: str) -> bool:
    """Mostly capitals, or three words of capitals in a row; one abbreviation is not shouting."""
    if _CAPITALS.search(text) is not None:
        return True
    letters = [letter for letter in text[:1000] if letter.isalpha()]
    return len(letters) >= 10 and " " in text.strip() and sum(map(str.isupper, letters)) > 0.7 * len(letters)
