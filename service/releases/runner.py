"""The worker's side of a training: claim it, run its commands, tell how far it is, keep what comes out.

A training that is cancelled or killed leaves nothing: its folder is removed, the registry takes a model all or not at
all, and the live model is not touched by any of this. When its worker dies the commands end by themselves, and another
worker finds the training lost.
"""

import json
import logging
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Final

from models.artifact import MANIFEST
from models.errors import ModelError
from models.likeness import likeness
from service.domain.trainings import Kind, Training, TrainingState
from service.errors import SupportError
from service.events import MODELS_TOPIC
from service.labelling.exporting import FILES, REPLAY
from service.office import Office
from service.quoting import forget_quotes
from service.releases.registry import register
from service.releases.steps import LABELS, MODEL, REFUSED, Export, Step, judging_command, training_command
from service.storage import models, trainings, understood
from service.storage.models import Verdict

log = logging.getLogger(__name__)

NOTE_SECONDS: Final = 1.0
LOST_SECONDS: Final = 60
TRAIN_PART: Final = 0.85
JUDGEMENT: Final = "judgement.json"


@dataclass
class _Running:
    """A training of this worker: its folder, the model it is judged against, the step that runs, how many are done."""

    training: Training
    folder: Path
    live: Path | None
    step: Step | Export | None = None
    done: int = 0
    noted_at: float = 0.0


class TrainingRunner:
    """Runs at most one training; `tick` is called again and again by one thread."""

    def __init__(self) -> None:
        self._running: _Running | None = None

    def tick(self, office: Office) -> None:
        """Begin what waits, look after what runs."""
        if self._running is None:
            self._begin(office)
        if self._running is not None:
            try:
                self._look_after(self._running, office)
            except (SupportError, ModelError, OSError) as error:
                what = error.detail if isinstance(error, SupportError) else str(error)
                self._end(self._running, TrainingState.FAILED, office, problem=what)

    def close(self, office: Office) -> None:
        """The worker stops: what runs is given up and said so."""
        if self._running is not None:
            self._end(self._running, TrainingState.FAILED, office, problem="the service was stopped; start it again")

    def _begin(self, office: Office) -> None:
        with office.database.read() as connection:
            if trainings.busy(connection) is None:
                return
        with office.database.write() as connection:
            training = trainings.claim(connection, office.clock())
            live = models.plan(connection).live
        if training is None:
            return
        folder = office.settings.var_dir / "trainings" / str(training.id)
        shutil.rmtree(folder, ignore_errors=True)
        known = office.settings.registry / live if live else office.settings.model
        self._running = _Running(training, folder, known if (known / MANIFEST).is_file() else None)
        folder.mkdir(parents=True)

    def _look_after(self, running: _Running, office: Office) -> None:
        step = running.step
        if step is None or step.status is not None:
            if step is not None and step.status not in (0, REFUSED):
                self._end(running, TrainingState.FAILED, office, problem=step.problem)
                return
            if step is not None:
                step.end()
                running.done += 1
            running.step = self._next(running, office)
            if running.step is None:
                self._keep(running, office)
                return
            running.noted_at = 0.0
        if monotonic() - running.noted_at >= NOTE_SECONDS:
            running.noted_at = monotonic()
            self._note(running, office)

    def _next(self, running: _Running, office: Office) -> Step | Export | None:
        """The step that follows those that are done; None after the last."""
        training, folder, output = running.training, running.folder, running.folder / JUDGEMENT
        if running.done == 0:
            return Export(folder / LABELS, office)
        if running.done == 1 and training.kind is Kind.TRAIN:
            return Step(training_command(training, folder, running.live, office), output, 0.0, TRAIN_PART)
        judged = running.done == (2 if training.kind is Kind.TRAIN else 1)
        command = judging_command(training, folder, running.live, office) if judged else None
        first = TRAIN_PART if training.kind is Kind.TRAIN else 0.0
        return Step(command, output, first, 1.0) if command is not None else None

    def _note(self, running: _Running, office: Office) -> None:
        step = running.step
        assert step is not None  # noqa: S101 - one runs
        with office.database.write() as connection:
            now = office.clock()
            known = trainings.note(connection, running.training.id, now, step.stage, step.share, "\n".join(step.lines))
        office.events.publish(MODELS_TOPIC)
        if known.cancelled_by is not None:
            self._end(running, TrainingState.CANCELLED, office)

    def _keep(self, running: _Running, office: Office) -> None:
        training, judgement = running.training, _judgement(running.folder / JUDGEMENT)
        trained = running.folder / MODEL
        if trained.is_dir():
            notes = str(training.options.get("notes", ""))
            version = register(trained, training.started_by, office, notes=notes).version
        else:
            version = str(training.options["version"])
        report = running.folder / "report.html"
        if report.is_file():
            shutil.copyfile(report, office.settings.registry / f"{version}.html")
        if judgement is not None:
            keep_judgement(version, judgement, office)
            _forget_erased(running.folder / LABELS, office)
        self._end(running, TrainingState.DONE, office, version=version)

    def _end(
        self, running: _Running, state: TrainingState, office: Office, *, problem: str | None = None,
        version: str | None = None,
    ) -> None:  # fmt: skip
        self._running = None
        lines = "\n".join(running.step.lines) if running.step else None
        if running.step is not None:
            running.step.end()
        shutil.rmtree(running.folder, ignore_errors=True)
        with office.database.write() as connection:
            trainings.end(
                connection, running.training.id, state, office.clock(), problem=problem, version=version, log=lines
            )
        office.events.publish(MODELS_TOPIC)


def find_lost(office: Office) -> int:
    """End the trainings whose worker is gone; returns how many."""
    now = office.clock()
    with office.database.read() as connection:
        if not trainings.lost(connection, now - timedelta(seconds=LOST_SECONDS)):
            return 0
    with office.database.write() as connection:
        lost = trainings.lost(connection, now - timedelta(seconds=LOST_SECONDS))
        for each in lost:
            problem = "the process that ran it is gone; start it again"
            trainings.end(connection, each.id, TrainingState.FAILED, now, problem=problem)
    for each in lost:
        shutil.rmtree(office.settings.var_dir / "trainings" / str(each.id), ignore_errors=True)
    office.events.publish(MODELS_TOPIC)
    return len(lost)


def keep_judgement(version: str, judgement: dict[str, Any], office: Office) -> None:
    """What `otklik evaluate --json` wrote: the figures of the version, and the gate's verdict against the live one."""
    live = judgement["live"]["report"]["model"] if judgement["live"] is not None else None
    with office.database.write() as connection:
        models.change(connection, version, figures=judgement["judged"])
        if live is not None and live != version:
            models.change(connection, live, figures=judgement["live"])
            verdict = judgement["verdict"]
            seen = {"checks": verdict["checks"], "replay": judgement["replay"]}
            models.keep_verdict(connection, Verdict(version, live, bool(verdict["passed"]), seen, office.clock()))


def _forget_erased(exported: Path, office: Office) -> None:
    """What was erased after it was exported for this training is not quoted by it either."""

    def going(known: Collection[str]) -> set[str]:
        found = {key for text in _texts_of(exported) if (key := likeness(text)) in known}
        return found - understood.likenesses(connection, found)

    with office.database.write() as connection:
        forget_quotes(connection, office.settings.registry, going)


def _texts_of(exported: Path) -> Iterator[str]:
    for name in (*FILES, REPLAY):
        if name.endswith(".jsonl") and (exported / name).is_file():
            with (exported / name).open(encoding="utf-8") as lines:
                yield from (str(json.loads(line)["text"]) for line in lines)


def _judgement(file: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "judged" in found else None
