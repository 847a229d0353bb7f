"""The search goes over to the encoder and the ranking of whichever model answers, without a restart."""

from pathlib import Path

import pytest

from knowledge_base.ranking import Weights
from models.artifact import Manifest, read_artifact, write_artifact
from models.encoder import Encoder
from models.errors import EncoderError
from models.taxonomy import load_taxonomy
from service import releases
from service.accounts import COMMAND_LINE
from service.domain.staff import StaffMember
from service.office import Office
from service.understanding import Context
from tests.models.small_model import WordEncoder
from tests.service.conftest import NOON
from tests.service.releases.conftest import TOY, Artifacts, retaught
from tests.service.releases.test_stages import promote
from training.fit import fit

OTHER = WordEncoder("other", dimension=64, salt=7)
LEARNED = Weights(question=0.5, words=0.1)


@pytest.fixture(scope="module")
def other(artifacts: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of another encoder, with a ranking of its own."""
    folder = tmp_path_factory.mktemp("other")
    taxonomy = load_taxonomy(artifacts.taxonomy)
    fit(retaught("снежинка", "rate"), encoder=[OTHER], taxonomy=taxonomy, out=folder / "plain", workers=1)
    manifest, arrays, vocabulary = read_artifact(folder / "plain")
    write_artifact(folder / "ranked", manifest, arrays, vocabulary, {"ranking.json": LEARNED.to_json().encode()})
    return folder / "ranked"


@pytest.fixture(autouse=True)
def two_encoders(monkeypatch: pytest.MonkeyPatch, toy_encoder: None) -> None:
    """Each model is loaded with the encoder it names."""

    def load(specs: str) -> tuple[Encoder, ...]:
        return tuple({"use": TOY, "other": OTHER}[name] for name in specs.split(","))

    monkeypatch.setattr("models.bundle.load_encoders", load)


def found(office: Office) -> list[tuple[str, float]]:
    """Articles found for a question, with their scores."""
    read = office.reader.understand("забыл пин-код от карты", Context(), NOON)
    return [(each.id, each.score) for each in read.articles]


def test_the_search_follows_the_model_and_comes_back_with_it(
    office: Office, artifacts: Artifacts, other: Path, mlstaff: StaffMember
) -> None:
    before = found(office)
    assert before
    assert (office.knowledge.encoder, office.knowledge.weights) == (TOY, Weights())
    version = releases.add_model(other, COMMAND_LINE, office).version
    promote(version, mlstaff, office)
    assert (office.knowledge.encoder, office.knowledge.weights) == (OTHER, LEARNED)
    assert (office.vectors.encoder, office.vectors.dimension) == ("other", 64)
    calls = OTHER.calls
    assert found(office)[0][0] == before[0][0]
    assert OTHER.calls == calls + 1  # one call serves the classifier and the search
    kept = {path.name for path in office.settings.var_dir.glob("article_vectors*.npz")}
    assert len(kept) == 2
    releases.roll_back(mlstaff, office)
    assert (office.knowledge.encoder, office.knowledge.weights) == (TOY, Weights())
    assert found(office) == before


def test_an_index_that_can_not_be_built_leaves_the_former_and_clients_are_answered(
    office: Office, artifacts: Artifacts, other: Path, mlstaff: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = found(office)

    def broken(*_: object, **__: object) -> None:
        raise EncoderError("out of memory")

    version = releases.add_model(other, COMMAND_LINE, office).version
    monkeypatch.setattr("service.knowledge.SearchIndex.build", broken)
    promote(version, mlstaff, office)
    assert office.models.live is not None
    assert office.models.live.version == version
    assert office.knowledge.encoder is TOY
    assert [each for each, _ in found(office)][:1] == [each for each, _ in before][:1]


def test_a_model_whose_ranking_is_damaged_is_refused(artifacts: Artifacts, other: Path, office: Office) -> None:
    manifest: Manifest = read_artifact(other)[0]
    assert "ranking.json" in manifest.files
    ranking = other / "ranking.json"
    kept = ranking.read_bytes()
    ranking.write_bytes(kept[:-20])
    try:
        with pytest.raises(Exception, match=r"ranking\.json is damaged"):
            releases.add_model(other, COMMAND_LINE, office)
    finally:
        ranking.write_bytes(kept)
