"""The benchmarks of label economy and discovery count what they say they count."""

import numpy as np

from models.encoder import normalise_rows
from training.benchmarks.discovery import judge
from training.benchmarks.label_economy import Point, Texts, needed, run, summarise


def bunched(each: int, seed: int) -> Texts:
    """Messages of four intents, two of them close to each other."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(4, 24))
    centres[1] = centres[0] + 0.35 * centres[1]
    targets = np.repeat(np.arange(4), each)
    return Texts(normalise_rows(centres[targets] + rng.normal(scale=0.5, size=(4 * each, 24))), targets)


def test_a_run_starts_with_the_first_labels_and_ends_at_the_goal_or_with_the_data() -> None:
    train, test = bunched(40, 1), bunched(20, 2)
    for chosen in (True, False):
        points = run(train, test, chosen=chosen, seed=0, first=2, batch=10, until=1.01)
        assert [point.labels for point in points] == [*range(8, 160, 10), 160]
        assert points[-1].accuracy > 0.7
        goal = run(train, test, chosen=chosen, seed=0, first=2, batch=10, until=points[0].accuracy)
        assert len(goal) == 1


def test_the_ratio_is_that_of_the_mean_labels() -> None:
    chosen = [[Point(10, 0.5), Point(20, 0.9)], [Point(10, 0.5), Point(40, 0.95)]]
    random = [[Point(10, 0.5), Point(70, 0.9)], [Point(10, 0.5), Point(50, 0.9)]]
    found = summarise({"chosen": chosen, "random": random}, 10, 0.9)
    assert (found["ratio"], found["ratio_beyond_first"]) == (0.5, 0.4)
    assert needed(chosen[0], 0.99) is None
    assert summarise({"chosen": chosen, "random": random}, 10, 0.99)["ratio"] is None


def test_an_intent_is_found_when_a_group_is_pure_enough() -> None:
    targets = np.array([7] * 9 + [1] + [8] * 5 + [1] * 5 + [9] * 3)
    groups = np.array([0] * 10 + [1] * 10 + [-1] * 3)
    found = judge(groups, targets, np.array([7, 8, 9]))
    assert (found["found"], found["groups"]) == (1, 2)
    assert found["accuracy"] == round(14 / 17, 4)
