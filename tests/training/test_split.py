import numpy as np

from models.likeness import grouping_key
from training.split import ALWAYS_TRAIN, assign_folds


def test_case_punctuation_and_digits_do_not_make_a_text_new() -> None:
    assert grouping_key("Где карта?!") == grouping_key("где  карта")
    assert grouping_key("перевёл 100 рублей") == grouping_key("перевёл 5000 рублей")
    assert grouping_key("где карта") != grouping_key("где счёт")


def test_every_fold_has_its_share_of_every_label() -> None:
    labels = ["a"] * 50 + ["b"] * 20
    folds = assign_folds(labels, [f"слово {'x' * i}" for i in range(70)], 5, seed=0)
    for label, share in (("a", 10), ("b", 4)):
        own = folds[[one == label for one in labels]]
        assert np.bincount(own, minlength=5).tolist() == [share] * 5


def test_the_same_text_never_stands_on_both_sides() -> None:
    texts = [f"{'x' * (i % 7)} вопрос" for i in range(70)]
    folds = assign_folds(["a"] * 35 + ["b"] * 35, texts, 5, seed=1)
    for text in set(texts):
        assert len(set(folds[[one == text for one in texts]].tolist())) == 1


def test_a_label_with_one_text_is_always_trained_on() -> None:
    folds = assign_folds(["a", "a", "b", "c", "c"], ["x", "y", "z", "same", "Same!"], 3, seed=0)
    assert folds[2] == ALWAYS_TRAIN
    assert folds[3:].tolist() == [ALWAYS_TRAIN] * 2
    assert ALWAYS_TRAIN not in folds[:2]


def test_the_seed_decides() -> None:
    texts = ["x" * i for i in range(1, 60)]
    first, again, other = (assign_folds(["a"] * 59, texts, 5, seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
