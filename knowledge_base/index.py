"""Search by meaning: FAISS over the vectors of passages, each of which belongs to an article."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

EXACT_LIMIT: Final = 50_000
"""Up to this many passages every one is compared (about 5 ms a query at the limit); above, HNSW finds the nearest."""

_NEIGHBOURS: Final = 32
_BUILD_DEPTH: Final = 80
_SEARCH_DEPTH: Final = 256
"""The passages HNSW gives for a query. Those it doesn't count as alike as the last one that it did."""
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
        self._index: Any = faiss.IndexFlatIP(dimension) if self.exact else _graph(dimension)
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        self._taken = min(len(vectors), _SEARCH_DEPTH)
        if self.exact:
            self._line_up()

    def _line_up(self) -> None:
        """What an exact search needs: the passages article by article, and where each article begins."""
        self._order = np.argsort(self._owners, kind="stable")
        self._sorted_owners = self._owners[self._order]
        self._starts = np.flatnonzero(np.diff(self._sorted_owners, prepend=-1))
        self._counts = np.diff(np.append(self._starts, len(self._order)))
        self._present = self._sorted_owners[self._starts]
        count, dimension = self._index.ntotal, self._index.d
        vectors = faiss.rev_swig_ptr(self._index.get_xb(), count * dimension) if count else np.zeros(0, np.float32)
        # A view of what FAISS holds: its `search` would sort all products to give back every one.
        self._vectors = vectors.reshape(count, dimension)

    def search(self, queries: NDArray[np.float32]) -> Likeness:
        """How alike each article is to each query; `queries` is (n, dimension)."""
        shape = (len(queries), len(self._sizes))
        likeness = Likeness(np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.full(shape, -1, np.int64))
        if not self._taken:
            return likeness
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        if self.exact:
            products = queries @ self._vectors.T
            for row in range(len(queries)):
                self._gather_all(products[row], likeness.best[row], likeness.top[row], likeness.passage[row])
        else:
            found, numbers = self._index.search(queries, self._taken)
            for row in range(len(queries)):
                self._gather(found[row], numbers[row], likeness.best[row], likeness.top[row], likeness.passage[row])
        return likeness

    def _gather_all(
        self,
        products: NDArray[np.float32],
        best: NDArray[np.float32],
        top: NDArray[np.float32],
        passage: NDArray[np.int64],
    ) -> None:
        """Fill one query's rows from the products of all passages."""
        if len(self._counts) == len(products):  # one passage an article: each is the best and all there is
            best[self._owners] = top[self._owners] = products
            passage[self._owners] = np.arange(len(products))
            return
        left = products[self._order]
        total = np.zeros(len(self._starts), dtype=np.float32)
        for round_number in range(_GROUP):
            greatest = np.maximum.reduceat(left, self._starts)
            total += np.where(self._counts > round_number, greatest, 0)
            where = np.flatnonzero(left == np.repeat(greatest, self._counts))
            where = where[np.diff(self._sorted_owners[where], prepend=-1) > 0]  # the first of equals
            if round_number == 0:
                best[self._present] = greatest
                passage[self._present] = self._order[where]
            left[where] = -np.inf
        top[self._present] = total / np.minimum(self._counts, _GROUP)

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
