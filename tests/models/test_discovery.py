"""Groups of alike messages, what is noise in vectors, and names made of typical words."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.discovery import ALONE, LEAST, central, group, learn_noise, typical_words
from models.encoder import normalise_rows


def bunches(sizes: list[int], spread: float = 0.15, dimension: int = 32, seed: int = 0) -> np.ndarray:
    """Unit vectors in so many bunches."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(len(sizes), dimension))
    rows = np.concatenate(
        [centres[each] + rng.normal(scale=spread, size=(n, dimension)) for each, n in enumerate(sizes)]
    )
    return normalise_rows(rows)


def test_bunches_are_found_and_the_largest_comes_first() -> None:
    groups = group(bunches([20, 60, 35]))
    assert [int((groups == each).sum()) for each in range(3)] == [60, 35, 20]
    assert groups[0] == groups[19] == 2


def test_messages_that_have_nothing_in_common_are_no_group() -> None:
    scattered = normalise_rows(np.random.default_rng(3).normal(size=(LEAST + 2, 32)))
    assert set(group(scattered).tolist()) == {ALONE}


def test_few_alike_messages_are_one_group_and_fewer_are_none() -> None:
    assert group(bunches([LEAST])).tolist() == [0] * LEAST
    assert group(bunches([LEAST - 1])).tolist() == [ALONE] * (LEAST - 1)
    assert group(np.zeros((0, 32), dtype=np.float32)).tolist() == []


def test_what_varies_within_known_intents_does_not_divide_a_topic() -> None:
    rng = np.random.default_rng(5)
    tone = np.zeros(32)
    tone[0] = 2.0

    def spoken(centre: np.ndarray, count: int) -> np.ndarray:
        return centre + rng.choice([-1, 1], size=(count, 1)) * tone + rng.normal(scale=0.1, size=(count, 32))

    centres = rng.normal(size=(8, 32))
    known = normalise_rows(np.concatenate([spoken(centre, 30) for centre in centres[:6]]))
    fresh = normalise_rows(np.concatenate([spoken(centre, 30) for centre in centres[6:]]))
    noise = learn_noise(known, [str(row // 30) for row in range(len(known))])
    assert int(group(fresh).max()) + 1 > 2  # polite and rude ones apart
    assert sorted(set(group(fresh, noise).tolist()) - {ALONE}) == [0, 1]


def test_labels_of_one_example_each_teach_no_noise() -> None:
    vectors = bunches([1, 1, 1])
    noise = learn_noise(vectors, ["a", "b", "c"])
    assert np.allclose(noise.turn, np.eye(32))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=5), st.integers(0, 5))
def test_groups_are_numbered_without_gaps_and_never_small(sizes: list[int], seed: int) -> None:
    vectors = bunches(sizes, seed=seed)
    groups = group(vectors)
    found = sorted(set(groups.tolist()) - {ALONE})
    assert found == list(range(len(found)))
    counts = [int((groups == each).sum()) for each in found]
    assert counts == sorted(counts, reverse=True)
    assert all(count >= LEAST for count in counts)
    assert groups.tolist() == group(vectors).tolist()


def test_the_most_typical_message_comes_first() -> None:
    vectors = normalise_rows(np.array([[1.0, 1.0], [1.0, 0.0], [0.9, 0.1], [1.0, -0.1]]))
    assert central(vectors)[0] in (1, 2)


def test_a_topic_is_named_by_its_own_words_in_the_form_they_are_used() -> None:
    theme = ["как включить тёмную тему", "тёмную тему сделайте", "где включить тёмную тему", "хочу тёмную тему"]
    gift = ["как купить подарочную карту", "подарочную карту хочу", "где подарочную карту купить"]
    first, second = typical_words([theme, gift])
    assert set(first[:2]) == {"темную", "тему"}
    assert set(second[:2]) == {"подарочную", "карту"}
    assert typical_words([[]]) == [()]
