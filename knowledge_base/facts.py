"""Facts: figures and names that many articles quote (`facts.toml`), so that a tariff changes in one place.

`{cards.reissue_days}` in an article stands for `reissue_days` in the table `[cards]`. A fact is one value for all
languages, or one for each: `reissue_days = {ru = "5 рабочих дней", en = "5 working days"}`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Final

from knowledge_base.article import LANGUAGES
from knowledge_base.errors import ArticleError, Problem

_REFERENCE: Final = re.compile(r"(\\)?\{([A-Za-z_]\w*(?:\.\w+)*)\}", re.ASCII)
_TOML_LINE: Final = re.compile(r"\(at line (\d+)")
_HEADER: Final = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
_KEY: Final = re.compile(r"\s*([\w.\"-]+)\s*=")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. `values` maps a language to its wording; the key "" stands for every language."""

    name: str
    values: Mapping[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its facts filled in; the names it `used`, and what is wrong with those that stay as they were."""

    text: str
    used: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Every fact of a file, by its full name ("cards.reissue_days")."""

    path: str = "facts.toml"
    by_name: Mapping[str, Fact] = field(default_factory=dict)

    def fill(self, text: str, language: str) -> Filled:
        """Put the values in place of the references. `\\{name}` stays `{name}`. Never raises."""
        if "{" not in text:
            return Filled(text)
        used: list[str] = []
        wrong: list[str] = []

        def value_of(match: re.Match[str]) -> str:
            name = match[2]
            if match[1]:
                return "{" + name + "}"
            fact = self.by_name.get(name)
            if fact is None:
                wrong.append(f"unknown fact `{{{name}}}`; add it to {self.path}, or write `\\{{` for a plain brace")
                return match[0]
            value = fact.values.get(language, fact.values.get(""))
            if value is None:
                wrong.append(f"the fact `{name}` has no value in `{language}` ({self.path}:{fact.line})")
                return match[0]
            used.append(name)
            return value

        return Filled(_REFERENCE.sub(value_of, text), tuple(dict.fromkeys(used)), tuple(wrong))


def escape_facts(text: str) -> str:
    """The text with what looks like a reference to a fact marked as plain text: `fill` gives the text back."""
    return _REFERENCE.sub(lambda match: "\\" + match[0], text)


def load_facts(path: Path | str) -> Facts:
    """Read a file of facts. Raises ArticleError with every problem and its line."""
    name = str(path)
    try:
        return parse_facts(Path(path).read_text(encoding="utf-8-sig"), name)
    except OSError as error:
        raise ArticleError([Problem(name, 1, "error", f"can't be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise ArticleError([Problem(name, 1, "error", "is not UTF-8 text; save it as UTF-8")]) from error


def parse_facts(text: str, name: str) -> Facts:
    """The facts in a text; `name` stands for it in messages. Raises ArticleError with every problem and its line."""
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _TOML_LINE.search(str(error))
        raise ArticleError([Problem(name, int(found[1]) if found else 1, "error", f"broken TOML: {error}")]) from error
    lines = _lines_of_keys(text)
    facts: dict[str, Fact] = {}
    problems: list[Problem] = []
    # A stack instead of recursion: TOML may nest as deep as it likes.
    waiting: list[tuple[str, object]] = [("", tables)]
    while waiting:
        full_name, value = waiting.pop()
        line = lines.get(full_name, 1)
        if isinstance(value, dict) and not (value and full_name and set(value) <= set(LANGUAGES)):
            waiting.extend((f"{full_name}.{key}" if full_name else key, item) for key, item in value.items())
            continue
        values = value if isinstance(value, dict) else {"": value}
        if all(_is_plain(item) for item in values.values()):
            facts[full_name] = Fact(full_name, {language: str(item) for language, item in values.items()}, line)
        else:
            what = f"the fact `{full_name}` must be a text, a number or a date, for all languages or for each"
            problems.append(Problem(name, line, "error", what))
    if problems:
        raise ArticleError(problems)
    return Facts(name, facts)


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float, date, time)) and not isinstance(value, bool) and bool(str(value).strip())


def _lines_of_keys(text: str) -> dict[str, int]:
    """The line of each `key =`, by its full name. Only for messages: a key in an unusual form is missing here."""
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            table = header[1].replace('"', "") + "."
        elif key := _KEY.match(line):
            lines.setdefault(table + key[1].replace('"', ""), number)
    return lines
