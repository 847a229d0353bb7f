"""Doing the same thing at the same moment in several threads."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from time import monotonic
from typing import Any

PATIENCE_SECONDS = 60.0


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each work returned, or the exception it raised, in order; all of them start at the same moment."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        barrier.wait(PATIENCE_SECONDS)
        try:
            return work()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(PATIENCE_SECONDS) for future in [pool.submit(run, work) for work in works]]


def raised(results: Sequence[Any], kind: type[Exception]) -> list[Exception]:
    """The results that are errors of this kind."""
    return [each for each in results if isinstance(each, kind)]


def unexpected(results: Sequence[Any], *expected: type[Exception]) -> list[Exception]:
    """The results that are errors of no expected kind."""
    return [each for each in results if isinstance(each, Exception) and not isinstance(each, expected)]


def wait_until(condition: Callable[[], Any], what: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as `condition()` is true; fail naming `what` when it never is."""
    ending, pause = monotonic() + patience_seconds, Event()
    while not condition():
        assert monotonic() < ending, f"waited {patience_seconds:.0f} s in vain: {what}"
        pause.wait(0.01)
