"""The vocabulary of Universal Sentence Encoder's tokenizer as a tree of letters in four arrays.

The library keeps it as a dictionary of 136,000 strings, read anew at every start: half a second and 34 MB. The tree
takes 3 MB and is unpacked once into a file beside the table of weights; where that can't be done, built in memory.
"""

import hashlib
import logging
import struct
import zipfile
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.encoders.unpacked import place_of, write_whole

log = logging.getLogger(__name__)

Arrays = Mapping[str, NDArray[Any]]

_LAYOUT: Final = 1
"""Goes into the file's name, so that another layout is another file."""
_NODES: Final = (("I", "letters"), ("I", "children"), ("i", "ids"))


@dataclass(frozen=True)
class Pieces:
    """What a text is cut into. Immutable; nodes of the tree are numbered level by level, children of one in a row.

    letters    the letter that leads to each node, ascending among the children of one
    children   number of the first child of each node, and one entry more for the end of the last
    ids        the piece that ends at each node, -1 where none does
    scores     logarithm of each piece's probability
    charsmap   the normalisation of SentencePiece, as its model carries it
    marks      ids of what is unknown, of the beginning and of the end
    """

    letters: "array[int]"
    children: "array[int]"
    ids: "array[int]"
    scores: "array[float]"
    charsmap: bytes
    marks: tuple[int, int, int]
    unknown_score: float

    def segment(self, text: str) -> list[int]:
        """Ids of the likeliest pieces that make up the text (unigram model; Viterbi as in Kudo 2018, section 3.2).

        A letter that is no piece counts as unknown, at `unknown_score`. Of two equally likely ways the one found first
        stays, as in SentencePiece.
        """
        length = len(text)
        best = [0.0] + [-1e38] * length
        begun, chosen = [0] * (length + 1), [0] * (length + 1)
        for start in range(length):
            base = best[start]
            ways = list(self._pieces_from(text, start))
            if not ways or ways[0][0] != start + 1:
                ways.append((start + 1, self.marks[0], self.unknown_score))
            for end, piece, score in ways:
                if base + score > best[end]:
                    best[end], begun[end], chosen[end] = base + score, start, piece
        found, end = [], length
        while end > 0:
            found.append(chosen[end])
            end = begun[end]
        return found[::-1] or [self.marks[0]]

    def _pieces_from(self, text: str, start: int) -> Iterator[tuple[int, int, float]]:
        """End, id and score of the pieces that begin there, the shortest first."""
        node = 0
        letters, children = self.letters, self.children
        for end in range(start + 1, len(text) + 1):
            letter, last = ord(text[end - 1]), children[node + 1]
            node = bisect_left(letters, letter, children[node], last)
            if node == last or letters[node] != letter:
                return
            if (piece := self.ids[node]) >= 0:
                yield end, piece, self.scores[piece]

    def all(self) -> Iterator[str]:
        """Every piece as text, level by level."""
        texts = [""] * len(self.ids)
        for node, text in enumerate(texts):
            if self.ids[node] >= 0:
                yield text
            for child in range(self.children[node], self.children[node + 1]):
                texts[child] = text + chr(self.letters[child])
            texts[node] = ""


def open_pieces(model: Path, load: Callable[[], Any]) -> Pieces:
    """The pieces of the library's tokenizer `model` (a file), unpacked before if possible.

    `load` gives the library's own `UsePureTokenizer`, which takes half a second. AttributeError, TypeError or
    ValueError when it is built differently, OSError when the model can't be read.
    """
    fingerprint = hashlib.sha256(model.read_bytes()).hexdigest()[:16]
    unpacked = place_of(f"use-{fingerprint}.pieces{_LAYOUT}.npz")
    if unpacked is None:
        return _assembled(_taken_from(load()))
    try:
        with unpacked.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return _assembled(stored)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        arrays = _taken_from(load())
    try:
        write_whole(unpacked, lambda file: np.savez(file, allow_pickle=False, **arrays))
    except OSError as error:
        log.warning("the tokenizer is read anew at every start", extra={"file": str(unpacked), "problem": str(error)})
    return _assembled(arrays)


def _assembled(arrays: Arrays) -> Pieces:
    unknown, begins, ends = arrays["marks"].tolist()
    letters, children, ids = (array(kind, arrays[name].tobytes()) for kind, name in _NODES)
    scores = array("f", arrays["scores"].tobytes())
    if not len(letters) == len(ids) == len(children) - 1:
        raise ValueError("the arrays of the tree have different lengths")
    charsmap = arrays["charsmap"].tobytes()
    return Pieces(letters, children, ids, scores, charsmap, (unknown, begins, ends), float(arrays["unknown_score"]))


def _taken_from(library: Any) -> dict[str, NDArray[Any]]:
    """The arrays of the tree from the library's dictionary of beginnings: 0, or one more than the id of the piece."""
    beginnings: dict[str, int] = library._prefixes
    ordered = ["", *sorted(beginnings, key=lambda text: (len(text), text))]
    number = {text: node for node, text in enumerate(ordered)}
    parents = np.array([number[text[:-1]] for text in ordered[1:]])
    normalizer = library._normalizer
    units = struct.pack(f"<{len(normalizer._units)}I", *normalizer._units)
    charsmap = struct.pack("<I", len(units)) + units + normalizer._normalized
    return {
        "letters": np.array([ord(text[-1:] or "\0") for text in ordered], dtype=np.uint32),
        "children": (1 + np.searchsorted(parents, np.arange(len(ordered) + 1))).astype(np.uint32),
        "ids": np.array([beginnings.get(text, 0) - 1 for text in ordered], dtype=np.int32),
        "scores": np.array(library._scores, dtype=np.float32),
        "charsmap": np.frombuffer(charsmap, dtype=np.uint8),
        "marks": np.array([library._unk_id, library._bos_id, library._eos_id]),
        "unknown_score": np.array(library._unk_score, dtype=np.float64),
    }
