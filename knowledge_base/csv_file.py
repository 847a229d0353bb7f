"""Questions and answers as a table, for owners who keep them in a spreadsheet.

Columns: `question`, `answer`, and optionally `id`, `title`, `language`, `intent` (several are split by `|`). One row is
one question: rows with the same answer make one article. Buttons, validity, channels and the wordings for channels have
no column; move those with Markdown.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from knowledge_base.article import LANGUAGES, Article, Source
from knowledge_base.errors import ArticleError, Problem

COLUMNS: Final = ("id", "language", "intent", "title", "question", "answer")
MAX_FILE: Final = 256 * 1024 * 1024
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\Z")
_CYRILLIC: Final = re.compile(r"[а-яё]", re.IGNORECASE)
_LATIN: Final = re.compile(r"[a-z]", re.IGNORECASE)


@dataclass(slots=True)
class _Draft:
    """An article that still gathers its rows."""

    id: str
    language: str
    title: str
    answer: str
    line: int
    intents: dict[str, None] = field(default_factory=dict)
    questions: dict[str, int] = field(default_factory=dict)


def load_csv(path: Path | str) -> tuple[Article, ...]:
    """The articles of a CSV file (UTF-8; `,` or `;` between fields), in the order of their first rows.

    Without an `id`, one is made from the answer, so that it stays the same when questions are added. Without a
    `language`, it is told by the letters. Raises ArticleError listing every problem with its line.
    """
    name = str(path)
    problems: list[Problem] = []
    drafts: dict[tuple[str, str], _Draft] = {}
    try:
        for line, row in _rows(Path(path)):
            if what := _add_row(drafts, line, row):
                problems.append(Problem(name, line, "error", what))
    except ArticleError as error:
        problems.extend(error.problems)
    if not drafts and not problems:
        problems.append(Problem(name, 1, "error", "the table has no rows"))
    if problems:
        raise ArticleError(problems)
    return tuple(_article(draft, name) for draft in drafts.values())


def _add_row(drafts: dict[tuple[str, str], _Draft], line: int, row: dict[str, str]) -> str:
    """Put a row into its draft; returns what is wrong with it, or ""."""
    for column in ("question", "answer"):
        if not row[column]:
            return f"the `{column}` is empty"
    language = row["language"] or _language_of(row["question"] + row["answer"])
    if language not in LANGUAGES:
        return f"unknown language `{language}`; known: {', '.join(LANGUAGES)}"
    if row["id"] and not _ID.match(row["id"]):
        return f"`{row['id']}` can't be an article id: use letters, digits, _, . and -"
    article_id = row["id"] or "answer-" + hashlib.sha256(row["answer"].encode()).hexdigest()[:12]
    draft = drafts.setdefault(
        (article_id, language),
        _Draft(article_id, language, row["title"] or row["question"], row["answer"], line),
    )
    if draft.answer != row["answer"]:
        return f"`{article_id}` has another answer on line {draft.line}; one article has one answer"
    if row["title"] and row["title"] != draft.title and draft.line != line:
        return f"`{article_id}` has another title on line {draft.line}"
    draft.intents.update((intent.strip(), None) for intent in row["intent"].split("|") if intent.strip())
    draft.questions.setdefault(row["question"], line)
    return ""


def _article(draft: _Draft, path: str) -> Article:
    lines = {f"questions.{number}": line for number, line in enumerate(draft.questions.values())}
    return Article(
        id=draft.id,
        language=draft.language,
        title=draft.title,
        intents=tuple(draft.intents),
        questions=tuple(draft.questions),
        answer=draft.answer,
        source=Source(path, draft.line, lines),
    )


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, fields by column) of each row that isn't blank. Raises ArticleError when it isn't such a table at all."""

    def fail(line: int, what: str) -> ArticleError:
        return ArticleError([Problem(str(path), line, "error", what)])

    try:
        if path.stat().st_size > MAX_FILE:
            raise fail(1, f"larger than {MAX_FILE} bytes")
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise fail(1, f"can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise fail(line, "is not UTF-8 text; in a spreadsheet, save it as “CSV UTF-8”") from error
    first, _, _ = text.partition("\n")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        columns = [cell.strip().lower() for cell in next(reader, [])]
        if missing := [column for column in ("question", "answer") if column not in columns]:
            raise fail(1, f"the first line must name the columns question and answer; missing: {', '.join(missing)}")
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) > len(columns):
                raise fail(
                    line, f"{len(cells)} fields, but {len(columns)} columns; quote a text that has `{delimiter}`"
                )
            fields = dict.fromkeys(COLUMNS, "") | dict(zip(columns, _clean(cells), strict=False))
            if any(fields[column] for column in COLUMNS):
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise fail(line, f"broken CSV: {error}") from error


def _clean(cells: Sequence[str]) -> list[str]:
    return [cell.replace("\r\n", "\n").replace("\0", "").strip() for cell in cells]


def _language_of(text: str) -> str:
    return "ru" if 2 * len(_CYRILLIC.findall(text)) >= len(_LATIN.findall(text)) and _CYRILLIC.search(text) else "en"


def write_csv(articles: Iterable[Article], path: Path | str) -> None:
    """Write a table that `load_csv` reads back: one row a question. Raises OSError."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for article in articles:
            for question in article.questions:
                intents = "|".join(article.intents)
                writer.writerow([article.id, article.language, intents, article.title, question, article.answer])
