"""How far a long command is: a bar in a terminal, lines elsewhere, JSON for the service, which also ends it."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

ABANDONED: Final = 75
"""Exit status of a command whose starter is gone."""


class Shown(StrEnum):
    """Where progress goes."""

    AUTO = "auto"
    JSON = "json"


@contextmanager
def watched(shown: Shown, *, attended: bool) -> Iterator["Reporter"]:
    """What is called with (stage, share) while a command works. `attended`: it lives as long as standard input."""
    if attended:
        threading.Thread(target=_leave_with_the_starter, name="attended", daemon=True).start()
    if shown is Shown.JSON or not sys.stderr.isatty():
        yield Reporter(None, as_json=shown is Shown.JSON)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield Reporter(bar)


class Reporter:
    """Shows progress as a bar, as lines (`42 % fitting`) or as lines of JSON with `stage` and `share`."""

    def __init__(self, bar: Progress | None, *, as_json: bool = False) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=1.0) if bar else None
        self._as_json = as_json
        self._last: tuple[str, int] = ("", -1)

    def __call__(self, stage: str, share: float) -> None:
        """Stage and share of the whole, 0 to 1."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=stage, completed=share)
        elif self._as_json:
            if (now := (stage, int(share * 100))) != self._last:
                self._last = now
                typer.echo(json.dumps({"stage": stage, "share": round(share, 3)}), err=True)
        elif (step := int(share * 20) * 5) != self._last[1]:
            self._last = ("", step)
            typer.echo(f"{step} % {stage}", err=True)


def part(report: Callable[[str, float], None], start: float, end: float) -> Callable[[str, float], None]:
    """Progress of a piece of work that takes the whole from `start` to `end`."""
    return lambda stage, share: report(stage, start + share * (end - start))


def _leave_with_the_starter() -> None:
    """Nothing is lost by an abrupt end: artifacts are put in place in one step."""
    while os.read(0, 1024):
        pass
    os._exit(ABANDONED)
