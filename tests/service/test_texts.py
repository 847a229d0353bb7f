"""What the bot says: complete in both languages, with the same fields, and grammatical."""

import ast
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.taxonomy import load_taxonomy
from service import texts
from service.console import words
from service.domain.decisions import Reason
from service.domain.promises import ReplyPromise
from service.policies.commands import LONGEST_COMMAND
from service.settings import PROJECT, Settings

LONGEST_BUTTON = 34
SECTIONS = (
    "bot", "buttons", "departments", "minutes", "commands", "menu", "intents", "sign_in", "shifts", "score_card",
    "letters", "not_me", "channels",
)  # fmt: skip
CONTROL_KINDS = {"start", "menu", "operator", "cancel", "stop", "unsubscribe", "subscribe", "unlink"}
TAXONOMY = load_taxonomy(Settings().taxonomy)
MOSCOW = ZoneInfo("Europe/Moscow")
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=MOSCOW)


def fields_of(sentence: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("section", SECTIONS)
def test_both_languages_have_the_same_keys(section: str) -> None:
    assert set(texts.table(section, "ru")) == set(texts.table(section, "en"))


@pytest.mark.parametrize("section", [each for each in SECTIONS if each not in ("commands", "menu")])
def test_both_languages_have_the_same_fields_and_no_empty_sentence(section: str) -> None:
    english = texts.table(section, "en")
    for key, sentence in texts.table(section, "ru").items():
        assert sentence.strip(), key
        assert english[key].strip(), key
        assert fields_of(sentence) == fields_of(english[key]), key


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("intent", TAXONOMY.ids)
def test_every_intent_has_a_title_that_fits_a_button(intent: str, language: str) -> None:
    title = texts.table("intents", language)[intent]
    assert 0 < len(title) <= LONGEST_BUTTON
    assert title == title.strip()


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_titles_and_departments_are_those_of_the_taxonomy_and_no_others(language: str) -> None:
    assert set(texts.table("intents", language)) == set(TAXONOMY.ids)
    assert set(texts.table("departments", language)) == set(TAXONOMY.departments)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_no_two_topics_share_a_title(language: str) -> None:
    titles = list(texts.table("intents", language).values())
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_buttons_are_short(language: str) -> None:
    assert all(len(label) <= LONGEST_BUTTON for label in texts.table("buttons", language).values())


def test_the_menu_offers_topics_that_exist_once_each() -> None:
    for language in texts.LANGUAGES:
        topics = texts.table("menu", language)["topics"]
        assert set(topics) <= set(TAXONOMY.ids)
        assert len(topics) == len(set(topics))
    assert texts.table("menu", "ru") == texts.table("menu", "en")


def test_every_command_has_a_kind_and_belongs_to_one_only() -> None:
    phrases = [
        phrase
        for language in texts.LANGUAGES
        for listed in texts.table("commands", language).values()
        for phrase in set(listed)
    ]
    shared = {phrase for phrase in phrases if phrase.startswith("/")}  # the same slash commands work in any language
    plain = [phrase for phrase in phrases if phrase not in shared]
    assert len(plain) == len(set(plain))
    assert set(texts.commands().values()) == CONTROL_KINDS
    for phrase, kind in texts.commands().items():
        kinds = {
            each
            for language in texts.LANGUAGES
            for each, listed in texts.table("commands", language).items()
            if phrase in listed
        }
        assert kinds == {kind}, phrase


def test_command_phrases_are_written_as_they_are_looked_up() -> None:
    for phrase in texts.commands():
        assert phrase == phrase.casefold().strip().replace("ё", "е")
        assert len(phrase) <= LONGEST_COMMAND


# --- what the code asks for is there


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """All calls in a module."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def constant(node: ast.expr | None) -> Any:
    """The value of a literal, or None."""
    return node.value if isinstance(node, ast.Constant) else None


def asked_for() -> Iterator[tuple[str, str, str]]:
    """(file, section, key) of every sentence that the code names literally."""
    for path in sorted((PROJECT / "service").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in calls(tree):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            owner = getattr(call.func.value, "id", "") if isinstance(call.func, ast.Attribute) else ""
            key = constant(call.args[0]) if call.args else None
            if name == "Say" and key:
                yield path.name, "bot", key
            elif path.is_relative_to(PROJECT / "service/console") and owner != "texts":
                if name in ("say", "text") and isinstance(key, str) and "." in key:
                    yield path.name, "console", key
            elif name in ("text", "say") and owner in ("texts", "") and key and len(call.args) >= 2:
                named = {keyword.arg: constant(keyword.value) for keyword in call.keywords}
                section = constant(call.args[2]) if len(call.args) > 2 and name == "text" else named.get("section")
                yield path.name, section or "bot", key


def test_the_search_for_asked_keys_finds_them() -> None:
    found = {(section, key) for _, section, key in asked_for()}
    assert ("console", "list.client") in found
    assert {("bot", "feedback_yes"), ("bot", "feedback_ask"), ("bot", "operator_joined"), ("buttons", "yes")} <= found


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_sentence_that_the_code_names_exists(language: str) -> None:
    def is_there(section: str, key: str) -> bool:
        if section == "console":
            part, _, name = key.partition(".")
            return name in words.section(part, language)
        return key in texts.table(section, language)

    missing = [f"{file}: [{section}] {key}" for file, section, key in asked_for() if not is_there(section, key)]
    assert not missing


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_sentence_that_a_decision_names_exists(language: str) -> None:
    from service.replies import _HANDOFF_SENTENCES

    social = [intent.id for intent in TAXONOMY.intents if intent.does == "social"]
    wanted = {
        *social, "already_answered", "handoff", "handoff_urgent", "raised", *_HANDOFF_SENTENCES.values(),
        *(f"clarify_{key}" for key in ("unsure", "out_of_scope", "several", "no_topics")), "secure_channel",
    }  # fmt: skip
    assert wanted <= set(texts.table("bot", language))
    assert set(_HANDOFF_SENTENCES) <= set(Reason)


def test_a_key_that_is_not_there_is_an_error_and_not_silence() -> None:
    with pytest.raises(KeyError):
        texts.text("no_such_sentence", "ru")


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_language_that_is_spoken_is_used(language: str) -> None:
    assert texts.spoken(language) == language


@pytest.mark.parametrize("language", ["other", "de", "", "RU"])
def test_any_other_language_is_answered_in_the_default_one(language: str) -> None:
    assert texts.text("greeting", language) == texts.text("greeting", "ru")


# --- words for times


@pytest.mark.parametrize(
    ("minutes", "russian", "english"),
    [
        (0, "0 минут", "0 minutes"),
        (1, "1 минуты", "1 minute"),
        (2, "2 минут", "2 minutes"),
        (5, "5 минут", "5 minutes"),
        (11, "11 минут", "11 minutes"),
        (20, "20 минут", "20 minutes"),
        (21, "21 минуты", "21 minutes"),
        (101, "101 минуты", "101 minutes"),
        (111, "111 минут", "111 minutes"),
    ],
)
def test_minutes_agree_with_their_number(minutes: int, russian: str, english: str) -> None:
    """After «в течение» the genitive stands: «в течение 21 минуты», «в течение 22 минут»."""
    assert texts.minutes_in_words(minutes, "ru") == russian
    assert texts.minutes_in_words(minutes, "en") == english


def test_a_client_learns_in_how_many_minutes_a_person_replies() -> None:
    assert texts.when(ReplyPromise(20), EVENING, "ru") == "Обычно отвечаем в течение 20 минут."
    assert texts.when(ReplyPromise(1), EVENING, "en") == "We usually reply within 1 minute."


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "сегодня после 21:30"), (1, "завтра после 21:30"), (2, "22.11 после 21:30")],
)
def test_a_client_learns_when_people_come_back(days: int, words: str) -> None:
    opening = datetime(2026, 11, 20, 21, 30, tzinfo=MOSCOW) + timedelta(days=days)
    assert words in texts.when(ReplyPromise(20, opening), EVENING, "ru")


def test_tomorrow_is_counted_by_the_staffs_clock() -> None:
    late_in_utc = datetime(2026, 11, 20, 22, 30, tzinfo=ZoneInfo("UTC"))  # past midnight in Moscow
    opening = datetime(2026, 11, 21, 9, 0, tzinfo=MOSCOW)
    assert "сегодня после 09:00" in texts.when(ReplyPromise(20, opening), late_in_utc, "ru")


def test_texts_are_data_that_lies_beside_the_code() -> None:
    assert {path.stem for path in Path(texts.FOLDER).glob("*.toml")} == set(texts.LANGUAGES)
