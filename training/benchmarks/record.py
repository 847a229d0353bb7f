"""Where benchmark results go, and what is written beside every figure: machine, date, command."""

import json
import os
import platform
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from training.report import Table

RESULTS: Final = Path(__file__).parent / "results"


def machine() -> str:
    """Processor model and number of cores this process may use."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{model}, {cores} cores, no GPU"


def command(module: str) -> str:
    """The command line of this run, with paths outside the repository shortened to their last two parts."""
    words = [module if i == 0 else word for i, word in enumerate(sys.argv)]
    return "python -m " + shlex.join([_shorten(word) for word in words])


def _shorten(word: str) -> str:
    parts = word.split(":", 1)
    if len(parts) == 2 and parts[1].startswith("/"):
        return f"{parts[0]}:{_shorten(parts[1])}"
    return "/".join(("...", *Path(word).parts[-2:])) if word.startswith("/") else word


def save(name: str, module: str, results: Mapping[str, Any], table: Table, note: str, folder: Path = RESULTS) -> Path:
    """Write `<name>.json` and `<name>.md` into `folder`; returns the Markdown file."""
    folder.mkdir(parents=True, exist_ok=True)
    date = datetime.now(UTC).date().isoformat()
    about = {"command": command(module), "date": date, "machine": machine()}
    text = json.dumps({**about, **results}, ensure_ascii=False, indent=1)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    page = f"{table.markdown()}\n\n`{about['command']}`  \n{date}, {about['machine']}. {note}\n"
    path = folder / f"{name}.md"
    path.write_text(page, encoding="utf-8")
    return path
