"""What a training runs: the commands `otklik train` and `otklik evaluate`, as processes of their own."""

import json
import os
import subprocess
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, Final

from service.domain.trainings import Kind, Training
from service.office import Office

LINES_KEPT: Final = 200
NICENESS: Final = 10
"""Clients are served first."""

REFUSED: Final = 3
"""Exit status of `otklik evaluate --against` when the gate says no: judged all the same."""


class Step:
    """One command that runs. Its progress lines are read as they come; its standard output goes to a file."""

    def __init__(self, arguments: list[str], output: Path, first: float, last: float) -> None:
        """`first` and `last`: the part of the whole work that this step is."""
        self.stage, self.share = "", first
        self.lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._span = (first, last)
        command = [sys.executable, "-m", "training", *arguments, "--progress", "json", "--attended"]
        with output.open("wb") as out:
            # The pipe to its input is closed with this process, however it ends: then the step ends too.
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE, text=True, errors="replace",
                env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )  # fmt: skip
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        self._reading = Thread(target=self._read, name="training-progress", daemon=True)
        self._reading.start()

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        status = self._process.poll()
        if status is not None:
            self._reading.join(timeout=10)
        return status

    @property
    def problem(self) -> str:
        """Why it failed, as it said itself."""
        said = [line.removeprefix("error: ") for line in self.lines if line.startswith("error: ")]
        return said[-1] if said else next(reversed(self.lines), f"it ended with status {self._process.returncode}")

    def end(self) -> None:
        """Stop it now, if it runs: it leaves nothing half-written. Gives its pipes back."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reading.join(timeout=10)
        for pipe in (self._process.stdin, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - it is a pipe
        first, last = self._span
        for line in self._process.stderr:
            told = _progress(line)
            if told is None:
                self.lines.append(line.rstrip())
            else:
                self.stage, self.share = told[0], first + (last - first) * told[1]


def commands(training: Training, folder: Path, live: Path | None, office: Office) -> list[list[str]]:
    """The commands of a training, one after the other; `folder` is its own."""
    settings, steps = office.settings, []
    model = folder / "model"
    if training.kind is Kind.TRAIN:
        options = training.options
        steps.append([
            "train", "--data", str(settings.taxonomy.parent / "examples"), "--taxonomy", str(settings.taxonomy),
            "--out", str(model), "--seed", str(options["seed"]), "--error-rate", str(options["error_rate"]),
        ])  # fmt: skip
    else:
        model = settings.registry / str(training.options["version"])
    golden = settings.taxonomy.parent / "golden"
    if golden.is_dir():
        judge = ["evaluate", "--model", str(model), "--data", str(golden), "--json"]
        steps.append([*judge, "--report", str(folder / "report.html"), *(["--against", str(live)] if live else [])])
    return steps


def _progress(line: str) -> tuple[str, float] | None:
    try:
        told: Any = json.loads(line)
        return str(told["stage"]), float(told["share"])
    except (ValueError, TypeError, KeyError):
        return None
