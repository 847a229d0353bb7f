"""Offices whose live model can be exchanged: small ones, trained in a moment on a toy encoder."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from models.encoder import Encoder
from models.taxonomy import load_taxonomy
from service.domain.staff import Role, StaffMember
from service.model_shelf import load_model
from service.office import Office
from service.settings import Settings
from tests.models.small_model import WordEncoder, small_dataset
from tests.service.conftest import Clock
from tests.service.databases import make_tables
from tests.service.small_office import hire, open_small_office
from training.dataset import Dataset, Example
from training.fit import fit

TOY = WordEncoder()
TAXONOMY = """\
version: 1
departments: [cards, payments, general]
intents:
  - {id: card_lost, department: cards, does: handoff, about: a card is gone}
  - {id: rate, department: payments, does: answer, about: exchange rates}
  - {id: greeting, department: general, does: social, about: hello}
"""


@pytest.fixture(autouse=True)
def toy_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model is loaded with the toy encoder."""

    def load(specs: str) -> tuple[Encoder, ...]:
        return (TOY,)

    monkeypatch.setattr("models.bundle.load_encoders", load)


def retaught(text: str, label: str) -> Dataset:
    """The small data set, and twenty messages that teach another meaning of `text`."""
    more = tuple(Example(f"{text} {number}", label, "ru", "plain", "more.txt", 1) for number in range(20))
    return Dataset((*small_dataset().examples, *more))


@dataclass(frozen=True)
class Artifacts:
    """Three models and their taxonomy: to the first «снежинка» is nothing, to `rate` a rate, to `lost` a lost card."""

    taxonomy: Path
    first: Path
    rate: Path
    lost: Path


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Trained once."""
    folder = tmp_path_factory.mktemp("artifacts")
    made = Artifacts(folder / "taxonomy.yaml", folder / "first", folder / "rate", folder / "lost")
    made.taxonomy.write_text(TAXONOMY, encoding="utf-8")
    taxonomy = load_taxonomy(made.taxonomy)
    data = (small_dataset(), retaught("снежинка", "rate"), retaught("снежинка", "card_lost"))
    for dataset, out in zip(data, (made.first, made.rate, made.lost), strict=True):
        fit(dataset, encoder=[TOY], taxonomy=taxonomy, out=out, workers=1)
    return made


@pytest.fixture
def settings(settings: Settings, artifacts: Artifacts) -> Settings:
    """The first model is the one of the settings."""
    return settings.model_copy(update={"model_dir": artifacts.first, "taxonomy": artifacts.taxonomy})


def open_with(settings: Settings, clock: Clock, readers: int = 0) -> Office:
    """An office of the small models."""
    make_tables(settings)
    start = load_model(settings.model, load_taxonomy(settings.taxonomy))
    assert start.bundle, start.problem
    return open_small_office(settings, clock, start, readers)


@pytest.fixture
def office(settings: Settings, clock: Clock) -> Iterator[Office]:
    """The office with the first model."""
    opened = open_with(settings, clock)
    yield opened
    opened.close()


@pytest.fixture
def mlstaff(office: Office) -> StaffMember:
    """A person who makes models."""
    return hire(office, "marta", role=Role.ML)[0]


def renamed(person: StaffMember, role: Role) -> StaffMember:
    """The same person in another role."""
    return replace(person, role=role)
