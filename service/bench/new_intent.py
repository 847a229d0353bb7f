"""How long it takes from thirty messages of a new intent to a model that serves it, with a full data set beside.

A service of its own is set up on BANKING77: the training part as examples, the test part as golden messages, one intent
left out of both. A model of the rest is trained and put live. Then one command adds the intent, as an owner would type
it, and the messages of the left-out test part are asked.
"""

import csv
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from service.domain.labels import OUT_OF_SCOPE
from service.errors import InvalidInput, SetupError
from service.storage.database import Database
from service.storage.migrate import migrate

GOLDEN_AN_INTENT: Final = 20
FULL: Final = "full_training.json"
_STEP: Final = re.compile(r"^(.+?) in ([\d.]+) s$")


def prepare(data: Path, folder: Path, intent: str) -> None:
    """Lay the data out in `folder` without the intent, and train the model of the rest; nothing if it is there."""
    if (folder / FULL).is_file():
        return
    train, test = _parts(data, intent)
    train.pop(intent)
    test.pop(intent)
    _lay_out(folder, train, test)
    full = _run(folder, "train", "--data", str(folder / "data" / "examples"), "--out", str(folder / "var" / "model"),
                "--taxonomy", str(folder / "data" / "taxonomy.yaml"))  # fmt: skip
    (folder / FULL).write_text(json.dumps({name: full[name] for name in ("seconds", "cpu_seconds")}), encoding="utf-8")


def measure_new_intent(data: Path, prepared: Path, folder: Path, intent: str, shots: int) -> dict[str, Any]:
    """Seconds of each step, processor time, and what the new model makes of the intent's held-out messages.

    `prepared`: what `prepare` made of the same intent; it stays as it is.
    """
    train, test = _parts(data, intent)
    given, asked = train.pop(intent)[:shots], test.pop(intent)
    full = json.loads((prepared / FULL).read_text(encoding="utf-8"))
    for part in ("data", "var"):
        shutil.copytree(prepared / part, folder / part)
    (folder / "new.txt").write_text("\n".join(given), encoding="utf-8")
    (folder / "asked.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in asked), encoding="utf-8")
    database = Database(f"sqlite:///{folder / 'var' / 'otklik.db'}")
    migrate(database)
    database.close()
    added = _run(folder, "model", "add-intent", intent, "--examples", str(folder / "new.txt"), "--department",
                 "general", "--title", intent, "--mode", "auto", "--promote")  # fmt: skip
    served = _run(folder, "ask", "--json", "--file", str(folder / "asked.jsonl"))
    read = [json.loads(line) for line in served["output"].splitlines()]
    steps = [found for line in added["said"].splitlines() if (found := _STEP.match(line.strip()))]
    return {
        "examples": sum(map(len, train.values())), "intents": len(train), "shots": len(given), "intent": intent,
        "full_training_seconds": full["seconds"], "full_training_cpu_seconds": full["cpu_seconds"],
        "seconds": added["seconds"], "cpu_seconds": added["cpu_seconds"],
        "steps": {found[1].split(" with ")[0]: float(found[2]) for found in steps},
        "asked": len(read), "recognised": sum(each["intent"] == intent and each["in_scope"] for each in read),
        "verdict": [line.strip() for line in added["output"].splitlines() if line.strip()[:1] in "✓✗"],
    }  # fmt: skip


def _parts(data: Path, intent: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    train, test = (_read(data / f"{part}.csv") for part in ("train", "test"))
    if intent not in train or intent not in test:
        raise InvalidInput(f"{data} has no intent {intent!r}")
    return train, test


def _read(file: Path) -> dict[str, list[str]]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            found: dict[str, list[str]] = {}
            for row in csv.DictReader(lines):
                found.setdefault(_id_of(row["category"]), []).append(" ".join(row["text"].split()))
            return found
    except (OSError, KeyError) as error:
        raise InvalidInput(f"{file} is not a part of BANKING77 ({error})") from error


def _id_of(category: str) -> str:
    return re.sub(r"[^a-z0-9_]", "", category.lower())


def _lay_out(folder: Path, train: Mapping[str, Sequence[str]], test: Mapping[str, Sequence[str]]) -> None:
    for part, rows, most in (("examples", train, None), ("golden", test, GOLDEN_AN_INTENT)):
        (folder / "data" / part / "en").mkdir(parents=True)
        for label, texts in rows.items():
            file = folder / "data" / part / "en" / f"{label}.txt"
            file.write_text("\n".join(texts[:most]) + "\n", encoding="utf-8")
    intents = "".join(
        f"  - {{id: {each}, department: general, does: answer, about: {each}}}\n"
        for each in sorted(train)
        if each != OUT_OF_SCOPE
    )
    taxonomy = f"version: 1\ndepartments: [general]\nintents:\n{intents}"
    (folder / "data" / "taxonomy.yaml").write_text(taxonomy, encoding="utf-8")


def _run(folder: Path, *arguments: str) -> dict[str, Any]:
    """One command of ours in the service of `folder`: seconds, processor seconds, what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTKLIK_")} | {
        "OTKLIK_VAR_DIR": str(folder / "var"), "OTKLIK_TAXONOMY": str(folder / "data" / "taxonomy.yaml"),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "COLUMNS": "200",
    }  # fmt: skip
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "service.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)  # noqa: S603
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SetupError(f"otklik {arguments[0]} failed: {(done.stderr or done.stdout).strip()[-500:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "output": done.stdout, "said": done.stderr,
    }  # fmt: skip
