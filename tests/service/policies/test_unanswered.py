"""What is still to be answered: the client's latest real question, wherever it stands."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import texts
from service.domain.intents import Does, IntentRule, Rules
from service.domain.messages import Author, StoredMessage
from service.policies.unanswered import (
    TOGETHER,
    Asked,
    Phrases,
    asks,
    is_answer,
    is_clear,
    says_how_long,
    says_only,
    unanswered,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RULES = Rules(
    intents={
        "transfer": IntentRule("transfer", "payments", Does.HANDOFF, {"ru": "Перевод"}),
        "cash": IntentRule("cash", "cards", Does.ANSWER, {"ru": "Наличные"}),
        "operator": IntentRule("operator", "general", Does.CONTROL, {"ru": "Оператор"}),
        "thanks": IntentRule("thanks", "general", Does.SOCIAL, {"ru": "Спасибо"}),
    },
    departments=("payments", "cards", "general"),
)


def phrases(language: str = "ru") -> Phrases:
    """Those that are shipped."""
    words = texts.table("suggesting", language)
    return Phrases(words["holding"], words["opening"], words["waiting"])


def told(*said: tuple[str, str] | tuple[str, str, str] | tuple[str, str, str, float]) -> list[StoredMessage]:
    """(author, text, intent that was clear or "", mood) of each message, one a minute from noon."""
    history = []
    for place, (author, text, *rest) in enumerate(said, start=1):
        intent, mood = (*rest, "", 0.0)[:2] if rest else ("", 0.0)
        if len(rest) == 2:
            intent, mood = rest
        known: dict[str, Any] = {"text": text, "in_scope": bool(intent), "mood_score": mood}
        known["ranking"] = [{"intent": intent, "confidence": 0.9}] if intent else []
        at = NOON + timedelta(minutes=place)
        understanding = known if author == "client" else None
        history.append(StoredMessage(place, 1, place, Author(author), text, at, understanding=understanding))
    return history


def asked(*said: Any, since: datetime = NOON) -> list[str]:
    """The words of what is still to be answered."""
    return [each.text for each in unanswered(told(*said), since, phrases(), RULES)]


@pytest.mark.parametrize(
    "complaint",
    ["уже 6 часов прошло!!!", "ау, вы тут?", "???", "😡", "Сколько можно ждать", "ну что там?", "Алло! Есть кто живой?",
     "ответьте уже кто-нибудь пожалуйста", "жду ответа", "никто не отвечает"],
)  # fmt: skip
def test_behind_a_complaint_about_waiting_stands_the_question(complaint: str) -> None:
    question = ("client", "не пришёл перевод", "transfer")
    assert asked(question, ("bot", "Передаю специалисту"), ("client", complaint)) == ["не пришёл перевод"]
    assert asked(question, ("client", complaint), ("client", "вы здесь?")) == ["не пришёл перевод"]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_only_waits_is_told_from_what_asks(language: str) -> None:
    waits = {"ru": ("Вы тут?", "до сих пор жду...", "ВЫ ГДЕ"), "en": ("Hello?", "I'm still waiting!", "anyone there??")}
    real = {
        "ru": (
            "когда придёт перевод который я отправил вчера вечером брату",
            "где вы находитесь в городе Казань рядом",
        ),
        "en": ("how long does a transfer to another bank usually take", "where are my last three card payments"),
    }
    assert all(says_only(each, phrases(language).waiting) for each in waits[language])
    assert not any(says_only(each, phrases(language).waiting) for each in real[language])


@pytest.mark.parametrize("text", ["уже 6 часов прошло!!!", "Полдня жду", "it's been 3 days already", "still waiting"])
def test_how_long_one_waits_is_no_question_however_clear_it_looks(text: str) -> None:
    assert says_how_long(text, phrases("ru").waiting) or says_how_long(text, phrases("en").waiting)


@pytest.mark.parametrize(
    "text", ["жду перевод уже неделю", "до сих пор не пришла карта", "уже 6 часов", "waiting for my card"]
)
def test_what_is_waited_for_makes_it_a_question(text: str) -> None:
    assert not says_how_long(text, phrases("ru").waiting)
    assert not says_how_long(text, phrases("en").waiting)


def test_a_new_clear_question_stands_alone() -> None:
    assert asked(("client", "не пришёл перевод", "transfer"), ("bot", "…"), ("client", "как снять деньги", "cash")) == [
        "как снять деньги"
    ]


def test_what_is_unclear_or_angry_comes_with_the_question_before_it() -> None:
    question = ("client", "не пришёл перевод", "transfer")
    unclear = ("client", "мне обещали всё решить ещё в понедельник на встрече в офисе")
    assert asked(question, ("bot", "…"), unclear) == [unclear[1], "не пришёл перевод"]
    angry = ("client", "снимите деньги сами, раз такие умные", "cash", -0.9)
    assert asked(question, ("bot", "…"), angry) == [angry[1], "не пришёл перевод"]


def test_what_an_operator_answered_is_over_and_asking_for_patience_answers_nothing() -> None:
    question, nudge = ("client", "не пришёл перевод", "transfer"), ("client", "ну что?")
    assert asked(question, ("operator", "Перевод придёт до конца дня, мы его видим."), nudge) == []
    assert asked(question, ("operator", "Сейчас посмотрю, одну минуту"), nudge) == ["не пришёл перевод"]
    assert asked(question, ("operator", "Добрый день! Меня зовут Ольга."), nudge) == ["не пришёл перевод"]
    assert asked(question, ("operator", ""), nudge) == []  # a file is an answer
    assert is_answer("Здравствуйте! Карту разблокирует отделение сегодня.", phrases())


def test_what_was_asked_before_this_matter_is_over() -> None:
    said = (("client", "не пришёл перевод", "transfer"), ("client", "ау"))
    assert asked(*said, since=NOON + timedelta(minutes=1, seconds=1)) == []


def test_greetings_and_calls_for_a_person_ask_nothing() -> None:
    assert asked(("client", "оператор", "operator"), ("client", "спасибо", "thanks")) == []
    assert asked(
        ("client", "как снять деньги", "cash"), ("bot", "В банкомате"), ("client", "оператор", "operator")
    ) == ["как снять деньги"]


def test_one_thought_in_several_messages_is_one_question_and_a_burst_is_not_said_twice() -> None:
    assert asked(("client", "не пришёл перевод", "transfer"), ("client", "отправлял вчера вечером брату на карту")) == [
        "не пришёл перевод отправлял вчера вечером брату на карту"
    ]
    assert asked(
        ("client", "не пришёл перевод брату на карту"), ("client", "не пришёл перевод брату на карту вчера")
    ) == ["не пришёл перевод брату на карту вчера"]


words = st.sampled_from(["перевод", "не пришёл вчера вечером на карту", "ау", "вы тут?", "", "!!!", "оператор", "ё"])
intents = st.sampled_from(["", "", "transfer", "cash", "operator", "thanks", "gone_since"])
lines = st.tuples(st.sampled_from([*Author]).map(str), words, intents, st.floats(-1, 1))


@given(st.lists(lines, max_size=14), st.integers(0, 14))
@settings(max_examples=120)
def test_what_is_found_was_asked_and_never_answered(said: list[Any], minutes: int) -> None:
    history = told(*said)
    since = NOON + timedelta(minutes=minutes)
    found = unanswered(history, since, phrases(), RULES)
    assert len(found) <= 2
    ids = [each.id for one in found for each in reversed(one.messages)]
    assert ids == sorted(set(ids), reverse=True), "newest first, nothing twice"
    for one in found:
        assert isinstance(one, Asked)
        assert 1 <= len(one.messages) <= TOGETHER
        for message in one.messages:
            assert message.author is Author.CLIENT
            assert message.at >= since
            assert asks(message.understanding or {}, phrases(), RULES)
            later = [each for each in history if each.seq > message.seq and each.author is Author.OPERATOR]
            assert not any(is_answer(each.text, phrases()) for each in later)
    for earlier in found[1:]:
        assert is_clear(earlier.understanding)
    open_ones = [
        each for each in history
        if each.author is Author.CLIENT and each.at >= since and is_clear(each.understanding or {})
        and asks(each.understanding or {}, phrases(), RULES)
        and not any(o.seq > each.seq and o.author is Author.OPERATOR and is_answer(o.text, phrases()) for o in history)
    ]  # fmt: skip
    assert bool(found) or not open_ones, "a clear question that nobody answered is never lost"
