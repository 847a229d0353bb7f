"""Facts: one place for figures, and no figure that comes from nowhere."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.errors import ArticleError
from knowledge_base.facts import Facts, escape_facts, load_facts

TOML = """
[cards]
fee = 99
reissue_days = { ru = "5 рабочих дней", en = "5 working days" }

[cards.atm]
"limit" = { ru = "100 000 ₽" }
"""


def facts_of(folder: Path, text: str) -> Facts:
    path = folder / "facts.toml"
    path.write_text(text, encoding="utf-8")
    return load_facts(path)


def test_a_fact_is_worded_for_the_language(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, TOML)
    filled = facts.fill("{cards.fee} ₽, {cards.reissue_days}", "ru")
    assert filled.text == "99 ₽, 5 рабочих дней"
    assert filled.used == ("cards.fee", "cards.reissue_days")
    assert facts.fill("{cards.reissue_days}", "en").text == "5 working days"


def test_an_unknown_fact_and_a_missing_language_are_told(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, TOML)
    assert "unknown fact `{cards.free}`" in facts.fill("{cards.free}", "ru").wrong[0]
    (wrong,) = facts.fill("{cards.atm.limit}", "en").wrong
    assert "has no value in `en`" in wrong
    assert wrong.endswith("facts.toml:7)")


def test_plain_braces_stay(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, TOML)
    assert facts.fill(r"{ } {1} \{cards.fee} {карта}", "ru").text == "{ } {1} {cards.fee} {карта}"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("[cards]\nfee = \n", 2, "broken TOML"),
        ("[cards]\nfee = [1, 2]\n", 2, "must be a text"),
        ("[cards]\n\nfee = ''\n", 3, "must be a text"),
        ("[cards]\nfee = { ru = 1, en = true }\n", 2, "must be a text"),
    ],
)
def test_a_bad_file_is_told_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    with pytest.raises(ArticleError) as caught:
        facts_of(tmp_path, text)
    (problem,) = caught.value.problems
    assert problem.line == line
    assert what in problem.what


def test_a_missing_or_binary_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="can't be read"):
        load_facts(tmp_path / "facts.toml")
    (tmp_path / "facts.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ArticleError, match="UTF-8"):
        load_facts(tmp_path / "facts.toml")


@given(st.text())
def test_an_escaped_text_is_filled_to_itself(text: str) -> None:
    assert Facts().fill(escape_facts(text), "ru").text == text


@given(st.text())
def test_filling_never_fails(text: str) -> None:
    filled = Facts().fill("{" + text + "}", "ru")
    assert filled.text == "{" + text + "}" or not filled.wrong
