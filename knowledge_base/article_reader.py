"""One article's text -> an Article, and every problem on the way with its line."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from knowledge_base.article import CHANNEL_KINDS, LANGUAGES, MAX_ANSWER, Article, Button, Source
from knowledge_base.errors import Problem
from knowledge_base.facts import Facts
from knowledge_base.frontmatter import FrontMatterError, Value, parse, split

KEYS: Final = ("id", "language", "title", "intents", "questions", "valid_from", "valid_to", "channels", "buttons")
REQUIRED: Final = ("id", "language", "title", "intents", "questions")
ARTICLE_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
_TARGETS: Final = ("intent", "article", "url")
_URL: Final = re.compile(r"(https?://|tel:|mailto:)\S+\Z")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_HEADING: Final = re.compile(r"##\s+(.+?)\s*\Z")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def read_article(text: str, path: str, facts: Facts) -> tuple[Article | None, tuple[Problem, ...]]:
    """Read one Markdown article. Never raises: the article is None exactly when there are problems."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    reader = _Reader(path, facts)
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        reader.add(line, f"an unprintable character (U+{ord(found[0]):04X}); delete it")
        return None, tuple(reader.problems)
    try:
        header, body, body_line = split(text)
        fields = parse(header).fields or {}
    except FrontMatterError as error:
        reader.add(error.line, error.what)
        return None, tuple(reader.problems)
    article = reader.article(fields, body, body_line)
    return (None if reader.problems else article), tuple(sorted(reader.problems))


