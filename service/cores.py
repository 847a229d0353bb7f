"""The processor core that a serving process keeps to.

Python runs one thread at a time. Where its threads may run on several cores, each hand-over from thread to thread
(every statement of the database makes some) wakes the next one on another core, and everything that the interpreter
has in the caches of the first moves after it: a message then costs a quarter more. So the threads of a serving process
stay together on one core, and its readers have the others (training/benchmarks/results/serving.md).

Work that is not Python's (training, products of large matrices) runs `freely`. When somebody else needs the core, it is
given up for a while. Linux only; elsewhere everything here does nothing.
"""

import logging
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from weakref import WeakSet

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
SHARED = 0.3
"""Share of the time that others run on our core from which on it is not ours any more, two looks in a row."""
PATIENT_LOOKS = 12
"""Looks until we try it again: a minute."""
_CAN = hasattr(os, "sched_setaffinity")


class _Kept:
    """What the process keeps to; `core` is None while it runs on all."""

    def __init__(self) -> None:
        self.all: frozenset[int] = frozenset(os.sched_getaffinity(0)) if _CAN else frozenset()
        self.core: int | None = None
        self.free: WeakSet[threading.Thread] = WeakSet()


_kept = _Kept()


def choose() -> int | None:
    """A core to keep to: any of those that the process may use, so that several processes take different ones.

    None where there is one only, or the system has no such thing.
    """
    return random.choice(sorted(_kept.all)) if len(_kept.all) > 1 else None


def keep_to(core: int) -> None:
    """From now on the calling thread, and every thread and process that it starts, runs on this core alone."""
    _kept.core = core
    _allow(0, {core})


def keep_off(core: int) -> None:
    """The calling thread leaves this core to others."""
    _allow(0, _kept.all - {core})


def free() -> None:
    """The calling thread, and what it starts, may run on every core until it ends: it does what is not Python's."""
    if _kept.core is not None:
        _kept.free.add(threading.current_thread())
        _allow(0, _kept.all)


@contextmanager
def freely() -> Iterator[None]:
    """Within the block the calling thread, and what it starts, may run on every core."""
    own = threading.current_thread()
    if _kept.core is None or own in _kept.free:
        yield
        return
    free()
    try:
        yield
    finally:
        _kept.free.discard(own)
        if _kept.core is not None:
            _allow(0, {_kept.core})


def _allow(thread: int, cores: set[int] | frozenset[int]) -> None:
    with suppress(OSError):  # the thread has ended, or the cores were taken from us: then the system decides
        os.sched_setaffinity(thread, cores)


class CoreWatch:
    """Gives the core up while others need it, and takes it again; looks every few seconds on a thread of its own."""

    def __init__(self, core: int) -> None:
        self._core = core
        self._before: tuple[float, float, float] | None = None
        self._shared = 0
        self._away = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="otklik-core", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; the threads stay where they are."""
        self._stopping.set()
        self._thread.join(timeout=LOOK_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            self.look(time.monotonic(), busy_seconds(self._core), time.process_time())

    def look(self, now: float, busy: float, own: float) -> None:
        """One look: when it is, and for how long the core and this process have worked so far, in seconds."""
        before, self._before = self._before, (now, busy, own)
        if self._away:
            self._away -= 1
            if not self._away:
                self._take_again()
            return
        if before is None:
            return
        elapsed, others = now - before[0], (busy - before[1]) - (own - before[2])
        self._shared = self._shared + 1 if others > SHARED * elapsed else 0
        if self._shared >= 2:
            self._give_up()

    def _give_up(self) -> None:
        log.info("others need the core that this process keeps to, it runs on all", extra={"core": self._core})
        self._shared, self._away, _kept.core = 0, PATIENT_LOOKS, None
        for thread in Path("/proc/self/task").iterdir():  # those that libraries have started as well
            _allow(int(thread.name), _kept.all)

    def _take_again(self) -> None:
        self._before, _kept.core = None, self._core
        for thread in threading.enumerate():
            if thread not in _kept.free:
                _allow(thread.native_id or 0, {self._core})


def busy_seconds(core: int, stat: Path = Path("/proc/stat")) -> float:
    """For how long a core has worked since the machine started; 0 where the system doesn't tell."""
    with suppress(OSError, ValueError):
        for line in stat.read_text().splitlines():
            name, *counts = line.split()
            if name == f"cpu{core}":
                user, nice, system, _idle, _waiting, *interrupts = map(int, counts[:7])
                return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
    return 0.0
