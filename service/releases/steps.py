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

from service import cores
from service.domain.trainings import Kind, Training
from service.errors import NothingToExport, SupportError
from service.labelling import export
from service.labelling.exporting import REPLAY
from service.office import Office

LINES_KEPT: Final = 200
NICENESS: Final = 10
"""Clients are served first."""

MODEL: Final = "model"
LABELS: Final = "labels"

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
        with output.open("wb") as out, cores.freely():
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


class Export:
    """The labels of the service, written for the step that follows; on a thread, as it may take a while."""

    stage, share = "exporting", 0.0

    def __init__(self, folder: Path, office: Office) -> None:
        self.lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._problem: str | None = None
        self._thread = Thread(target=self._write, args=(folder, office), name="training-export", daemon=True)
        self._thread.start()

    @property
    def status(self) -> int | None:
        """0 when it is done, with or without a label; None while it goes on."""
        return None if self._thread.is_alive() else int(self._problem is not None)

    @property
    def problem(self) -> str:
        """Why it failed."""
        return self._problem or ""

    def end(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def _write(self, folder: Path, office: Office) -> None:
        try:
            done = export(folder, office.database, office.settings, office.clock(),
                          replay_days=office.settings.replay_days)  # fmt: skip
            self.lines.append(f"{done.counts['written']} labels")
        except NothingToExport:
            self.lines.append("no message has a label yet")
        except (SupportError, OSError) as error:
            self._problem = error.detail if isinstance(error, SupportError) else str(error)


def training_command(training: Training, folder: Path, live: Path | None, office: Office) -> list[str]:
    """`otklik train` on the examples and any labels in `folder`; a quick one grows from `live`."""
    options, settings = training.options, office.settings
    labels = folder / LABELS
    return [
        "train", "--data", str(settings.taxonomy.parent / "examples"), "--out", str(folder / MODEL),
        "--seed", str(options["seed"]), "--error-rate", str(options["error_rate"]),
        *(["--labels", str(labels)] if labels.is_dir() else ["--taxonomy", str(settings.taxonomy)]),
        *(["--grow-from", str(live)] if options.get("quick") and live else []),
    ]  # fmt: skip


def judging_command(training: Training, folder: Path, live: Path | None, office: Office) -> list[str] | None:
    """`otklik evaluate` of what was trained, or named, against the live one; None without a golden set."""
    golden = office.settings.taxonomy.parent / "golden"
    if not golden.is_dir():
        return None
    model = folder / MODEL if training.kind is Kind.TRAIN else office.settings.registry / training.options["version"]
    labels = folder / LABELS
    messages = labels / REPLAY
    replays = live is not None and messages.is_file() and messages.stat().st_size > 0
    return [
        "evaluate", "--model", str(model), "--data", str(golden), "--json", "--report", str(folder / "report.html"),
        *(["--against", str(live)] if live else []), *(["--labels", str(labels)] if labels.is_dir() else []),
        *(["--replay", str(messages)] if replays else []),
    ]  # fmt: skip


def _progress(line: str) -> tuple[str, float] | None:
    try:
        told: Any = json.loads(line)
        return str(told["stage"]), float(told["share"])
    except (ValueError, TypeError, KeyError):
        return None
