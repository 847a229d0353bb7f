"""Understanding without a database: for `otklik ask`, the terminal chat and benchmarks."""

from dataclasses import dataclass
from pathlib import Path

from knowledge_base.articles import load_any
from knowledge_base.errors import ArticleError
from models.bundle import Bundle
from service.domain.intents import Rules
from service.errors import SetupError
from service.knowledge import Knowledge
from service.metrics import Metrics
from service.model_shelf import Model, ModelShelf, load_model
from service.office import encoder_for, make_rules, read_taxonomy
from service.settings import Settings
from service.understanding import Reader, load_reader


@dataclass(frozen=True)
class Reading:
    """A reader with the rules that say what follows from what it understands."""

    reader: Reader
    rules: Rules
    knowledge: Knowledge


def open_reading(settings: Settings, *, model: Path | None = None, articles: Path | None = None) -> Reading:
    """Open the model in `model` (any taxonomy) and the articles in `articles` (a folder or CSV), or the default ones.

    A model named by the caller must load (ArtifactError); the default one may be missing: keywords are used then.
    """
    taxonomy = read_taxonomy(settings)
    loaded = Model(Bundle.load(model)) if model is not None else load_model(settings.model, taxonomy)
    source = articles or settings.articles
    if not source.exists():
        raise SetupError(f"there are no articles at {source}")
    facts = settings.facts if articles is None else None
    try:
        found = load_any(source, facts)
    except ArticleError as error:
        raise SetupError(str(error)) from error
    cache = settings.var_dir / "article_vectors.npz" if articles is None and settings.var_dir.is_dir() else None
    knowledge = Knowledge(None, encoder_for(loaded.bundle), settings.languages, cache)
    knowledge.serve(found, version=None)
    metrics = Metrics()
    reader = load_reader(ModelShelf(loaded), settings.language_data, knowledge, metrics)
    return Reading(reader, make_rules(taxonomy, settings), knowledge)
