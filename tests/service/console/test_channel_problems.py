"""Why a message was not delivered, in the reader's language: by the platform's code, or by the kind of failure."""

import pytest

from service.channels import CHANNELS
from service.channels.base import AccountBroken, FateUnknown, RetryLater, Undeliverable, problem_of
from service.console.words import FAMILIES, say_error, say_problem, section
from service.texts import LANGUAGES

FAILURES = {
    "away": RetryLater("the platform can't be reached (ConnectError)", platform_away=True),
    "later": RetryLater("wait"),
    "unknown": FateUnknown("no answer came"),
    "account": AccountBroken("Unauthorized"),
    "gone": Undeliverable("Forbidden: bot was blocked by the user", unreachable=True),
    "refused": Undeliverable("Bad Request: message is too long"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", FAILURES)
def test_every_kind_of_failure_has_words_and_keeps_those_of_the_platform(kind: str, language: str) -> None:
    said = say_problem(problem_of(FAILURES[kind]), "telegram", language)
    assert said == f"{section('channel_problems', language)[kind]} ({FAILURES[kind]})"


@pytest.mark.parametrize(
    ("problem", "channel", "said"),
    [
        ("gone: VK: error 901, no", "vk", "клиент не разрешил сообществу писать ему (VK: error 901, no)"),
        ("account: error 190: old", "messenger", "токен Meta истёк или отозван: выпустите новый (error 190: old)"),
        ("gone: Viber: status 6, notSubscribed", "viber", "клиент отписался от бота (Viber: status 6, notSubscribed)"),
        ("error 131026: no WhatsApp", "whatsapp",
         "у клиента нет WhatsApp на этом номере или старая версия (error 131026: no WhatsApp)"),
        ("later: slow down (HTTP 429)", "chatwoot", "платформа просит писать реже (slow down (HTTP 429))"),
        ("refused: VK: error 99999, new", "vk", "платформа не приняла это сообщение (VK: error 99999, new)"),
        ("no such room", "webhook", "платформа сообщила, что не доставила (no such room)"),
        ("blocked", "vk", "клиент нас заблокировал"),
        ("", "vk", ""),
    ],
)  # fmt: skip
def test_a_known_code_is_said_in_words(problem: str, channel: str, said: str) -> None:
    assert say_problem(problem, channel, "ru") == said


def test_what_a_platform_answered_an_administrator_is_said_in_words_too() -> None:
    fields = {"channel": "vk", "problem": "account: VK: error 5, invalid"}
    said = say_error("channel_refused", "VK: error 5, invalid", "ru", fields)
    assert said.startswith("ключ доступа сообщества больше не действует")


def test_every_code_belongs_to_a_channel_there_is() -> None:
    known = {FAMILIES.get(kind.name, kind.name) for kind in CHANNELS} | {"http"}
    codes = [key for key in section("channel_problems", "ru") if key.rpartition("_")[2].isdigit()]
    assert len(codes) > 20
    assert {key.rpartition("_")[0] for key in codes} <= known
