"""What is a signal of suspicious traffic, and what follows from how many."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.suspicion import Level, Scope, Sender, Signal
from service.policies.suspicion import (
    LADDERS,
    LONGEST,
    SLOW_SECONDS,
    has_link,
    has_markup,
    lasts,
    same_words_of,
    seconds_to_keep,
)

HONEST = (
    "люблю ваш банк <3", "курс < 90 или > 100?", "пишет: ошибка 1=1, что делать", "onload не грузится приложение",
    "как оформить select карту?", "где скрипт? <script", "union card это что", "у меня {{имя}} в письме",
    "10% or 12%?", "data: 12.05.2026", "java script не установлен, javascript: что это", "O'Brien or 1 more",
    "письмо с темой <Ваш кредит>", "http не открывается", "${сумма} списали", "AAAAA!!!! ВЕРНИТЕ ДЕНЬГИ!!!111",
)  # fmt: skip
MACHINE = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "< SCRIPT src=//x.test>", "javascript:alert(1)",
    "<svg/onload=alert(1)>", "<iframe src='//x'></iframe>", "${jndi:ldap://x.test/a}", "{{7*7}}", "{{config.items()}}",
    "{% for x in y %}", "' OR 1=1 --", "\" or \"1\"=\"1", "1 UNION SELECT password FROM staff", "x'; DROP TABLE staff",
    "<!DOCTYPE foo [<!ENTITY xxe SYSTEM 'file:///etc/passwd'>]>", "data:text/html;base64,PHN2Zz4=",
)  # fmt: skip


@pytest.mark.parametrize("text", HONEST)
def test_what_people_write_is_no_markup(text: str) -> None:
    assert not has_markup(text)


@pytest.mark.parametrize("text", MACHINE)
def test_what_is_meant_for_a_machine_is_markup(text: str) -> None:
    assert has_markup(text)
    assert has_markup(f"здравствуйте {text} спасибо")


@given(st.text(alphabet="абвгдеёжзийклмнопрстуфхцчшщъыьэюя АБВГДЕЁЖЗ0123456789.,!?()-+*/:;«»\"'%№🙂😡\n", max_size=300))
def test_russian_words_and_signs_are_never_a_signal(text: str) -> None:
    assert not has_markup(text)
    assert not has_link(text)


@pytest.mark.parametrize("size", [10, 100, 4000])
def test_looking_takes_time_in_proportion_only(size: int) -> None:
    for part in ("<", "{{", "' or ", "<script ", "on", "union "):
        assert has_markup(part * size) in (True, False)


@pytest.mark.parametrize("text", ["https://bank.example/x", "HTTP://X.TEST", "www.bank.test", "пишут t.me/sber_help"])
def test_links_are_seen(text: str) -> None:
    assert has_link(text)


def test_only_long_texts_are_compared_and_case_and_signs_do_not_matter() -> None:
    long = "Уважаемые коллеги, предлагаем выгодный заработок без вложений"
    assert same_words_of("не работает приложение") is None
    assert same_words_of(long) == same_words_of(f"{long.upper()}!!! 😀") is not None


@pytest.mark.parametrize("place", LADDERS, ids=lambda place: "-".join(place))
def test_a_ladder_only_rises(place: tuple[Signal, Scope]) -> None:
    ladder = LADDERS[place]
    ranks = [level.rank if (level := ladder.level(count)) else -1 for count in range(4000)]
    assert ranks == sorted(ranks)
    assert ranks[0] == -1


def test_an_account_and_a_channel_are_never_restricted_for_what_strangers_do() -> None:
    for (signal, scope), ladder in LADDERS.items():
        if scope in (Scope.ACCOUNT, Scope.CHANNEL):
            assert ladder.level(10**9) is Level.NOTICE, signal


def test_the_same_words_alone_make_nobody_wait_long() -> None:
    """An outage brings the same complaint from many honest people."""
    assert {place for place in LADDERS if place[0] is Signal.SAME_WORDS} == {(Signal.SAME_WORDS, Scope.CHANNEL)}


def test_an_address_that_many_share_takes_more_than_one_person() -> None:
    for (signal, scope), ladder in LADDERS.items():
        own = LADDERS.get((signal, Scope.IDENTITY))
        if scope is Scope.ADDRESS and own is not None and own.silent and ladder.silent:
            assert ladder.silent >= 4 * own.silent, signal


@given(st.sampled_from(Level), st.integers(0, 1000))
def test_a_restriction_grows_with_those_before_it_and_always_ends(level: Level, earlier: int) -> None:
    assert timedelta() < lasts(level, earlier) <= lasts(level, earlier + 1) <= LONGEST


@given(st.sampled_from(Level), st.floats(-1000, 100_000))
def test_an_answer_never_waits_longer_than_the_restriction_stands(level: Level, left: float) -> None:
    seconds = seconds_to_keep(level, timedelta(seconds=left))
    assert 0 <= seconds <= max(0.0, left + 1e-3)
    if level is Level.SLOW:
        assert seconds <= SLOW_SECONDS
    if level is Level.NOTICE:
        assert seconds == 0


def test_a_sender_is_known_by_what_is_known_of_it() -> None:
    sender = Sender("web", "web/a", account="40817")
    assert [sender.subject(scope) for scope in Scope] == ["web/a", None, "40817", "web"]
