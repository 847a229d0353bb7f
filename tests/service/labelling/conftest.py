"""A small office whose clients were understood more or less well, and those who label."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.domain.labels import ReviewItem
from service.labelling import collect_due, next_items
from service.model_shelf import Model
from service.office import Office
from service.storage import understood
from service.storage.staff import Role, StaffMember
from tests.service.conftest import Client, Clock
from tests.service.small_office import hire, small_office_in

UNKNOWN = "почему у вас в приложении нет тёмной темы"


@pytest.fixture
def office(tmp_path: Path, clock: Clock, model: Model) -> Iterator[Office]:
    """A small office."""
    with small_office_in(tmp_path, clock, model) as opened:
        yield opened


@pytest.fixture
def vera(office: Office) -> StaffMember:
    """Looks after the model."""
    return hire(office, "vera", role=Role.ML)[0]


@pytest.fixture
def oleg(office: Office) -> StaffMember:
    """Looks after the model as well."""
    return hire(office, "oleg", role=Role.ML)[0]


@pytest.fixture
def anna(office: Office) -> StaffMember:
    """An operator of every department."""
    return hire(office, "anna")[0]


def collected(office: Office, clock: Clock) -> dict[str, Any]:
    """What is kept of each message by its text, once everything has settled."""
    clock.move(seconds=30)
    while collect_due(office):
        pass
    with office.database.read() as connection:
        return {row.text: row for row in understood.stream_all(connection)}


@pytest.fixture
def waiting(office: Office, clock: Clock, new_client: Callable[..., Client], vera: StaffMember) -> list[ReviewItem]:
    """Three messages of three clients that were not understood, worthiest first."""
    for text in (UNKNOWN, "где скачать музыку для рингтона", "абракадабра шмурдяк кукарача"):
        new_client().ask(text)
    collected(office, clock)
    items = next_items(vera, office)
    assert len(items) == 3
    return items
