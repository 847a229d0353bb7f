"""Names in and out of replies: nothing unfilled, nothing foreign, nobody's name in another's conversation."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policies.placeholders import colleague_name, fill, how_to_address, is_reusable, to_template

NASTY = [
    "{client_name}",
    "{operator_name}",
    "{0}",
    "{{x}}",
    "http://evil.example",
    "<b>",
    "\0",
    "a\nb",
    "%s",
    "🎄",
    " ",
]
names = st.one_of(st.none(), st.sampled_from(["Анна", "Анна Петрова", "Ян", "O'Neil Jr", *NASTY]), st.text(max_size=30))
pieces = st.sampled_from(
    ["{client_name}", "{operator_name}", ", ", " ", "!", "Здравствуйте", "карта готова", ".", "\n"]
)
templates = st.lists(pieces, max_size=10).map("".join)


@given(templates, names, names)
def test_nothing_is_left_unfilled_and_names_are_no_templates(
    template: str, client: str | None, operator: str | None
) -> None:
    filled = fill(template, {"client_name": how_to_address(client), "operator_name": colleague_name(operator)})
    assert filled is not None
    assert not re.search(r"[{}\0]", filled)


@given(st.text(max_size=80), names)
def test_any_text_is_filled_or_refused(template: str, client: str | None) -> None:
    filled = fill(template, {"client_name": how_to_address(client), "operator_name": None})
    assert filled is None or not re.search(r"\{[^{}\n]{1,40}\}", filled)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Анна Петрова", "Анна"), ("Петров Иван Сергеевич", "Иван Сергеевич"), ("Мария Ильинична", "Мария Ильинична"),
        ("John Smith", "John"), (None, None), ("", None), ("👑 KING 👑", None), ("https://t.me/x", None),
        ("{operator_name}", None), ("a" * 200, None), ("79001234567", None),
    ],
)  # fmt: skip
def test_a_client_is_addressed_as_people_are_or_not_at_all(name: str | None, said: str | None) -> None:
    assert how_to_address(name) == said


@pytest.mark.parametrize(
    ("template", "name", "said"),
    [
        ("Здравствуйте, {client_name}! Карта готова.", "Анна", "Здравствуйте, Анна! Карта готова."),
        ("Здравствуйте, {client_name}! Карта готова.", None, "Здравствуйте! Карта готова."),
        ("{client_name}, карта готова.", None, "Карта готова."),
        ("Спасибо, {client_name}.", None, "Спасибо."),
        ("Карта {unknown} готова", "Анна", None),
    ],
)
def test_a_name_that_is_not_known_is_left_out_cleanly(template: str, name: str | None, said: str | None) -> None:
    assert fill(template, {"client_name": name}) == said


@pytest.mark.parametrize(
    ("reply", "client", "template"),
    [
        ("Анна, карта готова", "Анна Петрова", "{client_name}, карта готова"),
        ("Здравствуйте, Анна Петрова! Это Ольга.", "Анна Петрова", "Здравствуйте, {client_name}! Это {operator_name}."),
        ("Добрый день, Иван Иванович! Карта готова", None, "Добрый день, {client_name}! Карта готова"),
        ("Hello, John! Your card is ready", None, "Hello, {client_name}! Your card is ready"),
        ("Анне мы всё отправили", "Анна Петрова", None),
        ("Письмо Петровой отправлено", "Анна Петрова", None),
        ("Введите {код}", "Анна", None),
        ("Карта готова", "Анна", "Карта готова"),
    ],
)
def test_names_become_placeholders_or_the_reply_stays_where_it_is(
    reply: str, client: str | None, template: str | None
) -> None:
    assert to_template(reply, client, "Ольга") == template


@given(st.text(max_size=60), st.sampled_from(["Анна Петрова", "Ян Ким", "Мария"]), st.text(max_size=60))
def test_a_template_never_holds_the_clients_name(before: str, name: str, after: str) -> None:
    template = to_template(f"{before} {name} {after}", name, None)
    assert template is None or not re.search(rf"(?<!\w){name.split()[0]}(?!\w)", template)


@pytest.mark.parametrize(
    ("reply", "useful"),
    [
        ("Сейчас посмотрю, одну минуту", False),
        ("Здравствуйте, {client_name}! Сейчас проверю.", False),
        ("Да", False),
        ("а" * 2000, False),
        ("Лимит можно изменить в приложении: «Карты», затем «Лимиты».", True),
        ("Сейчас посмотрю. А пока: лимит меняется в приложении, раздел «Карты», пункт «Лимиты», сразу.", True),
    ],
)
def test_only_replies_that_say_something_are_kept(reply: str, useful: bool) -> None:
    assert is_reusable(reply, ["сейчас посмотрю", "одну минуту", "сейчас проверю"]) is useful
