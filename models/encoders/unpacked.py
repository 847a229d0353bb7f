"""Files unpacked from a wheel once, so that neither time nor memory is spent on that at every start."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

_folder: Path | None = None


def keep_tables_in(folder: Path | None) -> None:
    """Unpack tables into this folder from now on (made when needed); None: hold them in memory."""
    global _folder
    _folder = folder


def place_of(name: str) -> Path | None:
    """Where the unpacked file of this name lies or will lie; None when everything is held in memory."""
    return _folder and _folder / name


def write_whole(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """All of the file or none of it: several processes may start at once. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
