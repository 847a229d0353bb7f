"""Labelled examples in our folder layout: examples/{ru,en,other}/<intent>.txt, one message a line."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from models.errors import DataError

LANGUAGES: Final = ("ru", "en", "other")
_SECTION = re.compile(r"\[([a-z_]+)\]\Z")
_LABEL_FILE = re.compile(r"[a-z][a-z0-9_]*\Z")


class Line(NamedTuple):
    """One example. `style` is the section of the file it stands in; `line` counts from 1."""

    text: str
    label: str
    language: str
    style: str | None
    file: str
    line: int


def read_folder(folder: Path) -> Iterator[Line]:
    """The examples of `folder` (or of its `examples`), in the order of the files. Raises DataError with the place."""
    root = folder / "examples" if (folder / "examples").is_dir() else folder
    languages = [language for language in LANGUAGES if (root / language).is_dir()]
    if not languages:
        raise DataError("holds none of ru/, en/, other/ with one <intent>.txt per intent; pass a data folder", root)
    for language in languages:
        for file in sorted((root / language).iterdir()):
            if file.name.startswith(".") or file.name == "README.md":
                continue
            if file.suffix != ".txt" or not _LABEL_FILE.match(file.stem):
                raise DataError("is not named <intent>.txt (a-z, 0-9, _); rename or remove it", file)
            yield from _read_examples(file, language)


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file without their ends, one at a time: memory does not grow with the file.

    Raises DataError with the line that is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for line in lines:
                yield line.removesuffix("\n")
    except UnicodeDecodeError as error:
        raise DataError("is not UTF-8 text; save it as UTF-8", path, _first_unreadable(path)) from error
    except OSError as error:
        raise DataError(f"can't be read ({error.strerror})", path) from error


def _first_unreadable(path: Path) -> int:
    """Its number; the decoder reads ahead and knows only the place in its piece."""
    with path.open("rb") as lines:
        return next((number for number, line in enumerate(lines, start=1) if not _is_utf8(line)), 0)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _read_examples(file: Path, language: str) -> Iterator[Line]:
    style: str | None = None
    for number, raw in enumerate(read_lines(file), start=1):
        line = raw.strip()
        if not line or line.startswith("# ") or line == "#":
            continue
        if section := _SECTION.match(line):
            style = section[1]
            continue
        yield Line(line, file.stem, language, style, str(file), number)
