"""What an article is. Values only: reading and writing them is the business of `articles` and `csv_file`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

LANGUAGES: Final = ("ru", "en")
"""The languages articles are written in."""

CHANNEL_KINDS: Final = ("web", "messenger", "email")
"""The kinds of channel an article may be limited to, or worded differently for."""

MAX_ANSWER: Final[Mapping[str, int]] = {"web": 600, "messenger": 600, "email": 3000}
"""The longest answer, in characters with facts filled in. The default answer must fit a messenger."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an article was read: `lines` maps a part ("title", "questions", "questions.2", "answer") to its line."""

    path: str
    line: int = 1
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, part: str) -> int:
        """The line of a part; where it isn't known, of what holds it; at last, the article's own."""
        while part:
            if part in self.lines:
                return self.lines[part]
            part = part.rpartition(".")[0]
        return self.line

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Button:
    """A next step offered under an answer. Exactly one of `intent`, `article` and `url` is set."""

    text: str
    intent: str | None = None
    article: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One approved answer in one language, with the questions it answers. Facts are already filled in.

    `valid_from` and `valid_to` are both inclusive. `source` and `facts` (the names of the facts the text uses) take no
    part in comparison: two articles are equal when a client could not tell them apart.
    """

    id: str
    language: str
    title: str
    intents: tuple[str, ...]
    questions: tuple[str, ...]
    answer: str
    buttons: tuple[Button, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    channels: tuple[str, ...] = CHANNEL_KINDS
    channel_answers: Mapping[str, str] = field(default_factory=dict, hash=False)
    source: Source = field(default=Source(""), compare=False)
    facts: tuple[str, ...] = field(default=(), compare=False)

    def is_valid(self, at: date) -> bool:
        """Whether the article may be shown on this day."""
        after_start = self.valid_from is None or self.valid_from <= at
        return after_start and (self.valid_to is None or at <= self.valid_to)
