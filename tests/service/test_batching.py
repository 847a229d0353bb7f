"""Questions asked at the same moment share one call, and everybody gets their own answer."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.batching import Together
from tests.service.threads import at_once, unexpected, wait_until


class Answering:
    """Doubles numbers; remembers the batches, and answers when it is let."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, questions: Sequence[int]) -> list[int]:
        """The numbers doubled; a negative one fails."""
        self.batches.append(list(questions))
        assert self.gate.wait(10)
        if any(number < 0 for number in questions):
            raise ValueError("negative")
        return [2 * number for number in questions]


def test_what_is_asked_while_somebody_is_answered_goes_together() -> None:
    answering = Answering()
    together = Together[int, int](answering)
    answering.gate.clear()
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(together.ask, [1])
        wait_until(lambda: len(answering.batches) == 1, "the first batch")
        others = [threads.submit(together.ask, [number, number + 100]) for number in (2, 3, 4)]
        wait_until(lambda: len(together._waiting) == 3, "those who wait")
        answering.gate.set()
        assert first.result(10) == [2]
        assert [each.result(10) for each in others] == [[4, 204], [6, 206], [8, 208]]
    assert answering.batches[0] == [1]
    assert len(answering.batches) == 2
    assert sorted(answering.batches[1]) == [2, 3, 4, 102, 103, 104]


def test_no_batch_is_larger_than_the_largest() -> None:
    answering = Answering()
    together = Together[int, int](answering, largest=2)
    answering.gate.clear()
    with ThreadPoolExecutor(6) as threads:
        asked = [threads.submit(together.ask, [number]) for number in range(6)]
        wait_until(lambda: len(together._waiting) == 5, "those who wait")
        answering.gate.set()
        assert sorted(each.result(10)[0] for each in asked) == [0, 2, 4, 6, 8, 10]
    assert max(len(batch) for batch in answering.batches) == 2


def test_several_answerers_work_side_by_side() -> None:
    one, other = Answering(), Answering()
    together = Together[int, int](one, other)
    one.gate.clear()
    other.gate.clear()
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(together.ask, [number]) for number in (1, 2)]
        wait_until(lambda: len(one.batches) == len(other.batches) == 1, "two batches")
        one.gate.set()
        other.gate.set()
        assert sorted(each.result(10)[0] for each in asked) == [2, 4]


def test_who_asked_with_a_failing_batch_hears_of_it_and_the_next_is_answered() -> None:
    answering = Answering()
    together = Together[int, int](answering)
    with pytest.raises(ValueError, match="negative"):
        together.ask([-1])
    assert together.ask([3]) == [6]


def test_every_one_of_many_threads_gets_its_own_answers() -> None:
    together = Together[int, int](Answering(), Answering(), largest=5)

    def ask(start: int) -> None:
        for number in range(start, start + 50):
            assert together.ask([number]) == [2 * number]

    results = at_once(*(lambda start=start: ask(start) for start in range(0, 800, 100)))
    assert unexpected(results) == []
