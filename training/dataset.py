"""Labelled messages from files: our folder of examples, any CSV of text,label (or text,category), or JSONL."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from models.errors import DataError
from models.examples import read_folder, read_lines
from models.taxonomy import OUT_OF_SCOPE, Taxonomy

LABEL_COLUMNS: Final = ("label", "category", "intent")
UNKNOWN_LABEL: Final = "label `{label}` is not in the taxonomy; correct or add it"
MOST_EXAMPLES: Final = 200_000
"""More are refused: training holds every example with its vectors in memory, about 3 KB each and an encoder."""


@dataclass(frozen=True, slots=True)
class Example:
    """One message and the intent a person gave it. `file` and `line` (from 1) say where it stands.

    `weight` (0..1] is how far the label can be trusted; what nobody has confirmed (below 1) is trained on but never
    judged by.
    """

    text: str
    label: str
    language: str | None = None
    style: str | None = None
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
    weight: float = 1.0

    @property
    def place(self) -> str:
        """`file:line`, for messages to people."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Dataset:
    """Examples in the order of the files. `warnings`: what was left out or looks wrong, each with file:line."""

    examples: tuple[Example, ...]
    warnings: tuple[str, ...] = ()

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) of the texts, labels, languages, styles and weights, in order; not of where they stand."""
        digest = hashlib.sha256()
        for e in self.examples:
            weight = [e.weight] if e.weight != 1.0 else []
            record = json.dumps([e.text, e.label, e.language, e.style, *weight])
            digest.update(record.encode() + b"\n")
        return digest.hexdigest()

    @cached_property
    def intents(self) -> tuple[str, ...]:
        """Labels in scope, sorted."""
        return tuple(sorted({e.label for e in self.examples} - {OUT_OF_SCOPE}))

    def check_labels(self, taxonomy: Taxonomy) -> None:
        """Raise DataError at the first label the taxonomy does not know."""
        known = {*taxonomy.ids, OUT_OF_SCOPE}
        for e in self.examples:
            if e.label not in known:
                raise DataError(UNKNOWN_LABEL.format(label=e.label), e.file, e.line)


def load_dataset(path: Path | str) -> Dataset:
    """Read a folder of our layout, a `.csv` or a `.jsonl` file.

    A text that is empty is left out with a warning; a text with two labels is kept with a warning. Everything that
    can't be understood raises DataError with file and line, more than `MOST_EXAMPLES` without reading on.
    """
    path = Path(path)
    warnings: list[str] = []
    examples: list[Example] = []
    for example in read_examples(path):
        if len(examples) == MOST_EXAMPLES:
            raise DataError(
                f"holds more than {MOST_EXAMPLES:,} examples, more than training keeps in memory; draw a sample (a "
                "thousand an intent are plenty); `--labels` does it by itself", example.file, example.line,
            )  # fmt: skip
        if example.text.strip():
            examples.append(example)
        else:
            warnings.append(f"{example.place}: the text is empty; left out")
    if not examples:
        raise DataError("holds no examples; add some, or pass another path", path)
    return Dataset(tuple(examples), (*warnings, *contradictions(examples)))


def read_examples(path: Path) -> Iterator[Example]:
    """The lines of a folder or a file one at a time, as they stand. Raises DataError as `load_dataset` does."""
    if path.is_dir():
        return (Example(*line) for line in read_folder(path))
    if not path.is_file():
        raise DataError("there is no such file or folder; check the path", path)
    if path.suffix.lower() == ".csv":
        return _read_csv(path)
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return _read_jsonl(path)
    raise DataError("only a folder of examples, .csv and .jsonl can be read; rename or convert the file", path)


def load_texts(file: Path) -> Iterator[str]:
    """The `text` of every line of a JSONL file; see `load_messages`."""
    return (text for text, _ in load_messages(file))


def load_messages(file: Path) -> Iterator[tuple[str, str | None]]:
    """`text` and, where it is there, `at` of every line of a JSONL file, one at a time: memory doesn't grow with it.

    Raises DataError with the line for one that can't be read.
    """
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    try:
                        said = json.loads(line.decode("utf-8-sig"))
                        text, at = said["text"], said.get("at")
                    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                        raise DataError("must be a JSON object with text", file, number) from error
                    if isinstance(text, str) and text.strip():
                        yield text, at if isinstance(at, str) else None
    except OSError as error:
        raise DataError(f"can't be read ({error.strerror})", file) from error


def contradictions(examples: Iterable[Example]) -> Iterator[str]:
    """A warning for every text that has another label further up."""
    first: dict[str, Example] = {}
    for example in examples:
        key = " ".join(example.text.casefold().split())
        other = first.setdefault(key, example)
        if other.label != example.label:
            yield f"{example.place}: the same text is `{other.label}` at {other.place} and `{example.label}` here"


def _read_csv(file: Path) -> Iterator[Example]:
    # `newline` as written: a quoted text may span lines.
    reader = csv.reader((line + "\n" for line in read_lines(file)), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        label_column = next((name for name in LABEL_COLUMNS if name in header), None)
        if "text" not in header or label_column is None:
            raise DataError(f"the first line must name the columns text and label (or category), not {header}", file, 1)
        line = reader.line_num + 1
        for row in reader:
            if row and row != [""]:
                if len(row) != len(header):
                    raise DataError(f"has {len(row)} fields, the header has {len(header)}; quote commas", file, line)
                fields = dict(zip(header, row, strict=True))
                yield _example(fields["text"], fields[label_column], fields, file, line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"is not valid CSV ({error})", file, reader.line_num) from error


def _read_jsonl(file: Path) -> Iterator[Example]:
    for number, line in enumerate(read_lines(file), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise DataError(f"is not JSON ({error})", file, number) from error
        if not isinstance(record, dict):
            raise DataError("must be an object with text and label", file, number)
        label = next((record[name] for name in LABEL_COLUMNS if name in record), None)
        text = record.get("text")
        if not isinstance(text, str) or not isinstance(label, str):
            raise DataError("must have text and label (or category), both strings", file, number)
        yield _example(text, label, record, file, number)


def _example(text: str, label: str, fields: Mapping[str, object], file: Path, line: int) -> Example:
    label = label.strip()
    if not label:
        raise DataError("the label is empty; name the intent or out_of_scope", file, line)
    language, style = fields.get("language") or None, fields.get("style") or None
    if not isinstance(language, str | None) or not isinstance(style, str | None):
        raise DataError("language and style must be strings", file, line)
    given = fields.get("weight")
    try:
        weight = 1.0 if given in (None, "") else float(str(given))
    except ValueError:
        weight = 0.0
    if not 0.0 < weight <= 1.0:
        raise DataError(f"the weight must be a number above 0 and at most 1, not {given!r}", file, line)
    return Example(text, label, language, style, str(file), line, weight)
