"""Folders of Markdown articles: read them all, or write one.

---
id: card_reissue
language: ru
title: Перевыпуск карты
intents: [card_reissue]
questions:
  - как перевыпустить карту
valid_to: 2026-12-31                              # optional, as is valid_from; both days count
channels: [web, messenger]                        # optional; all when left out
buttons:
  - {text: Заблокировать карту, intent: card_lost_or_stolen}
---
Перевыпуск занимает {cards.reissue_days}.

## email
The answer for e-mail, where it differs.
"""

from pathlib import Path
from typing import Any, Final

import yaml

from knowledge_base.article import CHANNEL_KINDS, LANGUAGES, MAX_ANSWER, Article, Button, Source
from knowledge_base.article_reader import read_article
from knowledge_base.csv_file import load_csv, write_csv
from knowledge_base.errors import ArticleError, Problem
from knowledge_base.facts import Facts, escape_facts, load_facts

__all__ = [
    "CHANNEL_KINDS",
    "LANGUAGES",
    "MAX_ANSWER",
    "Article",
    "Button",
    "Source",
    "find_facts",
    "load_any",
    "load_articles",
    "load_csv",
    "read_articles",
    "to_markdown",
    "write_articles",
    "write_csv",
]

MAX_FILE: Final = 128 * 1024
"""The largest article file, in bytes: far above any real one; keeps a mistaken path from eating the memory."""


def load_articles(folder: Path | str, facts_path: Path | str | None = None) -> tuple[Article, ...]:
    """Every article below a folder, by id and language. Raises ArticleError listing every problem of every file."""
    articles, problems = read_articles(folder, facts_path)
    if problems:
        raise ArticleError(problems)
    return articles


def load_any(path: Path | str, facts_path: Path | str | None = None) -> tuple[Article, ...]:
    """Articles from a folder of Markdown or from a .csv file. Raises ArticleError."""
    return load_csv(path) if Path(path).is_file() else load_articles(path, facts_path)


def read_articles(
    folder: Path | str, facts_path: Path | str | None = None
) -> tuple[tuple[Article, ...], tuple[Problem, ...]]:
    """The articles that could be read, and the problems of the others.

    Facts come from `facts_path`, or from the nearest `facts.toml`: in the folder, or one or two folders above.
    README.md files are left alone.
    """
    folder = Path(folder)
    if not folder.is_dir():
        return (), (Problem(str(folder), 1, "error", "no such folder of articles"),)
    try:
        facts = _facts_for(folder, facts_path)
    except ArticleError as error:
        return (), error.problems
    articles: dict[tuple[str, str], Article] = {}
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*.md")):
        if path.name == "README.md":
            continue
        article, found = _read_file(path, facts)
        problems.extend(found)
        if article is None:
            continue
        if twin := articles.get((article.id, article.language)):
            what = f"the article `{article.id}` in `{article.language}` is already in {twin.source}; rename one"
            problems.append(Problem(str(path), article.source.line_of("id"), "error", what))
            continue
        articles[article.id, article.language] = article
    return tuple(articles[key] for key in sorted(articles)), tuple(sorted(problems))


def find_facts(folder: Path | str, facts_path: Path | str | None = None) -> Path | None:
    """The file of facts that articles in a folder are filled from; None when there is none."""
    if facts_path is not None:
        return Path(facts_path)
    places = (Path(folder), *Path(folder).absolute().parents[:2])
    return next((place / "facts.toml" for place in places if (place / "facts.toml").is_file()), None)


def _facts_for(folder: Path, facts_path: Path | str | None) -> Facts:
    path = find_facts(folder, facts_path)
    return load_facts(path) if path is not None else Facts(str(folder.parent / "facts.toml"))


def _read_file(path: Path, facts: Facts) -> tuple[Article | None, tuple[Problem, ...]]:
    try:
        content = path.read_bytes()
        if len(content) > MAX_FILE:
            return None, (Problem(str(path), 1, "error", f"larger than {MAX_FILE} bytes; an article is a page"),)
        return read_article(content.decode("utf-8"), str(path), facts)
    except OSError as error:
        return None, (Problem(str(path), 1, "error", f"can't be read: {error.strerror}"),)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return None, (Problem(str(path), line, "error", "is not UTF-8 text; save it as UTF-8"),)


def to_markdown(article: Article) -> str:
    """The article as the text of a file that reads back as an equal article. Facts stay filled in."""
    header: dict[str, Any] = {
        "id": article.id,
        "language": article.language,
        "title": escape_facts(article.title),
        "intents": list(article.intents),
        "questions": [escape_facts(question) for question in article.questions],
    }
    for key in ("valid_from", "valid_to"):
        if day := getattr(article, key):
            header[key] = day.isoformat()
    if article.channels != CHANNEL_KINDS:
        header["channels"] = list(article.channels)
    if article.buttons:
        header["buttons"] = [_button_fields(button) for button in article.buttons]
    body = [_plain(article.answer)]
    for kind, answer in article.channel_answers.items():
        body.append(f"\n## {kind}\n{_plain(answer)}")
    front = yaml.safe_dump(header, allow_unicode=True, sort_keys=False, width=10**6)
    return f"---\n{front}---\n" + "\n".join(body) + "\n"


def write_articles(articles: tuple[Article, ...], folder: Path | str) -> tuple[Path, ...]:
    """Write each article to `<folder>/<language>/<id>.md`; returns the paths. Raises ArticleError, OSError."""
    paths = []
    for article in articles:
        path = Path(folder) / article.language / f"{article.id}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_markdown(article), encoding="utf-8", newline="\n")
        paths.append(path)
    return tuple(paths)


def _button_fields(button: Button) -> dict[str, str]:
    fields = {"text": button.text, "intent": button.intent, "article": button.article, "url": button.url}
    return {key: escape_facts(value) for key, value in fields.items() if value is not None}


def _plain(answer: str) -> str:
    """The answer with lines that would read as headings marked as plain text."""
    lines = escape_facts(answer).split("\n")
    return "\n".join("\\" + line if line.startswith(("##", "\\##")) else line for line in lines)
