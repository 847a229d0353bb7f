"""Understanding in processes of its own, so that it has a processor core to itself.

Python runs one thread at a time: while one message is understood, nothing else of the process moves. Reader processes
are forked from the serving process once everything is loaded; they share its memory and live as long as it does. The
serving process can always understand a message itself, and does when a reader is lost or takes too long.
"""

import gc
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from time import perf_counter
from typing import NoReturn, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from service import cores
from service.batching import Together
from service.domain.understanding import Understanding
from service.knowledge import Knowledge
from service.metrics import Metrics
from service.understanding import Context, Question, Reader
from service.vectors import encode

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0
"""A reader that needs longer than this for a batch is stuck; the batch is understood here instead."""

FORKS = sys.platform == "linux"
"""On macOS the system's own libraries don't survive a fork, Windows has none: there the one process does it all."""


@dataclass
class Tally:
    """What a reader counted while it worked on a batch; the serving process adds it to the metrics."""

    counted: list[tuple[str, str]]

    def count(self, counter: str, label: str) -> None:
        """One more."""
        self.counted.append((counter, label))


@dataclass(frozen=True)
class _Texts:
    """Whose meaning is asked, by this encoder and no other."""

    texts: Sequence[str]
    encoder: str


_Asked: TypeAlias = Question | _Texts
_Answer: TypeAlias = Understanding | NDArray[np.float32] | None
_NO_TIME = datetime.min.replace(tzinfo=UTC)
"""Beside what is the same at any time."""


@dataclass(frozen=True)
class _Batch:
    asked: Sequence[_Asked]
    now: datetime
    knowledge: str | None


