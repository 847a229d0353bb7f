"""The knowledge base as a table."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.article import Article
from knowledge_base.articles import load_csv, write_csv
from knowledge_base.errors import ArticleError


def table(folder: Path, text: str | bytes) -> Path:
    path = folder / "faq.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_rows_with_one_answer_are_one_article(tmp_path: Path) -> None:
    path = table(tmp_path, "question,answer\nгде карта,Едет\nкогда привезут карту,Едет\nwhere is it,On its way\n")
    first, second = load_csv(path)
    assert first.questions == ("где карта", "когда привезут карту")
    assert (first.title, first.language, first.answer) == ("где карта", "ru", "Едет")
    assert second.language == "en"
    assert first.id != second.id
    assert first.source.line_of("questions.1") == 3


def test_an_id_made_from_the_answer_survives_new_questions(tmp_path: Path) -> None:
    before = load_csv(table(tmp_path, "question,answer\nа,ответ\n"))
    after = load_csv(table(tmp_path, "question,answer\nб,ответ\nа,ответ\n"))
    assert before[0].id == after[0].id


def test_a_spreadsheet_with_semicolons_and_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = table(tmp_path, '\ufeffQuestion;Answer;Intent\r\nгде, карта;"Едет;\r\nскоро";card_delivery|x\r\n;;\r\n')
    (article,) = load_csv(path)
    assert article.answer == "Едет;\nскоро"
    assert article.intents == ("card_delivery", "x")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "must name the columns question and answer"),
        ("text,label\na,b\n", 1, "missing: question, answer"),
        ("question,answer\n", 1, "no rows"),
        ("question,answer\na,b\nв,\n", 3, "the `answer` is empty"),
        ("question,answer\na,b,c\n", 2, "3 fields"),
        ('question,answer\na,b\n"x,y\n', 3, "broken CSV"),
        ("question,answer,language\na,b,de\n", 2, "unknown language `de`"),
        ("id,question,answer\nx,a,b\nx,a,c\n", 3, "has another answer on line 2"),
        ("id,question,answer\n../x,a,b\n", 2, "can't be an article id"),
        (b"question,answer\na,\xff\n", 2, "UTF-8"),
    ],
)
def test_each_fault_names_its_line(tmp_path: Path, text: str | bytes, line: int, what: str) -> None:
    with pytest.raises(ArticleError) as caught:
        load_csv(table(tmp_path, text))
    assert any(problem.line == line and what in problem.what for problem in caught.value.problems), str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="can't be read"):
        load_csv(tmp_path / "no.csv")


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1, max_size=30).filter(
    lambda text: text.strip() == text
)


@given(st.lists(st.tuples(st.lists(TEXT, min_size=1, max_size=3, unique=True), TEXT, TEXT), min_size=1, max_size=4))
def test_a_table_reads_back_as_it_was(tmp_path_factory: Any, rows: list[tuple[list[str], str, str]]) -> None:
    articles = tuple(
        Article(f"a{number}", "ru", title, ("x", "y"), tuple(questions), answer)
        for number, (questions, title, answer) in enumerate(rows)
    )
    path = tmp_path_factory.mktemp("csv") / "faq.csv"
    write_csv(articles, path)
    assert load_csv(path) == articles


@given(st.text(max_size=200))
def test_any_text_is_a_table_or_problems_with_lines(tmp_path_factory: Any, text: str) -> None:
    path = tmp_path_factory.mktemp("csv") / "faq.csv"
    path.write_bytes(f"question,answer\n{text}".encode("utf-8", "surrogatepass"))
    try:
        articles = load_csv(path)
    except ArticleError as error:
        articles, problems = (), error.problems
    else:
        problems = ()
    assert bool(articles) != bool(problems)
    assert all(problem.line >= 1 for problem in problems)
