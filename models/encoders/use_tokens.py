"""Tokens of Universal Sentence Encoder, a word at a time and each word once.

The library searches the best segmentation (unigram model; Kudo 2018) of the whole text. No piece of its vocabulary goes
beyond the end of a word, so the best segmentation of a text is that of its words, and clients use the same few
thousand words. Same tokens as the library's; a third of the time.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

WORD_BEGINS: Final = "▁"
"""How SentencePiece marks the beginning of a word."""
_CACHE_WORDS: Final = 50_000
_LONGEST_REMEMBERED: Final = 40


class WordwiseTokenizer:
    """Texts to token ids. Safe to share between threads: a word that two compute at once is the same."""

    def __init__(self, library: Any) -> None:
        """`library`: a loaded `UsePureTokenizer`; AttributeError or ValueError when it is built differently."""
        self._pieces: Sequence[str] = library._pieces
        if any(WORD_BEGINS in piece[1:] for piece in self._pieces):
            raise ValueError("a piece of the vocabulary goes beyond a word")
        self._normalise, self._segment = library._normalizer.normalize, library._viterbi
        self._unknown: list[int] = [library._unk_id]
        self._before, self._after = [library._bos_id], [library._eos_id]
        self._known: dict[str, list[int]] = {}

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, between the marks of beginning and end."""
        return [[*self._before, *self._ids(text), *self._after] for text in texts]

    def _ids(self, text: str) -> Sequence[int]:
        normal = self._normalise(text)
        if not normal:
            return self._unknown
        first, *rest = normal.split(WORD_BEGINS)
        words = [WORD_BEGINS + word for word in rest]
        return list(chain.from_iterable(self._word(word) for word in ([first, *words] if first else words)))

    def _word(self, word: str) -> list[int]:
        ids = self._known.get(word)
        if ids is None:
            ids = self._segment(word)
            if len(word) <= _LONGEST_REMEMBERED:
                if len(self._known) >= _CACHE_WORDS:  # a flood of nonsense words must not fill the memory
                    self._known.clear()
                self._known[word] = ids
        return ids

    @property
    def words(self) -> frozenset[str]:
        """Words that are one piece, in lower case: the frequent words of sixteen languages."""
        return frozenset(p[1:].lower() for p in self._pieces if p.startswith(WORD_BEGINS) and p[1:].isalpha())
