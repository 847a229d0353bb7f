"""What is wrong with a set of articles that each reads well on its own."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from knowledge_base.article import LANGUAGES, MAX_ANSWER, Article
from knowledge_base.articles import read_articles
from knowledge_base.errors import ArticleError, Problem, Severity
from knowledge_base.facts import load_facts
from knowledge_base.words import stems_of, words_of
from models.taxonomy import Taxonomy

MIN_QUESTIONS: Final = 8
EXPIRES_SOON: Final = timedelta(days=14)


def check(
    articles: Sequence[Article],
    taxonomy: Taxonomy | None = None,
    *,
    languages: Sequence[str] = LANGUAGES,
    min_questions: int = MIN_QUESTIONS,
    at: date | None = None,
) -> list[Problem]:
    """Every problem of the articles together, by file and line. Without a taxonomy, intents are not checked.

    Errors are what would fail a client: a button that leads nowhere, an unknown intent, an answer too long to send, the
    same question answered by two articles, an intent that promises an answer and has none in the first of `languages`.
    Warnings are what an owner should look at: a missing translation, few questions, an article out of date.
    """
    at = at or datetime.now().astimezone().date()
    problems = [
        *(problem for item in articles for problem in _check_alone(item, min_questions, at)),
        *_links(articles, taxonomy, at),
        *_same_questions(articles),
        *_translations(articles, languages),
    ]
    if taxonomy is not None:
        problems.extend(_unanswered(articles, taxonomy, languages, at))
    return sorted(problems)


def check_folder(
    folder: Path | str,
    taxonomy: Taxonomy | None = None,
    *,
    facts_path: Path | str | None = None,
    at: date | None = None,
) -> tuple[tuple[Article, ...], list[Problem]]:
    """The articles of a folder and every problem of it: of each file, of all together, and facts nobody uses."""
    articles, problems = read_articles(folder, facts_path)
    found = [*problems, *check(articles, taxonomy, at=at), *_places(articles)]
    if not problems:  # an unreadable article may be the one that uses a fact
        found.extend(_unused_facts(articles, Path(folder), facts_path))
    return articles, sorted(found)


def _problem(item: Article, part: str, severity: Severity, what: str) -> Problem:
    return Problem(item.source.path, item.source.line_of(part), severity, what)


def _check_alone(item: Article, min_questions: int, at: date) -> Iterator[Problem]:
    if len(item.questions) < min_questions:
        what = f"{len(item.questions)} questions; {min_questions} or more are needed to be found by"
        yield _problem(item, "questions", "warning", what)
    for kind, answer in {"": item.answer, **item.channel_answers}.items():
        longest = MAX_ANSWER.get(kind, MAX_ANSWER["messenger"])
        if len(answer) > longest:
            what = f"the answer has {len(answer)} characters; a client reads at most {longest}"
            yield _problem(item, f"answer.{kind}" if kind else "answer", "error", what)
    if item.valid_to is not None and item.valid_to < at:
        yield _problem(item, "valid_to", "warning", f"expired on {item.valid_to}; renew it or delete it")
    elif item.valid_to is not None and item.valid_to - at <= EXPIRES_SOON:
        yield _problem(item, "valid_to", "warning", f"expires on {item.valid_to}")
    if unused := item.channel_answers.keys() - set(item.channels):
        what = f"has a wording for {', '.join(sorted(unused))}, where it is not shown"
        yield _problem(item, "channels", "warning", what)


def _links(articles: Sequence[Article], taxonomy: Taxonomy | None, at: date) -> Iterator[Problem]:
    shown = {item.id for item in articles if item.valid_to is None or item.valid_to >= at}
    known = {item.id for item in articles}
    for item in articles:
        for number, intent in enumerate(item.intents):
            if taxonomy is not None and taxonomy.get(intent) is None:
                yield _problem(item, f"intents.{number}", "error", f"unknown intent `{intent}`")
        for number, button in enumerate(item.buttons):
            part = f"buttons.{number}"
            if not (button.intent or button.article or button.url):
                yield _problem(item, part, "error", f"the button “{button.text}” leads nowhere")
            elif button.intent and taxonomy is not None and taxonomy.get(button.intent) is None:
                yield _problem(item, part, "error", f"the button leads to an unknown intent `{button.intent}`")
            elif button.article and button.article not in known:
                yield _problem(item, part, "error", f"the button leads to a missing article `{button.article}`")
            elif button.article and button.article not in shown:
                yield _problem(item, part, "error", f"the button leads to an expired article `{button.article}`")
            elif button.article == item.id:
                yield _problem(item, part, "warning", "the button leads to this very article")


def _same_questions(articles: Sequence[Article]) -> Iterator[Problem]:
    exact: dict[tuple[str, ...], tuple[Article, int]] = {}
    alike: dict[tuple[str, ...], tuple[Article, int]] = {}
    for item in articles:
        for number, question in enumerate(item.questions):
            place = (item, number)
            same = exact.setdefault((item.language, *words_of(question)), place)
            near = alike.setdefault((item.language, *sorted(stems_of(question))), place)
            if same[0].id != item.id:
                yield _same_question(item, number, same, "error")
            elif near[0].id != item.id:
                yield _same_question(item, number, near, "warning")


def _same_question(item: Article, number: int, twin: tuple[Article, int], severity: Severity) -> Problem:
    other, other_number = twin
    where = f"{other.source.path}:{other.source.line_of(f'questions.{other_number}')}"
    how = "also" if severity == "error" else "almost"
    what = f"“{item.questions[number]}” is {how} a question of `{other.id}` ({where})"
    return _problem(item, f"questions.{number}", severity, what)


def _translations(articles: Sequence[Article], languages: Sequence[str]) -> Iterator[Problem]:
    by_id: dict[str, list[Article]] = {}
    for item in articles:
        by_id.setdefault(item.id, []).append(item)
    used = {item.language for item in articles}
    for versions in by_id.values():
        first = versions[0]
        missing = [language for language in languages if language in used - {item.language for item in versions}]
        if missing:
            yield _problem(first, "language", "warning", f"`{first.id}` has no version in {', '.join(missing)}")
        for item in versions[1:]:
            if set(item.intents) != set(first.intents):
                yield _problem(item, "intents", "warning", f"intents differ from those in {first.source}")


def _unanswered(
    articles: Sequence[Article], taxonomy: Taxonomy, languages: Sequence[str], at: date
) -> Iterator[Problem]:
    answered = {(intent, item.language) for item in articles if item.is_valid(at) for intent in item.intents}
    folder = str(Path(articles[0].source.path).parent.parent) if articles else "articles"
    for intent in taxonomy.intents:
        if intent.does != "answer":
            continue
        for language in languages:
            if (intent.id, language) not in answered:
                severity: Severity = "error" if language == languages[0] else "warning"
                what = f"the intent `{intent.id}` promises an answer, but has no article in `{language}`"
                yield Problem(folder, 1, severity, what)


def _places(articles: Iterable[Article]) -> Iterator[Problem]:
    for item in articles:
        path = Path(item.source.path)
        if path.stem != item.id:
            yield _problem(item, "id", "warning", f"the file of `{item.id}` should be {item.id}.md")
        if path.parent.name in LANGUAGES and path.parent.name != item.language:
            yield _problem(
                item, "language", "error", f"an article in `{item.language}` in the folder {path.parent.name}"
            )


def _unused_facts(articles: Sequence[Article], folder: Path, facts_path: Path | str | None) -> Iterator[Problem]:
    used = {name for item in articles for name in item.facts}
    places = [Path(facts_path)] if facts_path else [folder / "facts.toml", folder.parent / "facts.toml"]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        return
    try:
        facts = load_facts(path)
    except ArticleError as error:
        yield from error.problems
        return
    for name, fact in facts.by_name.items():
        if name not in used:
            yield Problem(str(path), fact.line, "warning", f"no article uses the fact `{name}`")
