"""Slips of the keyboard and of spelling, mended towards the words of the training texts: «заблакировать», «катра».

There is no dictionary. What clients write about is known from the messages a model is trained on, so a word those never
held is replaced by a frequent one of theirs when it is a slip away; a word they hold is left, and so is what looks like
no word at all. Candidates are found by length and by letters (a set of letters is a bit mask, Damerau 1964 bounds how
many bits a slip can change) and ranked by the price of the slips against how usual the word is, a noisy channel
(Kernighan, Church and Gale 1990). One vocabulary a script: Russian and English never mend each other.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import log10
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from models import vocabulary
from models.preparation import Prepared
from models.slips import slip_price
from models.stems import stem, stem_once

REPAIR: Final = "spelling"
"""Its name in `Prepared.repairs`."""
SHORTEST: Final = 4
LONGEST: Final = 28
"""Letters. Shorter words have too many neighbours, longer ones are no words."""
MAX_REPAIRS: Final = 12
"""Unknown words of one message that are looked at: with more of them it is in another language, or noise."""
TARGET_TEXTS: Final = 3
"""A word that stands in so many training texts may be what a client meant."""
PAIR_TEXTS: Final = 2
_RARE: Final = 15
_OUTNUMBERED: Final = 10
_CHEAP: Final = 0.9
"""A word in at most `_RARE` texts, such a cheap slip away from one in so many times more of them, is a slip itself."""
_TWO_SLIPS_FROM: Final = 8
_LIMITS: Final = ((8, 1.9), (6, 1.15), (5, 1.0), (4, 0.75))
"""From so many letters on, slips of this price are believed."""
_FREQUENCY: Final = 0.25
"""How much a word ten times as frequent may cost more."""
_NEIGHBOUR: Final = 0.3
"""What a candidate gains by standing beside a word it stands beside in the training texts."""
_CACHE_WORDS: Final = 50_000

_WORD = re.compile(r"(?<![\w@/.\[-])[^\W\d_]+(?:['’][^\W\d_]+)*(?![\w@/\]-]|\.\w)")
_TERMINAL = re.compile(r"(?:\A|[.!?…)\n»\"])\W*\Z")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)

_VOWELS: Final = frozenset("аеиоуыэюя")
_SPLIT: Final = 0.4


class Candidate(NamedTuple):
    """A reading of an unknown word (two words when it was written together), and its price less its frequency."""

    price: float
    text: str


@dataclass(frozen=True)
class _Targets:
    """Words of one script that may be meant, by length, with the set of letters of each as a bit mask."""

    words: dict[int, tuple[str, ...]]
    masks: dict[int, NDArray[np.uint64]]

    @classmethod
    def of(cls, words: Iterable[str]) -> "_Targets":
        by_length: dict[int, list[str]] = {}
        for word in words:
            by_length.setdefault(len(word), []).append(word)
        masks = {size: np.array([_mask(word) for word in group], dtype=np.uint64) for size, group in by_length.items()}
        return cls({size: tuple(group) for size, group in by_length.items()}, masks)

    def near(self, word: str, slips: int) -> list[str]:
        """Words at most so many slips away (optimal string alignment distance)."""
        found: list[str] = []
        mask = np.uint64(_mask(word))
        for size in range(len(word) - slips, len(word) + slips + 1):
            if size in self.words:
                close = np.flatnonzero(np.bitwise_count(self.masks[size] ^ mask) <= 2 * slips)
                group = self.words[size]
                found += [group[i] for i in close.tolist() if OSA.distance(word, group[i], score_cutoff=slips) <= slips]
        return found


def _mask(word: str) -> int:
    """Letters as bits; several letters may share one, which only lets more candidates through."""
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) & 63)
    return mask


@dataclass(frozen=True)
class Spelling:
    """The words of the training texts. Immutable but for a cache; safe to share between threads.

    `words`: those never changed, and pairs of words («не могу») that are mended when written together; sorted.
    `counts`: shape (words,), in how many training texts each stands.
    """

    words: tuple[str, ...]
    counts: NDArray[np.float32]
    _known: dict[str, float] = field(init=False, repr=False, compare=False)
    _stems: frozenset[str] = field(init=False, repr=False, compare=False)
    _targets: dict[bool, _Targets] = field(init=False, repr=False, compare=False)
    _cache: dict[str, tuple[Candidate, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        known = dict(zip(self.words, self.counts.tolist(), strict=True))
        object.__setattr__(self, "_known", known)
        singles = [word for word in self.words if " " not in word]
        object.__setattr__(self, "_stems", frozenset(stem_once(w) for w in singles if len(w) >= SHORTEST))
        frequent = [w for w in singles if known[w] >= TARGET_TEXTS and len(w) >= SHORTEST]
        scripts = {
            cyrillic: _Targets.of(w for w in frequent if _is_cyrillic(w) == cyrillic) for cyrillic in (True, False)
        }
        object.__setattr__(self, "_targets", scripts)

    @classmethod
    def learn(cls, texts: Iterable[str], dictionary: Iterable[str] = ()) -> "Spelling":
        """Count the words of the texts (`Prepared.model_text`); rare ones a slip away from usual ones are left out.

        `dictionary`: further words that are right as they are, never what is meant.
        """
        words: Counter[str] = Counter()
        pairs: Counter[str] = Counter()
        for text in texts:
            found = [_plain(match) for match in _WORD.findall(text)]
            words.update(set(found))
            pairs.update({f"{a} {b}" for a, b in pairwise(found) if len(a) > 1 and len(b) > 1})
        right = {word for word in map(_plain, (*_COMMON, *dictionary)) if SHORTEST <= len(word) <= LONGEST}
        counted = cls._of(words | {pair: count for pair, count in pairs.items() if count >= PAIR_TEXTS})
        kept = {word: count for word, count in words.items() if word in right or not counted._is_slip(word, count)}
        usual = {pair: count for pair, count in pairs.items() if count >= PAIR_TEXTS and _is_pair(pair, kept)}
        mending = cls._of(kept | usual)
        kept |= {word: 0 for word in right - kept.keys() if mending._find(word)}
        return cls._of(kept | {pair: count for pair, count in usual.items() if pair.replace(" ", "") not in kept})

    @classmethod
    def _of(cls, counts: Mapping[str, int]) -> "Spelling":
        words = tuple(sorted(counts))
        return cls(words, np.array([counts[word] for word in words], dtype=np.float32))

    def _is_slip(self, word: str, count: int) -> bool:
        if count > _RARE or len(word) < SHORTEST:
            return False
        own = stem(word)
        return any(
            self._known[reading.text] >= _OUTNUMBERED * count
            and self._price(reading) <= _CHEAP
            and stem(reading.text) != own
            for reading in self._find(word)
        )

    def repair(self, text: str) -> str:
        """The text with its slips mended. Total, deterministic, idempotent; what is known is never touched."""
        matches = list(_WORD.finditer(text))
        foreign = _CYRILLIC.search(text) is not None
        plain = [_plain(match.group()) for match in matches]
        changes: list[tuple[re.Match[str], str]] = []
        looked = 0
        for position, (match, word) in enumerate(zip(matches, plain, strict=True)):
            if self._is_left(match, word, text, foreign):
                continue
            looked += 1
            if looked > MAX_REPAIRS:
                return text
            if candidates := self._readings(word):
                before = plain[position - 1] if position else ""
                after = plain[position + 1] if position + 1 < len(plain) else ""
                changes.append((match, self._best(candidates, before, after)))
        for match, meant in reversed(changes):
            text = text[: match.start()] + _with_case(meant, match.group()) + text[match.end() :]
        return text

    def _is_left(self, match: re.Match[str], word: str, text: str, cyrillic_text: bool) -> bool:
        """Known, too short or long, a brand in a Russian sentence, or a name: a capital inside a sentence."""
        if word in self._known or not SHORTEST <= len(word) <= LONGEST:
            return True
        if cyrillic_text and not _is_cyrillic(word):
            return True
        written = match.group()
        if written[0].isupper() and not written.isupper() and not _TERMINAL.search(text[: match.start()][-12:]):
            return True
        # A form of a known word; of four letters only with a vowel at its end, for there most slips have a stem too.
        return (len(word) > SHORTEST or word[-1] in _VOWELS) and stem(word) in self._stems

    def _price(self, reading: Candidate) -> float:
        """What the slips alone cost."""
        return reading.price + _FREQUENCY * log10(self._known[reading.text])

    def _best(self, candidates: Sequence[Candidate], before: str, after: str) -> str:
        if len(candidates) == 1:
            return candidates[0].text

        def price(candidate: Candidate) -> tuple[float, str]:
            words = candidate.text.split(" ")
            beside = f"{before} {words[0]}" in self._known or f"{words[-1]} {after}" in self._known
            return candidate.price - _NEIGHBOUR * beside, candidate.text

        return min(candidates, key=price).text

    def _readings(self, word: str) -> tuple[Candidate, ...]:
        known = self._cache.get(word)
        if known is None:
            known = self._find(word)
            if len(self._cache) >= _CACHE_WORDS:  # a flood of nonsense words must not fill the memory
                self._cache.clear()
            self._cache[word] = known
        return known

    def _find(self, word: str) -> tuple[Candidate, ...]:
        """Believable readings, best first."""
        limit = next((price for size, price in _LIMITS if len(word) >= size), 0.0)
        slips = 2 if len(word) >= _TWO_SLIPS_FROM else 1
        found = [
            Candidate(price - _FREQUENCY * log10(self._known[meant]), meant)
            for meant in self._targets[_is_cyrillic(word)].near(word, slips)
            if meant != word and (price := slip_price(word, meant)) <= limit
        ]
        for cut in range(2, len(word) - 1):
            pair = f"{word[:cut]} {word[cut:]}"
            if (count := self._known.get(pair)) is not None:
                found.append(Candidate(_SPLIT - _FREQUENCY * log10(count), pair))
        return tuple(sorted(found)[:6])

    def mend(self, prepared: Prepared) -> Prepared:
        """The message with its `model_text` mended, and "spelling" among its repairs if anything was."""
        text = self.repair(prepared.model_text)
        if text == prepared.model_text:
            return prepared
        return replace(prepared, model_text=text, repairs=(*dict.fromkeys((*prepared.repairs, REPAIR)),))


_COMMON: Final = frozenset(
    word.replace("ё", "е") for words in (vocabulary.RUSSIAN, vocabulary.ENGLISH, vocabulary.NAMES) for word in words
)


def _is_pair(pair: str, kept: dict[str, int]) -> bool:
    """Written together it must be no word, and both must be usual: else it would tear words apart."""
    first, second = pair.split(" ")
    return (
        len(pair) > SHORTEST
        and first + second not in kept
        and min(kept.get(first, 0), kept.get(second, 0)) >= TARGET_TEXTS
    )


def _plain(word: str) -> str:
    return word.lower().replace("ё", "е").replace("’", "'")


def _is_cyrillic(word: str) -> bool:
    return "а" <= word[0] <= "я"


def _with_case(meant: str, written: str) -> str:
    if len(written) > 1 and written.isupper():
        return meant.upper()
    return meant.capitalize() if written[0].isupper() else meant
