"""An office with a handful of articles: opens in a tenth of a second and says the same things every time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from knowledge_base.article import Article
from knowledge_base.articles import load_any
from service.channels.sandbox import SandboxChannel
from service.importing import import_articles
from service.model_shelf import Model
from service.office import Office, open_office
from service.settings import Settings
from service.storage import staff
from service.storage.database import Database
from service.storage.staff import Role, StaffMember
from tests.service.databases import sqlite_url

ARTICLES = ("card-pin", "card-declined", "card-lost-or-stolen", "transfer-how-to", "cash-withdrawal")
PIN = "intent:card_pin"
CASH = "intent:cash_withdrawal"
LOST = "intent:card_lost_or_stolen"
OPERATOR = "command:operator"


@cache
def _few_articles() -> tuple[Article, ...]:
    shipped = Settings()
    return tuple(each for each in load_any(shipped.articles, shipped.facts) if each.id in ARTICLES)


def open_small_office(
    settings: Settings, clock: Callable[[], datetime], model: Model, readers: int = 0, core: int | None = None
) -> Office:
    """The service on the migrated database of `settings`, serving ARTICLES only."""
    database = Database(settings.database)
    import_articles(database, _few_articles(), clock(), facts=Settings().facts.read_text(encoding="utf-8"))
    database.close()
    return open_office(settings, clock=clock, model=model, readers=readers, core=core)


@contextmanager
def small_office_in(folder: Path, clock: Callable[[], datetime], model: Model, **settings: Any) -> Iterator[Office]:
    """A small office on a fresh SQLite file in `folder`, closed at the end of the block."""
    sqlite_url(folder)
    opened = open_small_office(Settings(var_dir=folder, log_level="WARNING", **settings), clock, model)
    try:
        yield opened
    finally:
        opened.close()


def hire(office: Office, login: str, *departments: str, role: Role = Role.OPERATOR) -> tuple[StaffMember, str]:
    """A new member of staff and their token; without departments: of all of them."""
    with office.database.write() as connection:
        return staff.add(connection, login, login.capitalize(), role, departments, office.clock())


def sandbox_of(office: Office) -> SandboxChannel:
    """The messenger of this office."""
    channel = office.channels["sandbox"]
    assert isinstance(channel, SandboxChannel)
    return channel
