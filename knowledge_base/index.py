"""Search by meaning: FAISS over the vectors of passages, each of which belongs to an article."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

EXACT_LIMIT: Final = 50_000
"""Up to this many passages every one is compared (about 5 ms a query at the limit); above, HNSW finds the nearest."""

NEAREST: Final = 2048
"""The passages taken from FAISS for a query. Those not taken count as alike as the last one that was."""

_NEIGHBOURS: Final = 32
_BUILD_DEPTH: Final = 80
_SEARCH_DEPTH: Final = 256
_GROUP: Final = 3


@dataclass(frozen=True, slots=True)
class Likeness:
    """For each article, (queries, articles) float32: its `best` passage, and the mean of its best three (`top`).

    `top` rewards an article that several of its questions point to; one with fewer than three has the mean of those.
    """

    best: NDArray[np.float32]
    top: NDArray[np.float32]
    passage: NDArray[np.int64]
    """The number of the best passage; -1 when none of the article's was among the nearest."""


class VectorIndex:
    """Inner products of L2-normalised vectors, gathered by article. Reads only after it is built: safe in threads."""

    def __init__(
        self, vectors: NDArray[np.float32], owners: Sequence[int], articles: int, *, exact_limit: int = EXACT_LIMIT
    ) -> None:
        """`vectors` is (passages, dimension); `owners` gives each passage's article, 0..articles-1."""
        self.exact = len(vectors) <= exact_limit
        self._owners = np.asarray(owners, dtype=np.int64)
        self._sizes = np.bincount(self._owners, minlength=articles)
        dimension = vectors.shape[1]
        self._index: faiss.Index = faiss.IndexFlatIP(dimension) if self.exact else _graph(dimension)
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        self._taken = min(len(vectors), NEAREST if self.exact else _SEARCH_DEPTH)

    def search(self, queries: NDArray[np.float32]) -> Likeness:
        """How alike each article is to each query; `queries` is (n, dimension)."""
        shape = (len(queries), len(self._sizes))
        best, top = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
        passage = np.full(shape, -1, dtype=np.int64)
        if self._taken:
            products, numbers = self._index.search(np.ascontiguousarray(queries, dtype=np.float32), self._taken)
            for row in range(len(queries)):
                self._gather(products[row], numbers[row], best[row], top[row], passage[row])
        return Likeness(best, top, passage)

    def _gather(
        self,
        products: NDArray[np.float32],
        numbers: NDArray[np.int64],
        best: NDArray[np.float32],
        top: NDArray[np.float32],
        passage: NDArray[np.int64],
    ) -> None:
        """Fill one query's rows from what FAISS returned, which is sorted by likeness, best first."""
        found = numbers >= 0  # HNSW pads with -1 when it reaches fewer
        if not found.any():
            return
        products, numbers = products[found], numbers[found]
        floor = products[-1]
        order = np.argsort(self._owners[numbers], kind="stable")  # stable: within an article, still best first
        owners = self._owners[numbers][order]
        starts = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1])))
        articles = owners[starts]
        counts = np.diff(np.append(starts, len(owners)))
        first = np.arange(len(owners)) - np.repeat(starts, counts) < _GROUP
        sums = np.bincount(owners[first], products[order][first], minlength=len(best))
        taken = np.minimum(np.bincount(owners, minlength=len(best)), _GROUP)
        wanted = np.minimum(self._sizes, _GROUP)
        best[:] = np.where(self._sizes > 0, floor, 0.0)
        best[articles] = products[order][starts]
        top[:] = (sums + (wanted - taken) * floor) / np.maximum(wanted, 1)
        passage[articles] = numbers[order][starts]


def _graph(dimension: int) -> faiss.IndexHNSWFlat:
    """Hierarchical navigable small worlds (Malkov and Yashunin, 2018)."""
    graph = faiss.IndexHNSWFlat(dimension, _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = _BUILD_DEPTH
    graph.hnsw.efSearch = _SEARCH_DEPTH
    return graph
