"""Tokens of Universal Sentence Encoder, a word at a time and each word once.

The library normalises the whole text and searches its best segmentation (unigram model; Kudo 2018). Neither looks
across a space, and no piece of the vocabulary goes beyond the end of a word, so the tokens of a text are those of its
words, and clients use the same few thousand words. Same tokens as the library's.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Final

from models.encoders.use_pieces import Pieces

WORD_BEGINS: Final = "▁"
"""How SentencePiece marks the beginning of a word."""
_CACHE_WORDS: Final = 50_000
_LONGEST_REMEMBERED: Final = 40


class WordwiseTokenizer:
    """Texts to token ids. Safe to share between threads: a word that two compute at once is the same."""

    def __init__(self, pieces: Pieces, normalise: Callable[[str], str]) -> None:
        """`normalise` as SentencePiece does it by the charsmap of the pieces."""
        self._pieces, self._normalise = pieces, normalise
        unknown, begins, ends = pieces.marks
        self._unknown, self._before, self._after = [unknown], [begins], [ends]
        self._known: dict[str, list[int]] = {}

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, between the marks of beginning and end."""
        return [[*self._before, *self._ids(text), *self._after] for text in texts]

    def _ids(self, text: str) -> Sequence[int]:
        # The mark itself, written by a client, is a space to some steps and a letter to others: taken as a whole.
        words = [text] if WORD_BEGINS in text else text.split(" ")
        return list(chain.from_iterable(self._word(word) for word in words)) or self._unknown

    def _word(self, word: str) -> list[int]:
        ids = self._known.get(word)
        if ids is None:
            first, *rest = self._normalise(word).split(WORD_BEGINS)
            parts = [first, *(WORD_BEGINS + each for each in rest)]
            ids = list(chain.from_iterable(self._pieces.segment(part) for part in parts if part))
            if len(word) <= _LONGEST_REMEMBERED:
                if len(self._known) >= _CACHE_WORDS:  # a flood of nonsense words must not fill the memory
                    self._known.clear()
                self._known[word] = ids
        return ids

    @property
    def words(self) -> frozenset[str]:
        """Words that are one piece, in lower case: the frequent words of sixteen languages."""
        found = self._pieces.all()
        return frozenset(p[1:].lower() for p in found if p.startswith(WORD_BEGINS) and p[1:].isalpha())
