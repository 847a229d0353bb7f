"""The serving process keeps to one core, its readers to the others, and what is not Python's runs on all."""

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import cores
from service.cores import PATIENT_LOOKS, CoreWatch, busy_seconds, choose, free, freely, keep_off, keep_to

ALL = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
pytestmark = pytest.mark.skipif(len(ALL) < 2, reason="there is one core, or a system that doesn't let us choose")


@pytest.fixture(autouse=True)
def _back_to_all() -> Iterator[None]:
    yield
    cores._kept.core = None
    cores._kept.free.clear()
    for thread in threading.enumerate():
        os.sched_setaffinity(thread.native_id or 0, ALL)


def _here() -> set[int]:
    return os.sched_getaffinity(0)


def _on_a_thread(work: object = None) -> set[int]:
    found: list[set[int]] = []

    def look() -> None:
        if callable(work):
            work()
        found.append(_here())

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found[0]


def _in_a_process() -> set[int]:
    said = subprocess.run(
        [sys.executable, "-c", "import os; print(*os.sched_getaffinity(0))"], capture_output=True, text=True, check=True
    )
    return {int(each) for each in said.stdout.split()}


def test_the_chosen_core_is_one_of_ours() -> None:
    assert choose() in ALL


def test_threads_stay_together_and_readers_elsewhere() -> None:
    core = min(ALL)
    assert _on_a_thread(lambda: keep_off(core)) == ALL - {core}
    keep_to(core)
    assert _here() == {core}
    assert _on_a_thread() == {core}


def test_what_is_not_pythons_runs_on_all_cores() -> None:
    core = min(ALL)
    keep_to(core)
    assert _in_a_process() == {core}
    with freely():
        assert _in_a_process() == ALL
        with freely():
            pass
        assert _here() == ALL
    assert _here() == {core}
    assert _on_a_thread(free) == ALL


def test_a_thread_that_has_ended_leaves_nothing_to_the_next_of_its_number() -> None:
    keep_to(min(ALL))
    assert _on_a_thread(free) == ALL
    gc.collect()
    assert not cores._kept.free  # the system gives numbers of threads again


def test_who_was_never_kept_is_left_alone() -> None:
    with freely():
        assert _here() == ALL
    free()
    assert not cores._kept.free


def test_the_core_is_given_up_when_others_need_it_and_taken_again_later() -> None:
    core = min(ALL)
    keep_to(core)
    watch = CoreWatch(core)
    said = threading.Event()
    training = threading.Thread(target=lambda: (free(), said.wait()))
    training.start()
    now, busy, own = 0.0, 100.0, 50.0

    def pass_five_seconds(ours: float, others: float) -> None:
        nonlocal now, busy, own
        now, busy, own = now + 5, busy + ours + others, own + ours
        watch.look(now, busy, own)

    pass_five_seconds(0, 0)
    pass_five_seconds(4, 1)  # our own work says nothing
    pass_five_seconds(0, 5)
    pass_five_seconds(3, 0)
    assert _here() == {core}  # others for once are no trouble
    pass_five_seconds(2, 2)
    pass_five_seconds(2, 2)
    assert _here() == ALL
    assert _on_a_thread() == ALL
    with freely():
        pass
    assert _here() == ALL
    for _ in range(PATIENT_LOOKS):
        pass_five_seconds(2, 2)
    assert _here() == {core}
    assert os.sched_getaffinity(training.native_id or 0) == ALL
    said.set()
    training.join()


def test_how_busy_a_core_was_is_read_from_the_system(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu 1 1 1 1 1 1 1 9 0 0\ncpu0 9 9 9 9 9 9 9 9 0 0\ncpu1 100 20 30 9000 80 3 7 500 0 0\nintr 1\n")
    assert busy_seconds(1, stat) == pytest.approx(160 / os.sysconf("SC_CLK_TCK"))
    assert busy_seconds(7, stat) == 0
    assert busy_seconds(0, tmp_path / "missing") == 0


def test_the_watch_ends_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "LOOK_SECONDS", 0.01)
    looked = threading.Event()
    watch = CoreWatch(min(ALL))
    monkeypatch.setattr(watch, "look", lambda *_: looked.set())
    watch.start()
    assert looked.wait(10)
    watch.stop()
    assert not watch._thread.is_alive()
