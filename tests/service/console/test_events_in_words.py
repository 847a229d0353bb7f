"""What happened to a conversation, as its timeline tells it."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from service.console.components.timeline import say_event
from service.console.place import Place
from service.domain.console import TimelineEvent

ANNA = ("anna", "Анна")


def said(kind: str, data: dict[str, Any], language: str = "ru", actor: tuple[str, str] = ANNA) -> str:
    """The sentence for an event."""
    place = cast(Place, SimpleNamespace(language=language))
    return say_event(TimelineEvent(kind, actor[0], data, actor[1]), place)


@pytest.mark.parametrize(("kind", "data", "sentence"), [
    ("closed", {"resolution": "resolved"}, "Анна: закрыто, вопрос решён"),
    ("closed", {"resolution": None}, "Анна: закрыто"),
    ("closed", {}, "Анна: закрыто"),
    ("transferred", {"department": "loans", "person": None}, "Анна: передано, кредитный отдел"),
    ("csat", {"score": 5, "handoff": 3}, "Клиент поставил оценку: 5"),
    ("sla_breached", {"clock": "first_response"}, "Срок пропущен: первый ответ"),
    ("sla_breached", {"clock": "resolution"}, "Срок пропущен: решение"),
    ("sla_warning", {"clock": "next_response"}, "Скоро выйдет срок: следующий ответ"),
    ("something_new", {}, "something_new: Анна"),
])  # fmt: skip
def test_an_event_is_told_with_what_it_was_about(kind: str, data: dict[str, Any], sentence: str) -> None:
    assert said(kind, data) == sentence


def test_the_same_in_english() -> None:
    assert said("closed", {"resolution": "resolved"}, "en", ("anna", "Anna")).startswith("Anna closed it: ")
    assert said("sla_breached", {"clock": "first_response"}, "en") == "Overdue: first reply"
