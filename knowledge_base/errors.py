"""What can go wrong in `knowledge_base`. Every message says what is wrong, where (file:line), and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend in a file of articles or facts. `line` counts from 1."""

    file: str
    line: int
    severity: Severity
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.what}"


class KnowledgeError(Exception):
    """Base of every error this package raises on purpose."""


class ArticleError(KnowledgeError):
    """Articles or facts can't be used. `problems` lists every one of them, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SearchError(KnowledgeError):
    """An index can't be built, or a search was asked for what it can't do (as with another encoder's vector)."""


class WeightsError(KnowledgeError):
    """A file of ranking weights can't be used."""
