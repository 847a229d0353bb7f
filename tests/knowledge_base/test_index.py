"""Search by vectors: exact below the limit, HNSW above, and the same answers from both."""

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base.index import VectorIndex


def unit_rows(count: int, dimension: int = 24, seed: int = 0) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_an_article_is_as_alike_as_its_best_passages() -> None:
    vectors, owners = unit_rows(60), sorted(np.random.default_rng(1).integers(0, 9, 60).tolist())
    queries = unit_rows(5, seed=2)
    likeness = VectorIndex(vectors, owners, 10).search(queries)
    products = queries @ vectors.T
    for article in range(9):
        own = np.flatnonzero(np.array(owners) == article)
        best_first = np.sort(products[:, own], axis=1)[:, ::-1]
        np.testing.assert_allclose(likeness.best[:, article], best_first[:, 0], rtol=1e-5)
        np.testing.assert_allclose(likeness.top[:, article], best_first[:, :3].mean(axis=1), rtol=1e-4, atol=1e-6)
        assert likeness.passage[:, article].tolist() == own[products[:, own].argmax(axis=1)].tolist()
    assert likeness.best[:, 9].tolist() == [0.0] * 5  # an article without passages
    assert likeness.passage[:, 9].tolist() == [-1] * 5


def test_an_article_that_is_not_among_the_nearest_gets_the_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge_base.index._SEARCH_DEPTH", 4)
    vectors = unit_rows(10)
    likeness = VectorIndex(vectors, range(10), 10, exact_limit=9).search(vectors[:1])
    products = np.sort(vectors @ vectors[0])[::-1]
    assert likeness.best[0, 0] == pytest.approx(1.0)
    assert np.sort(likeness.best[0])[::-1][4:] == pytest.approx([products[3]] * 6)


def test_the_graph_finds_what_the_exact_search_finds() -> None:
    vectors = unit_rows(3000)
    owners = [number // 5 for number in range(3000)]
    queries = vectors[::30] + 0.1 * unit_rows(100, seed=3)
    exact, graph = (VectorIndex(vectors, owners, 600, exact_limit=limit) for limit in (3000, 2999))
    assert exact.exact
    assert not graph.exact
    agree = exact.search(queries).best.argmax(axis=1) == graph.search(queries).best.argmax(axis=1)
    assert agree.mean() >= 0.98


def test_passages_need_not_stand_in_the_order_of_their_articles() -> None:
    vectors, owners = unit_rows(40), np.random.default_rng(5).integers(0, 6, 40)
    order = np.argsort(owners, kind="stable")
    queries = unit_rows(3, seed=6)
    mixed = VectorIndex(vectors, owners.tolist(), 6).search(queries)
    lined = VectorIndex(vectors[order], owners[order].tolist(), 6).search(queries)
    np.testing.assert_allclose(mixed.best, lined.best, rtol=1e-6)
    np.testing.assert_allclose(mixed.top, lined.top, rtol=1e-6)
    assert mixed.passage.tolist() == order[lined.passage].tolist()


def test_of_equal_passages_each_counts_and_the_first_is_named() -> None:
    same = np.repeat(unit_rows(1), 4, axis=0)
    likeness = VectorIndex(np.concatenate([same, unit_rows(3, seed=9)]), [0, 0, 0, 0, 1, 1, 2], 3).search(same[:1])
    assert likeness.top[0, 0] == pytest.approx(1.0)
    assert likeness.passage[0].tolist()[0] == 0


def test_an_empty_index_finds_nothing() -> None:
    likeness = VectorIndex(np.zeros((0, 8), dtype=np.float32), [], 0).search(unit_rows(2, 8))
    assert likeness.best.shape == (2, 0)
