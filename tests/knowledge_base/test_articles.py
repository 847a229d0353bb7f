"""Reading articles: what a good one gives, and how each fault is told."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base.answers import answer_text
from knowledge_base.article import Article, Button
from knowledge_base.article_reader import read_article
from knowledge_base.articles import load_articles, read_articles, to_markdown, write_articles
from knowledge_base.errors import ArticleError
from knowledge_base.facts import Fact, Facts

FACTS = Facts("facts.toml", {"cards.reissue_days": Fact("cards.reissue_days", {"": "5 дней"}, 2)})


def faults(text: str) -> list[tuple[int, str]]:
    article, problems = read_article(text, "a.md", FACTS)
    assert (article is None) == bool(problems)
    return [(problem.line, problem.what) for problem in problems]


def test_an_article_is_read_with_facts_filled_in(articles_folder: Path) -> None:
    (article,) = load_articles(articles_folder)
    assert article.id == "card_reissue"
    assert article.title == "Перевыпуск карты: сроки"
    assert article.questions == ("как перевыпустить карту", "сколько ждать новую карту")
    assert article.answer == "Перевыпуск занимает 5 рабочих дней."
    assert article.buttons == (Button("Заблокировать карту", intent="card_lost_or_stolen"),)
    assert article.channels == ("web", "messenger", "email")
    assert article.facts == ("cards.reissue_days",)
    assert article.source.line_of("questions.1") == 8
    assert article.source.line_of("answer") == 13


def test_one_language_alone_finds_the_facts_too(articles_folder: Path) -> None:
    assert load_articles(articles_folder / "ru")[0].answer == load_articles(articles_folder)[0].answer


def test_a_channel_gets_its_own_wording_or_the_default(articles_folder: Path) -> None:
    (article,) = load_articles(articles_folder)
    assert answer_text(article, "email").startswith("Добрый день!")
    assert answer_text(article, "messenger") == answer_text(article) == article.answer


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("id: card_reissue\n", "", 1, "the key `id` is missing"),
        ("id: card_reissue\n", "id: Карта №1\n", 2, "can't be an article id"),
        ("language: ru", "language: de", 3, "unknown `language`: `de`"),
        ('title: "Перевыпуск карты: сроки"', "title: Перевыпуск карты: сроки", 4, "quote a text"),
        ('title: "Перевыпуск карты: сроки"', "title: []", 4, "must be text, not a list"),
        ("intents: [card_reissue]", "intents: card_reissue", 5, "must be a list"),
        ("intents: [card_reissue]", "intent: [card_reissue]", 5, "unknown key `intent`"),
        ("  - сколько ждать новую карту", "  - Как так\n  - Как так", 9, "already on line 8"),
        ("  - сколько ждать новую карту", "  - ", 8, "is empty"),
        ("buttons:", "valid_from: 31.12.2026\nbuttons:", 9, "must be a date such as 2026-12-31"),
        ("buttons:", "valid_from: 2026-02-30\nbuttons:", 9, "must be a date such as 2026-12-31"),
        ("buttons:", "valid_from: 2026-02-03\nvalid_to: 2026-02-01\nbuttons:", 10, "is before"),
        ("buttons:", "channels: [web, fax]\nbuttons:", 9, "unknown `channels`: `fax`"),
        ("intent: card_lost_or_stolen", "topic: x", 10, "unknown key `topic` in a button"),
        (", intent: card_lost_or_stolen", "", 10, "this one has text"),
        ("intent: card_lost_or_stolen", "intent: a, url: 'https://bank.example'", 10, "this one has text, intent, url"),
        ("intent: card_lost_or_stolen", "url: bank.example", 10, "is not a link"),
        ("{text: Заблокировать карту, intent: card_lost_or_stolen}", "Заблокировать", 10, "not text"),
        ("Перевыпуск занимает {cards.reissue_days}.\n\n##", "\n\n##", 12, "the answer is empty"),
        ("Перевыпуск занимает {cards.reissue_days}.\n\n##", "{cards.fee}\n\n##", 13, "unknown fact `{cards.fee}`"),
        ("Перевыпуск занимает {cards.reissue_days}.\n\n##", "а" * 601 + "\n\n##", 13, "has 601 characters"),
        ("## email", "## telegram", 15, "unknown section `telegram`"),
        ("## email", "## web\nx\n## web", 17, "given twice"),
        ("## email", "## web\n## email", 15, "the answer for `web` is empty"),
        ("buttons:\n", "id: again\nbuttons:\n", 9, "`id` is given twice"),
        ("intents: [card_reissue]", "intents: &a [card_reissue]\nchannels: *a", 6, "aliases"),
        ("intents: [card_reissue]", "intents: [[[[[[[[card]]]]]]]]", 5, "nested too deep"),
        ("buttons:", "\tbuttons:", 9, "broken YAML"),
        ("Перевыпуск занимает", "Перевыпуск\x00 занимает", 13, "U+0000"),
        ("---\nid", "id", 1, "starts with a line `---`"),
        ("---\n\nПеревыпуск", "\nПеревыпуск", 1, "is not closed"),
    ],
)
def test_each_fault_names_its_line(good: str, old: str, new: str, line: int, what: str) -> None:
    assert old in good
    found = faults(good.replace(old, new, 1))
    assert any(number == line and what in text for number, text in found), found


def test_all_faults_of_a_file_are_told_at_once(good: str) -> None:
    found = faults(
        good.replace("language: ru", "language: de").replace("intents:", "intent:").replace("reissue_d", "d")
    )
    assert len(found) >= 4


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(good: str) -> None:
    assert not faults("\ufeff" + good.replace("\n", "\r\n"))


def test_an_article_in_two_files_is_refused(articles_folder: Path, good: str) -> None:
    (articles_folder / "ru" / "copy.md").write_text(good, encoding="utf-8")
    with pytest.raises(ArticleError, match=r"copy.md|is already in") as caught:
        load_articles(articles_folder)
    (problem,) = caught.value.problems
    assert problem.line == 2
    assert "is already in" in problem.what


def test_every_bad_file_is_listed_and_the_good_ones_are_still_read(articles_folder: Path) -> None:
    (articles_folder / "ru" / "empty.md").write_text("", encoding="utf-8")
    (articles_folder / "ru" / "latin.md").write_bytes(b"---\n\nid: \xff\n")
    (articles_folder / "ru" / "README.md").write_text("not an article", encoding="utf-8")
    articles, problems = read_articles(articles_folder)
    assert [article.id for article in articles] == ["card_reissue"]
    assert [(Path(problem.file).name, problem.line) for problem in problems] == [("empty.md", 1), ("latin.md", 3)]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="no such folder"):
        load_articles(tmp_path / "nowhere")


def test_an_article_survives_being_written_and_read(articles_folder: Path, tmp_path: Path) -> None:
    articles = load_articles(articles_folder)
    paths = write_articles(articles, tmp_path / "copy")
    assert [path.name for path in paths] == ["card_reissue.md"]
    assert load_articles(tmp_path / "copy") == articles


def test_dates_count_both_ends(article: Any) -> None:
    item = article("a", ["б"], valid_from=date(2026, 1, 10), valid_to=date(2026, 1, 20))
    days = (9, 10, 20, 21)
    assert [item.is_valid(date(2026, 1, day)) for day in days] == [False, True, True, False]


@given(st.text(max_size=400))
def test_any_text_is_an_article_or_problems_with_lines(text: str) -> None:
    for candidate in (text, f"---\n{text}\n---\n{text}", f"---\nid: a\n{text}"):
        article, problems = read_article(candidate, "a.md", FACTS)
        assert (article is None) == bool(problems)
        # YAML counts more characters as line ends than "\n".
        assert all(1 <= problem.line <= len(candidate.splitlines()) + 1 for problem in problems)


YAML_PIECES = st.sampled_from(
    ["id:", " a", "\n", "  - ", "[", "]", "{", "}", "&a", "*a", "? ", ": ", "|", ">", "'", '"', "!!python/object:os",
     "---", "...", "questions:", "buttons:", "text: x", "intent: y", "%YAML", "\t", "<<:", "{cards.x}", "## web"]
)  # fmt: skip


@given(st.lists(YAML_PIECES, max_size=40).map("".join))
def test_any_yaml_like_text_is_an_article_or_problems(text: str) -> None:
    article, problems = read_article(f"---\n{text}\n---\nanswer", "a.md", FACTS)
    assert (article is None) == bool(problems)


def test_a_hostile_nesting_is_refused_quickly() -> None:
    for text in ("[" * 50_000, "- " * 50_000, "{a: " * 50_000):
        assert faults(f"---\nid: {text}\n---\nanswer")


LINE = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\x85"), min_size=1, max_size=30
).filter(lambda text: text.strip() == text and " ".join(text.split()) == text)
BUTTON = st.builds(lambda text, target: Button(text, article=target), LINE, LINE)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    title=LINE,
    questions=st.lists(LINE, min_size=1, max_size=4, unique=True),
    answer=st.lists(LINE, min_size=1, max_size=4).map("\n".join),
    buttons=st.lists(BUTTON, max_size=2),
    email=st.none() | LINE,
    valid_to=st.none() | st.dates(),
)
def test_markdown_reads_back_as_it_was(
    title: str,
    questions: list[str],
    answer: str,
    buttons: list[Button],
    email: str | None,
    valid_to: date | None,
) -> None:
    article = Article(
        "a", "ru", title, ("x",), tuple(questions), answer, tuple(buttons), None, valid_to, ("web", "email"),
        {"email": email} if email else {},
    )  # fmt: skip
    again, problems = read_article(to_markdown(article), "a.md", FACTS)
    assert problems == ()
    assert again == article
