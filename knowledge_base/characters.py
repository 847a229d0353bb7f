"""Search by letters: TF-IDF over character n-grams within words. It sees through typos and endings."""

from collections import Counter
from collections.abc import Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge_base.words import plain


class LetterSearch:
    """Cosine of TF-IDF vectors of 3- to 5-grams (scikit-learn's `char_wb`). Reads only: safe in threads.

    scikit-learn builds the vectors; a query is scored here, over posting lists, because `transform` and a sparse
    product cost five times as much for one query.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        vectorizer = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32, preprocessor=plain
        )
        self._ids: dict[str, int] = {}
        self._analyse = vectorizer.build_analyzer()
        if any(not text.isspace() and text for text in texts):
            columns = vectorizer.fit_transform(texts).tocsc()
            self._ids = vectorizer.vocabulary_
            self._idf = vectorizer.idf_.astype(np.float32)
            self._starts, self._rows, self._values = columns.indptr, columns.indices, columns.data

    def scores(self, query: str) -> NDArray[np.float32]:
        """(texts,) cosines in 0..1; zeros where no n-gram is shared."""
        counts = Counter(map(self._ids.get, self._analyse(query), repeat(-1)))
        unknown = counts.pop(-1, 0)
        if not counts:
            return np.zeros(self._size, dtype=np.float32)
        ids = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * self._idf[ids]
        weights /= np.sqrt(weights @ weights + unknown * float(self._idf.max()) ** 2)
        starts, ends = self._starts[ids], self._starts[ids + 1]
        lengths = ends - starts
        # Positions of all postings of all n-grams, one after another, without a Python loop.
        offsets = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
        places = offsets + np.arange(len(offsets))
        products = self._values[places] * np.repeat(weights, lengths)
        return np.bincount(self._rows[places], products, minlength=self._size).astype(np.float32)
