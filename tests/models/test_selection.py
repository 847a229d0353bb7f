"""Choosing what to label."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.encoder import normalise_rows
from models.intent import disagreement
from models.likeness import likeness
from models.selection import NEIGHBOURS, choose, neighbourhood, uncertainty, with_neighbours
from models.taxonomy import Intent, Taxonomy, load_taxonomy, write_taxonomy


def test_a_tie_is_most_uncertain_and_one_class_never() -> None:
    found = uncertainty(np.array([[0.5, 0.5, 0.0], [0.9, 0.1, 0.0]], dtype=np.float32))
    assert np.allclose(found, [1.0, 0.2])
    assert uncertainty(np.ones((3, 1), dtype=np.float32)).tolist() == [0, 0, 0]


@given(arrays(np.float32, st.integers(1, 400), elements=st.floats(0, 4, width=32)), st.integers(1, 30))
def test_chosen_rows_are_different_as_many_as_asked_for_and_the_same_each_time(
    worth: np.ndarray, count: int
) -> None:  # fmt: skip
    vectors = normalise_rows(np.random.default_rng(0).normal(size=(len(worth), 8)))
    rows = choose(worth, vectors, count).tolist()
    assert len(set(rows)) == len(rows) == min(count, len(worth))
    assert rows == choose(worth, vectors, count).tolist()


def test_one_of_each_kind_is_chosen_rather_than_one_kind_only() -> None:
    directions = np.eye(4)[np.repeat(np.arange(4), 10)]
    vectors = normalise_rows(directions + np.random.default_rng(1).normal(scale=0.05, size=directions.shape))
    worth = np.where(np.arange(40) < 10, 1.0, 0.9).astype(np.float32)  # the first kind is worth a little more
    assert sorted(row // 10 for row in choose(worth, vectors, 4).tolist()) == [0, 1, 2, 3]


@given(st.integers(1, 60), st.integers(0, 9))
def test_neighbours_only_add_to_the_worth(count: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    vectors = normalise_rows(chance.normal(size=(count, 6)))
    worth = chance.random(count).astype(np.float32)
    around = neighbourhood(vectors)
    assert around.rows.shape == around.shares.shape == (count, min(NEIGHBOURS, count - 1))
    assert all(row not in near for row, near in enumerate(around.rows.tolist()))
    whole = with_neighbours(worth, around)
    assert (whole >= worth - 1e-6).all()
    assert (whole <= worth * (1 + NEIGHBOURS) + 1e-6).all()


def test_a_doubt_that_many_share_is_worth_more_than_a_doubt_of_its_own() -> None:
    bunch = np.tile(np.eye(4)[0], (12, 1)) + np.random.default_rng(2).normal(scale=0.05, size=(12, 4))
    vectors = normalise_rows(np.vstack([bunch, np.eye(4)[1], np.eye(4)[2]]))
    worth = np.full(14, 0.8, dtype=np.float32)
    worth[13] = 1.0  # the most doubtful, and nothing like it
    whole = with_neighbours(worth, neighbourhood(vectors))
    assert whole[:12].min() > 2 * whole[12:].max()
    settled = np.concatenate([np.zeros(11, dtype=np.float32), worth[11:]])  # the others of the bunch have labels
    assert with_neighbours(settled, neighbourhood(vectors))[11] < 1.0


def test_members_that_would_have_said_otherwise_are_counted() -> None:
    yes, no = np.array([[2.0, 1.0]], dtype=np.float32), np.array([[1.0, 2.0]], dtype=np.float32)
    assert disagreement([yes, yes, no, no], np.array([0])).tolist() == [0.5]


def test_texts_that_differ_in_case_and_digits_are_alike() -> None:
    assert likeness("Где 100 рублей?") == likeness("где 5 рублей")
    assert likeness("где карта") != likeness("где счёт")
    assert likeness("\ud83d") != likeness("")


def test_a_taxonomy_is_written_as_it_is_read(tmp_path: Path) -> None:
    whole = Taxonomy(
        3, ("cards", "general"),
        (
            Intent("a", "cards", "action", "О: «карте» # и", action="block", verified=True, priority="urgent"),
            Intent("b", "general", "answer", "да", secure=True),
        ),
    )  # fmt: skip
    file = tmp_path / "taxonomy.yaml"
    file.write_text(write_taxonomy(whole), encoding="utf-8")
    assert load_taxonomy(file) == whole
