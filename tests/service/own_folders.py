"""The program `otklik` in a process of tests: it reads and writes nothing outside a temporary folder."""

import os
from pathlib import Path

import pytest

from service.commands.console import err, out


def use_own_folders(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """All that is written goes to `folder`; no .env or variable of the machine is read; lines are 200 letters wide."""
    for name in [name for name in os.environ if name.startswith("OTKLIK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OTKLIK_VAR_DIR", str(folder / "var"))
    monkeypatch.chdir(folder)
    for console in (out, err):
        monkeypatch.setattr(console, "width", 200)
