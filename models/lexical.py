"""The spelling of a message as a sparse vector: character n-grams inside words, words, and pairs of words.

The same features as scikit-learn's TfidfVectorizer would give (sublinear TF-IDF, Salton & Buckley 1988, each block
scaled to length 1), written so that one message costs tens of microseconds: the n-grams of a word are looked up once
and remembered, because clients use the same few thousand words.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

TOKEN: Final = re.compile(r"\w+|[^\w\s]")
CHARACTERS: Final = (2, 4)
"""Shortest and longest n-gram inside a word, whose ends are marked by a space. 5 gained nothing in cross-validation."""
MAX_WORD: Final = 32
"""Characters of a word that are looked at; longer ones are codes, links or noise."""
MAX_TOKENS: Final = 300
_CACHE_WORDS: Final = 50_000


def tokens(text: str) -> list[str]:
    """Lower-case words and single punctuation marks, at most `MAX_TOKENS`, each at most `MAX_WORD` characters."""
    return [token[:MAX_WORD] for token in TOKEN.findall(text.lower())[:MAX_TOKENS]]


def character_ngrams(word: str) -> list[str]:
    """N-grams of one word with its ends marked, repeats included."""
    padded = f" {word} "
    shortest, longest = CHARACTERS
    return [
        padded[start : start + size] for size in range(shortest, longest + 1) for start in range(len(padded) - size + 1)
    ]


def word_ngrams(words: Sequence[str]) -> list[str]:
    """Words and pairs of neighbours. `=` in front keeps them apart from character n-grams."""
    return [f"={word}" for word in words] + [f"={a} {b}" for a, b in pairwise(words)]


@dataclass(frozen=True)
class Vocabulary:
    """Feature -> column, with inverse document frequencies. Character n-grams come first, then words.

    `features` sorted within each block; `idf` shape (features,), float32; `characters` the size of the first block.
    """

    features: tuple[str, ...]
    idf: NDArray[np.float32]
    characters: int
    _columns: dict[str, int] = field(init=False, repr=False, compare=False)
    _word_cache: dict[str, NDArray[np.int32]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_columns", {feature: column for column, feature in enumerate(self.features)})

    @classmethod
    def learn(cls, texts: Iterable[str], min_texts: int = 1) -> "Vocabulary":
        """Collect the features that stand in at least `min_texts` texts; smoothed idf = 1 + ln((1 + n) / (1 + df))."""
        characters: Counter[str] = Counter()
        words: Counter[str] = Counter()
        count = 0
        for text in texts:
            count += 1
            found = tokens(text)
            characters.update({ngram for word in set(found) for ngram in character_ngrams(word)})
            words.update(set(word_ngrams(found)))
        kept = [sorted(f for f, seen in block.items() if seen >= min_texts) for block in (characters, words)]
        seen_in = [float(characters[f]) for f in kept[0]] + [float(words[f]) for f in kept[1]]
        idf = 1.0 + np.log((1.0 + count) / (1.0 + np.array(seen_in)))
        return cls(tuple(kept[0] + kept[1]), idf.astype(np.float32), len(kept[0]))

    def _word_columns(self, word: str) -> NDArray[np.int32]:
        """Columns of the known character n-grams of a word, repeats included."""
        known = self._word_cache.get(word)
        if known is None:
            found = (self._columns.get(ngram) for ngram in character_ngrams(word))
            known = np.array([column for column in found if column is not None], dtype=np.int32)
            if len(self._word_cache) >= _CACHE_WORDS:  # a flood of nonsense words must not fill the memory
                self._word_cache.clear()
            self._word_cache[word] = known
        return known

    def row(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Sorted columns and values of one text; each block of the values has length 1 (or is empty)."""
        found = tokens(text)
        parts = [self._word_columns(word) for word in found]
        words = [column for ngram in word_ngrams(found) if (column := self._columns.get(ngram)) is not None]
        parts.append(np.array(words, dtype=np.int32))
        columns, counts = np.unique(np.concatenate(parts), return_counts=True)
        values = np.asarray((1.0 + np.log(counts)) * self.idf[columns], dtype=np.float32)
        border = int(np.searchsorted(columns, self.characters))
        for block in (values[:border], values[border:]):
            if block.size:
                block /= np.sqrt(block @ block)
        return columns, values

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Shape (texts, features), float32."""
        rows = [self.row(text) for text in texts]
        starts = np.zeros(len(rows) + 1, dtype=np.int32)
        np.cumsum([len(columns) for columns, _ in rows], out=starts[1:])
        columns = np.concatenate([c for c, _ in rows]) if rows else np.zeros(0, dtype=np.int32)
        values = np.concatenate([v for _, v in rows]) if rows else np.zeros(0, dtype=np.float32)
        return csr_matrix((values, columns, starts), shape=(len(rows), len(self.features)), dtype=np.float32)
