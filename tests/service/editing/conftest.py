"""A small office whose articles are edited."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from knowledge_base.article import Article
from knowledge_base.articles import load_any
from service import editing
from service.model_shelf import Model
from service.office import Office
from service.settings import Settings
from service.storage.staff import Role, StaffMember
from tests.service.conftest import Clock
from tests.service.small_office import hire, small_office_in

PIN = "card-pin"
FACTS = Settings().facts.read_text(encoding="utf-8")
NEW = """---
id: gift-card
language: ru
title: Подарочная карта
intents: [card_order]
questions:
  - можно купить подарочную карту
  - как подарить карту другу
---
Подарочную карту оформляют в отделении за {cards.check_time}. Вставьте \\{name} сами.

## email
Подарочную карту оформляют в отделении. Возьмите паспорт.
"""


@pytest.fixture
def office(tmp_path: Path, clock: Clock, model: Model) -> Iterator[Office]:
    """A small office."""
    with small_office_in(tmp_path, clock, model) as opened:
        yield opened


@pytest.fixture
def boss(office: Office) -> StaffMember:
    """A supervisor."""
    return hire(office, "boss", role=Role.SUPERVISOR)[0]


@pytest.fixture
def anna(office: Office) -> StaffMember:
    """An operator."""
    return hire(office, "anna")[0]


def source_of(office: Office, who: StaffMember, article: str = PIN) -> str:
    """The newest source, without buttons to articles that a small office lacks."""
    source = editing.read_versions(article, "ru", who, office)[0].source
    return re.sub(r"\nbuttons:\n(?:[ -].*\n)+?(?=---|\w)", "\n", source)


def change(office: Office, who: StaffMember, base: int, text: str = "Изменено.", article: str = PIN) -> editing.Saved:
    """Save and publish another wording."""
    source = source_of(office, who, article) + f"\n{text}"
    editing.save_draft(article, "ru", who, office, source=source, base=base)
    return editing.publish(article, "ru", base + 1, who, office)


def files() -> list[Article]:
    """The articles of the files."""
    shipped = Settings()
    return [each for each in load_any(shipped.articles, shipped.facts) if each.id in (PIN, "card-declined")]


@pytest.fixture
def open_again(office: Office, clock: Clock, model: Model) -> Callable[[], Office]:
    """Another process on the same database."""
    from service.office import open_office

    return lambda: open_office(office.settings, clock=clock, model=model)