class ReaderPool:
    """Understands in reader processes, and here when none is left. Any number of threads may ask."""

    def __init__(
        self, reader: Reader, knowledge: Knowledge, metrics: Metrics, processes: int, core: int | None = None
    ) -> None:
        """Forks `processes` readers; call it before the first thread is started. `local` understands here.

        The readers leave `core` to the serving process.
        """
        self.local = reader
        self._knowledge = knowledge
        self._metrics = metrics
        # What is loaded stays: a collector that walks through it would copy every page that the processes share. Nor is
        # there anything to collect before: loading leaves next to no garbage, and the walk takes a quarter of a second.
        gc.freeze()
        self._rooms = [_Room(reader, knowledge, core) for _ in range(processes if FORKS else 0)]
        asking = [self._asking(room) for room in self._rooms] or [self._answer_here]
        self._queue = Together(*asking)

    @property
    def bundle(self) -> Bundle | None:
        """The model in use."""
        return self.local.bundle

    @property
    def problem(self) -> str | None:
        """Why there is no model."""
        return self.local.problem

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that live."""
        return tuple(room.pid for room in self._rooms if room.pid)

    @property
    def lost(self) -> int:
        """Reader processes that are gone; the others and this process do their work."""
        return sum(room.lost for room in self._rooms)

    @property
    def trouble(self) -> str | None:
        """How many reader processes are gone, if any, and which model could not be loaded."""
        lost = (
            f"{self.lost} of {len(self._rooms)} reader processes are lost; restart the service" if self.lost else None
        )
        return "; ".join(each for each in (lost, self.local.trouble) if each) or None

    def understand(self, text: str, context: Context, now: datetime) -> Understanding:
        """One message. Never raises."""
        return self.understand_all([Question(text, context)], now)[0]

    def understand_all(self, questions: Sequence[Question], now: datetime) -> list[Understanding]:
        """Several at once, each on its own. Never raises."""
        started = perf_counter()
        found = self._queue.ask([(question, now) for question in questions])
        self._metrics.understanding_seconds.observe(perf_counter() - started)
        return cast(list[Understanding], found)

    def encode(self, texts: Sequence[str], encoder: str) -> NDArray[np.float32] | None:
        """The meaning of texts, shape (texts, dimension); None when the readers have no encoder of this name."""
        return cast("NDArray[np.float32] | None", self._queue.ask([(_Texts(texts, encoder), _NO_TIME)])[0])

    def _asking(self, room: "_Room") -> Callable[[Sequence[tuple[_Asked, datetime]]], list[_Answer]]:
        def ask(asked: Sequence[tuple[_Asked, datetime]]) -> list[_Answer]:
            found = room.ask(_Batch([each for each, _ in asked], _latest(asked), self._knowledge.version))
            if found is None:
                return self._answer_here(asked)
            answers, counted = found
            for counter, label in counted:
                self._metrics.count(counter, label)
            return answers

        return ask

    def _answer_here(self, asked: Sequence[tuple[_Asked, datetime]]) -> list[_Answer]:
        return _answers([each for each, _ in asked], _latest(asked), self.local)

    def close(self) -> None:
        """Let the readers go."""
        for room in self._rooms:
            room.close()


class _Room:
    """The serving process's side of one reader process."""

    def __init__(self, reader: Reader, knowledge: Knowledge, core: int | None) -> None:
        ours, theirs = Pipe()
        with warnings.catch_warnings():
            # Python 3.12 warns of any thread. The matrix library's are the only ones now, and they survive a fork.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _work(theirs, reader, knowledge, core)
        theirs.close()
        self._line = ours
        self.lost = False

    def ask(self, batch: _Batch) -> tuple[list[_Answer], list[tuple[str, str]]] | None:
        """What the reader made of the batch; None when it is gone or stuck."""
        if self.lost:
            return None
        try:
            self._line.send(batch)
            if self._line.poll(PATIENCE_SECONDS):
                found: tuple[list[_Answer], list[tuple[str, str]]] = self._line.recv()
                if len(found[0]) == len(batch.asked):
                    return found
            problem = "it does not answer"
        except (OSError, EOFError) as error:
            problem = str(error) or type(error).__name__
        self.lost = True
        log.error("a reader process is lost, messages are understood here", extra={"pid": self.pid, "problem": problem})
        self.close()
        return None

    def close(self) -> None:
        """End the process; it has nothing to save."""
        self._line.close()
        if self.pid:
            pid, self.pid = self.pid, 0
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _work(line: Connection, reader: Reader, knowledge: Knowledge, core: int | None) -> NoReturn:
    """The life of a reader process: answer batches until the serving process is gone."""
    status = 1
    try:
        # Ctrl+C reaches every process of a terminal; this one ends when the line does.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if core is not None:
            cores.keep_off(core)
        knowledge.reopen()
        reader.models.reopen()
        reader.models.before_swap = knowledge.follow  # nothing else that depends on the encoder is asked here
        reader.models.follow()
        tally = Tally([])
        mine = reader.counting(tally)
        while True:
            batch: _Batch = line.recv()
            if batch.knowledge != knowledge.version:
                knowledge.load_soon()
            tally.counted = []
            line.send((_answers(batch.asked, batch.now, mine), tally.counted))
    except (EOFError, OSError):
        status = 0
    except BaseException:
        log.exception("a reader process failed")
    finally:
        os._exit(status)


def _latest(asked: Sequence[tuple[_Asked, datetime]]) -> datetime:
    return max(now for _, now in asked)


def _answers(asked: Sequence[_Asked], now: datetime, reader: Reader) -> list[_Answer]:
    """One for each, in order. Never raises."""
    understood = iter(reader.understand_all([each for each in asked if isinstance(each, Question)], now))
    return [next(understood) if isinstance(each, Question) else _encoded(each, reader.bundle) for each in asked]


def _encoded(asked: _Texts, bundle: Bundle | None) -> NDArray[np.float32] | None:
    if bundle is None or bundle.encoder.name != asked.encoder:
        return None
    try:
        return encode(bundle.encoder, asked.texts)
    except Exception:  # whoever asked tries it with an encoder of its own, and says what is wrong
        return None


def default_processes() -> int:
    """One reader for each core but one, at least one and at most four; none where processes can't be forked."""
    return max(1, min(4, (os.cpu_count() or 1) - 1)) if FORKS else 0
