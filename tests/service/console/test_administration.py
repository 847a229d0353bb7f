"""What the pages of administration make of what they read: rows, filters, words. Without a browser."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.article_reader import read_article
from knowledge_base.errors import Problem
from knowledge_base.facts import Facts
from service.console.components.article_parts import new_source, state_of, validity_of, with_validity
from service.console.components.problems import PATTERNS, in_order, say_problem
from service.console.components.second_factor_card import in_fours
from service.console.components.staff_forms import whole
from service.console.dates import say_day
from service.console.pages import account, audit, canned_replies, knowledge, staff
from service.console.words import FOLDER, say_error, section
from service.domain.staff import Role, StaffMember
from service.editing import ArticleEntry
from service.storage.canned import CannedReply
from service.storage.staff import Account

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
MINE = ("forms", "refusals", "staff", "account", "knowledge", "problems", "canned", "departments", "audit",
        "audit_actions", "bot_texts")  # fmt: skip
ENTRY = ArticleEntry("card-pin", "ru", "ПИН-код ещё раз", "published", 2, 2, False, None, None, "import", NOON,
                     ("card_pin",), ("забыл пин",))  # fmt: skip
ACCOUNT = Account(StaffMember(1, "anna", "Анна", Role.OPERATOR, (), skills=("mortgage",)), NOON, None, True, False,
                  NOON, False)  # fmt: skip
REPLY = CannedReply(1, "/баланс", "Остаток", {"ru": "Остаток виден в приложении"}, "cards", ("счёт",), None, "sofia", 1,
                    NOON)  # fmt: skip


def fields_of(sentence: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("name", MINE)
def test_both_languages_have_the_same_keys_and_fields(name: str) -> None:
    russian, english = (
        tomllib.loads((FOLDER / f"{each}.toml").read_text(encoding="utf-8"))[name] for each in ("ru", "en")
    )
    assert set(russian) == set(english)
    assert {key: fields_of(words) for key, words in russian.items()} == {
        key: fields_of(words) for key, words in english.items()
    }


# --- errors in words


def test_an_error_is_told_by_its_reason_first_then_by_its_code_then_in_its_own_words() -> None:
    assert "занято" in say_error("conflict", "taken", "ru", {"reason": "shortcut_taken", "shortcut": "/x"})
    assert say_error("conflict", "taken", "ru", {}) == section("errors", "ru")["conflict"]
    assert say_error("strange", "its own words", "ru", {"reason": "unheard"}) == "its own words"


def test_a_field_that_an_error_does_not_bring_breaks_nothing() -> None:
    assert "…" in say_error("conflict", "x", "ru", {"reason": "shortcut_taken"})


# --- knowledge base


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "served"),
        ({"newest": 3, "state": "draft"}, "draft"),
        ({"serving": None, "state": "withdrawn"}, "withdrawn"),
        ({"serving": None, "state": "draft", "newest": 1}, "draft"),
        ({"valid_to": date(2026, 11, 19)}, "expired"),
        ({"valid_to": TODAY}, "served"),
        ({"valid_from": date(2026, 11, 21)}, "expired"),
    ],
)
def test_the_state_of_an_article(changes: dict[str, object], state: str) -> None:
    assert state_of(replace(ENTRY, **changes), TODAY) == state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("", "", "", ""), True),
        (("пин еще", "ru", "served", "card_pin"), True),
        (("ЗАБЫЛ", "", "", ""), True),
        (("пин карта", "", "", ""), False),
        (("", "en", "", ""), False),
        (("", "", "draft", ""), False),
        (("", "", "", "balance"), False),
    ],
)
def test_an_article_is_found_by_words_language_state_and_topic(asked: tuple[str, str, str, str], found: bool) -> None:
    assert knowledge.fits(ENTRY, *asked, today=TODAY) is found


def test_a_new_article_reads_whatever_its_title() -> None:
    for title in ('Как "это": работает?', "-", "{x} # [", ""):
        read, problems = read_article(new_source("card-pin", "ru", title, "card_pin"), "x.md", Facts())
        assert read is not None or all("fact" in each.what for each in problems), problems


@given(st.dates().map(str), st.dates().map(str))
def test_validity_is_written_into_the_source_and_taken_away_again(first: str, last: str) -> None:
    source = new_source("card-pin", "ru", "ПИН", "card_pin")
    dated = with_validity(source, first, last)
    assert validity_of(dated) == {"valid_from": first, "valid_to": last}
    assert with_validity(dated, "", "") == source


def test_a_source_without_fields_is_left_alone() -> None:
    assert with_validity("просто текст", "2026-01-01", "") == "просто текст"


BROKEN = """---
id: Плохой id
language: de
title: [x]
intents: nothing
questions: []
valid_from: завтра
colour: red
buttons:
  - {text: Раз, url: ftp://x}
  - {text: Два}
---
{no.fact}
## fax
Привет
## web
"""


@pytest.mark.parametrize("source", [BROKEN, "", "---\nid: x\n", "---\na: [\n---\n", "---\nx\n---\n", "\x00"])
def test_every_mistake_of_a_source_is_told_in_russian(source: str) -> None:
    _, problems = read_article(source, "x.md", Facts())
    assert problems
    for each in problems:
        said = say_problem(each, "ru")
        assert said != each.what, each.what


def test_every_kind_of_problem_has_words() -> None:
    for language in ("ru", "en"):
        assert {key for key, _ in PATTERNS} == set(section("problems", language))


def test_a_problem_nobody_foresaw_is_shown_as_it_is() -> None:
    assert say_problem(Problem("x.md", 1, "error", "something new"), "ru") == "something new"


def test_mistakes_come_before_remarks() -> None:
    remark, mistake = Problem("x", 1, "warning", "a"), Problem("x", 9, "error", "b")
    assert in_order([remark, mistake]) == [mistake, remark]


# --- staff, canned replies


@pytest.mark.parametrize(
    ("query", "role", "found"),
    [("", "", True), ("анна MORT", "", True), ("анна", "operator", True), ("", "admin", False), ("борис", "", False)],
)
def test_a_person_is_found_by_name_skill_and_role(query: str, role: str, found: bool) -> None:
    assert staff.fits(ACCOUNT, query, role, disabled=False) is found


def test_who_is_disabled_is_shown_on_request_only() -> None:
    gone = replace(ACCOUNT, disabled_at=NOON)
    assert not staff.fits(gone, "", "", disabled=False)
    assert staff.fits(gone, "", "", disabled=True)


@pytest.mark.parametrize(("typed", "number"), [(5.0, 5), (0, 0), (2.5, -1), (None, -1)])
def test_a_capacity_that_is_no_whole_number_is_not_mended_silently(typed: float | None, number: int) -> None:
    assert whole(typed) == number


@pytest.mark.parametrize(
    ("query", "whose", "department", "found"),
    [("", "all", "", True), ("остаток СЧЁТ", "shared", "cards", True), ("", "mine", "", False),
     ("", "all", "loans", False), ("перевод", "all", "", False)],
)  # fmt: skip
def test_a_canned_reply_is_found_by_words_owner_and_department(
    query: str, whose: str, department: str, found: bool
) -> None:
    assert canned_replies.fits(REPLY, query, whose, department) is found


# --- account, audit, dates


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/126 Safari/537 Edg/126", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox, Linux"),
        ("curl/8", "curl/8"),
        ("", "—"),
    ],
)
def test_a_browser_is_named_as_people_know_it(agent: str, words: str) -> None:
    assert account.browser_of(agent) == words


def test_a_secret_is_written_in_fours() -> None:
    assert in_fours("ABCDEFGHIJ") == "ABCD EFGH IJ"


def test_days_of_the_trail_are_those_of_the_person_and_both_included() -> None:
    wanted = audit.filter_of(" anna ", "", "", "", "2026-11-20", "2026-11-20", ZoneInfo("Asia/Yekaterinburg"))
    assert wanted.actor == "anna"
    assert wanted.action is None
    assert wanted.since == datetime(2026, 11, 19, 19, 0, tzinfo=UTC)
    assert wanted.until == datetime(2026, 11, 20, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["", "завтра", "2026-13-01", "9999-12-31"])
def test_a_day_that_is_none_is_not_asked_for(typed: str) -> None:
    assert audit.filter_of("", "", "", "", "", typed, ZoneInfo("UTC")).until is None


def test_what_was_before_and_is_after_stands_side_by_side() -> None:
    data = {"before": {"role": "operator", "skills": []}, "after": {"role": "supervisor", "skills": ["loans"]}}
    assert audit.details_of(data) == "role: operator → supervisor; skills: — → loans"
    assert audit.details_of({"session": 5, "nothing": None}) == "session: 5"
    assert audit.details_of({str(number): number for number in range(9)}).endswith("…")


def test_days_are_written_as_people_write_them() -> None:
    assert say_day(date(2026, 11, 2), "ru") == "02.11.2026"
    assert say_day(date(2026, 11, 2), "en") == "2 Nov 2026"
    assert say_day(None, "ru") == ""