class _Reader:
    """Collects problems instead of stopping at the first: an owner mends a file in one go."""

    def __init__(self, path: str, facts: Facts) -> None:
        self.path = path
        self.facts = facts
        self.language = LANGUAGES[0]
        self.problems: list[Problem] = []
        self.used: dict[str, None] = {}
        self.lines: dict[str, int] = {}

    def add(self, line: int, what: str) -> None:
        self.problems.append(Problem(self.path, line, "error", what))

    def article(self, fields: dict[str, Value], body: str, body_line: int) -> Article:
        for key, value in fields.items():
            self.lines[key] = value.line
            if key not in KEYS:
                self.add(value.line, f"unknown key `{key}`; known: {', '.join(KEYS)}")
        for key in REQUIRED:
            if key not in fields:
                self.add(1, f"the key `{key}` is missing")
        if language := self.choice(fields.get("language"), "language", LANGUAGES):
            self.language = language
        answers = self.answers(body, body_line)
        valid_from, valid_to = (self.date(fields.get(key), key) for key in ("valid_from", "valid_to"))
        if valid_from and valid_to and valid_from > valid_to:
            self.add(fields["valid_to"].line, f"`valid_to` ({valid_to}) is before `valid_from` ({valid_from})")
        channels = self.list_of(fields, "channels", lambda item, key: self.choice(item, key, CHANNEL_KINDS))
        return Article(
            id=self.identifier(fields.get("id")),
            language=self.language,
            title=self.text(fields.get("title"), "title"),
            intents=self.list_of(fields, "intents", self.text),
            questions=self.list_of(fields, "questions", self.text, required=True),
            answer=answers.pop("", ""),
            buttons=self.buttons(fields.get("buttons")),
            valid_from=valid_from,
            valid_to=valid_to,
            channels=channels or CHANNEL_KINDS,
            channel_answers=answers,
            source=Source(self.path, 1, self.lines),
            facts=tuple(self.used),
        )

    def fill(self, text: str, line: int) -> str:
        filled = self.facts.fill(text, self.language)
        for what in filled.wrong:
            self.add(line, what)
        self.used.update(dict.fromkeys(filled.used))
        return filled.text

    def text(self, value: Value | None, key: str) -> str:
        """A text with its facts filled in; "" after a problem."""
        if value is None:
            return ""
        if value.text is None:
            self.add(value.line, f"`{key}` must be text, not {value.kind}")
            return ""
        if not value.text.strip():
            self.add(value.line, f"`{key}` is empty")
        return " ".join(self.fill(value.text, value.line).split())

    def choice(self, value: Value | None, key: str, allowed: Sequence[str]) -> str:
        text = self.text(value, key)
        if value is not None and text and text not in allowed:
            self.add(value.line, f"unknown `{key}`: `{text}`; known: {', '.join(allowed)}")
            return ""
        return text

    def identifier(self, value: Value | None) -> str:
        text = self.text(value, "id")
        if value is not None and text and not ARTICLE_ID.match(text):
            self.add(value.line, f"`{text}` can't be an article id: use a-z, 0-9, _ and -")
        return text

    def date(self, value: Value | None, key: str) -> date | None:
        text = self.text(value, key)
        if value is None or not text:
            return None
        try:
            if not _DATE.match(text):  # fromisoformat takes week dates and the like, which owners don't mean
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            self.add(value.line, f"`{key}` must be a date such as 2026-12-31, not `{text}`")
            return None

    def list_of(
        self, fields: dict[str, Value], key: str, read: Callable[[Value, str], str], *, required: bool = False
    ) -> tuple[str, ...]:
        value = fields.get(key)
        if value is None:
            return ()
        if value.items is None:
            self.add(value.line, f"`{key}` must be a list (lines that start with `- `), not {value.kind}")
            return ()
        if required and not value.items:
            self.add(value.line, f"`{key}` is empty; give at least one")
        lines: dict[str, int] = {}
        for item in value.items:
            if not (text := read(item, key)):
                continue
            if text in lines:
                self.add(item.line, f"`{text}` is already on line {lines[text]}")
                continue
            self.lines[f"{key}.{len(lines)}"] = item.line
            lines[text] = item.line
        return tuple(lines)

    def buttons(self, value: Value | None) -> tuple[Button, ...]:
        if value is None:
            return ()
        if value.items is None:
            self.add(value.line, f"`buttons` must be a list, not {value.kind}")
            return ()
        buttons: list[Button] = []
        for item in value.items:
            if button := self.button(item):
                self.lines[f"buttons.{len(buttons)}"] = item.line
                buttons.append(button)
        return tuple(buttons)

    def button(self, item: Value) -> Button | None:
        fields = item.fields
        how = "a button is `text` and one of `intent`, `article`, `url`"
        if fields is None:
            self.add(item.line, f"{how}, not {item.kind}")
            return None
        for key, value in fields.items():
            if key != "text" and key not in _TARGETS:
                self.add(value.line, f"unknown key `{key}` in a button; {how}")
        targets = [key for key in _TARGETS if key in fields]
        if "text" not in fields or len(targets) != 1:
            self.add(item.line, f"{how}; this one has {', '.join(fields) or 'nothing'}")
            return None
        text, target = self.text(fields["text"], "text"), self.text(fields[targets[0]], targets[0])
        if targets[0] == "url" and target and not _URL.match(target):
            self.add(fields["url"].line, f"`{target}` is not a link; it starts with https://, tel: or mailto:")
        return Button(text, **{targets[0]: target}) if text and target else None

    def answers(self, body: str, first_line: int) -> dict[str, str]:
        """The default answer under the key "", and those for kinds of channels."""
        sections: dict[str, list[str]] = {"": []}
        self.lines["answer"] = first_line
        current = ""
        for line, text in enumerate(body.split("\n"), start=first_line):
            if not (heading := _HEADING.match(text)):
                plain = text[1:] if text.startswith("\\##") else text
                sections[current].append(self.fill(plain.rstrip(), line))
                if self.lines["answer"] == line and not plain.strip():
                    self.lines["answer"] = line + 1  # blank lines above the answer are not the answer
                continue
            current = heading[1]
            if current not in CHANNEL_KINDS:
                self.add(line, f"unknown section `{current}`; sections are {', '.join(CHANNEL_KINDS)}")
            elif current in sections:
                self.add(line, f"the section `{current}` is given twice")
            sections[current] = []
            self.lines[f"answer.{current}"] = line
        answers = {name: "\n".join(lines).strip() for name, lines in sections.items()}
        self.check_answers(answers, first_line)
        return answers

    def check_answers(self, answers: dict[str, str], first_line: int) -> None:
        for name, answer in answers.items():
            line = self.lines[f"answer.{name}" if name else "answer"]
            longest = MAX_ANSWER.get(name, MAX_ANSWER["messenger"])
            if not answer:
                self.add(line if name else first_line, f"the answer{f' for `{name}`' if name else ''} is empty")
            elif len(answer) > longest:
                what = f"the answer has {len(answer)} characters with facts filled in; at most {longest}"
                self.add(line, f"{what}. Split it into two articles")
