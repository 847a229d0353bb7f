"""YAML front matter whose every value knows its line.

The tree is built from YAML events with a stack of our own: a hostile file can nest as deep as it likes without
exhausting Python's. Scalars stay text (`no` is not False, `1e3` is not a number); aliases are refused, because they
make small files huge.
"""

from dataclasses import dataclass
from typing import Any, Final

import yaml

MAX_DEPTH: Final = 6
_LOADER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the C parser where libyaml is there: 8x faster


@dataclass(slots=True)
class Value:
    """A scalar (`text`), a list (`items`) or a mapping (`fields`), with the line it starts on."""

    line: int
    text: str | None = None
    items: "list[Value] | None" = None
    fields: "dict[str, Value] | None" = None

    @property
    def kind(self) -> str:
        """The word for it in messages."""
        return "text" if self.text is not None else "a list" if self.items is not None else "a mapping"


class FrontMatterError(ValueError):
    """The front matter can't be read. `line` counts from 1 in the whole file."""

    def __init__(self, line: int, what: str) -> None:
        self.line = line
        self.what = what
        super().__init__(f"line {line}: {what}")


def split(text: str) -> tuple[str, str, int]:
    """Cut a file into (front matter, body, line on which the body starts). Raises FrontMatterError."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise FrontMatterError(1, "an article starts with a line `---`, its front matter, and another line `---`")
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == "---":
            return "\n".join(lines[1 : number - 1]), "\n".join(lines[number:]), number + 1
    raise FrontMatterError(1, "the front matter is not closed; put a line `---` after it")


def parse(text: str, first_line: int = 2) -> Value:
    """Parse front matter into a mapping. Raises FrontMatterError, whatever the text."""
    try:
        return _Tree(first_line).build(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line if mark is None else first_line + mark.line
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "not valid YAML"
        hint = " (quote a text that has `: ` in it)" if "mapping values" in what else ""
        raise FrontMatterError(line, f"broken YAML: {what}{hint}") from error
    except (UnicodeError, ValueError) as error:
        if isinstance(error, FrontMatterError):
            raise
        raise FrontMatterError(first_line, f"broken YAML: {error}") from error


class _Tree:
    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.root: Value | None = None
        self.open: list[Value] = []
        self.keys: list[str | None] = []

    def build(self, text: str) -> Value:
        documents = 0
        for event in yaml.parse(text, Loader=_LOADER):
            line = self.first_line + (event.start_mark.line if event.start_mark else 0)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise FrontMatterError(line, "a second YAML document; front matter is one mapping")
            elif isinstance(event, yaml.AliasEvent):
                raise FrontMatterError(line, "YAML aliases (`*name`) are not supported; write the value out")
            elif isinstance(event, yaml.ScalarEvent):
                self.scalar(line, event.value)
            elif isinstance(event, yaml.CollectionStartEvent):
                is_list = isinstance(event, yaml.SequenceStartEvent)
                self.start(Value(line, items=[]) if is_list else Value(line, fields={}))
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
                self.keys.pop()
        if self.root is None or self.root.fields is None:
            raise FrontMatterError(self.first_line, "the front matter must be `key: value` lines")
        return self.root

    def scalar(self, line: int, text: str) -> None:
        if self.open and self.open[-1].fields is not None and self.keys[-1] is None:
            if text in self.open[-1].fields:
                raise FrontMatterError(line, f"`{text}` is given twice")
            self.keys[-1] = text
        else:
            self.attach(Value(line, text=text))

    def start(self, value: Value) -> None:
        self.attach(value)
        self.open.append(value)
        self.keys.append(None)
        if len(self.open) > MAX_DEPTH:
            raise FrontMatterError(value.line, "nested too deep")

    def attach(self, value: Value) -> None:
        if not self.open:
            self.root = value
            return
        parent = self.open[-1]
        if parent.items is not None:
            parent.items.append(value)
        elif parent.fields is not None:
            key = self.keys[-1]
            if key is None:
                raise FrontMatterError(value.line, "a key must be a word, not a list or a mapping")
            parent.fields[key] = value
            self.keys[-1] = None
