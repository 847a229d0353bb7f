"""Commands are messages that say nothing else; a button is what its payload says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import texts
from service.policies.commands import LONGEST_COMMAND, Press, find_command, read_press
from tests.service.policies.situations import COMMANDS, modestly


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("меню", "menu"),
        ("  Меню  ", "menu"),
        ("МЕНЮ!!!", "menu"),
        ("«меню»", "menu"),
        ("Оператор.", "operator"),
        ("оператор, пожалуйста", None),
        ("/menu", "menu"),
        ("/menu@otklik_bot", "menu"),
        ("/unknown", None),
        ("меню не открывается", None),
        ("отмена операции", None),
        ("", None),
        ("   ", None),
        ("!!!", None),
    ],
)
def test_only_a_message_that_is_the_command_and_nothing_else_is_one(said: str, kind: str | None) -> None:
    assert find_command(said, COMMANDS) == kind


@pytest.mark.parametrize(("phrase", "kind"), sorted(texts.commands().items()))
def test_every_shipped_phrase_is_found_however_it_is_typed(phrase: str, kind: str) -> None:
    commands = texts.commands()
    for typed in (phrase, phrase.upper(), f" {phrase} ", phrase if phrase.startswith("/") else f"{phrase}!"):
        assert find_command(typed, commands) == kind, typed


def test_spaces_inside_a_command_do_not_matter() -> None:
    assert find_command("позовите    оператора", texts.commands()) == "operator"


def test_a_long_message_is_never_a_command() -> None:
    padded = "меню" + "!" * LONGEST_COMMAND
    assert find_command(padded, COMMANDS) is None


@given(st.text(max_size=80))
@modestly
def test_any_text_is_a_known_command_or_none(text: str) -> None:
    assert find_command(text, COMMANDS) in {None, *COMMANDS.values()}


@pytest.mark.parametrize(
    ("payload", "press"),
    [
        ("intent:card_pin", Press("intent", "card_pin")),
        ("article:card-pin", Press("article", "card-pin")),
        ("command:operator", Press("command", "operator")),
        ("feedback:yes", Press("feedback", "yes")),
        ("intent:", None),
        ("intent", None),
        (":card_pin", None),
        ("url:https://example.org", None),
        ("delete:everything", None),
        ("", None),
        (None, None),
    ],
)
def test_a_payload_is_read_only_when_it_is_ours(payload: str | None, press: Press | None) -> None:
    assert read_press(payload) == press


@given(st.none() | st.text(max_size=100))
@modestly
def test_any_payload_is_read_without_an_error(payload: str | None) -> None:
    press = read_press(payload)
    assert press is None or f"{press.kind}:{press.value}" == payload
