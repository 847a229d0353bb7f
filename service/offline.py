"""Understanding outside the service: for `otklik ask`, the terminal chat and benchmarks."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge_base.articles import load_any
from knowledge_base.errors import ArticleError
from models.bundle import Bundle
from service.domain.intents import Rules
from service.domain.labels import AddedIntent
from service.errors import SetupError, SupportError
from service.intent_book import extend, intents_of
from service.knowledge import Knowledge, ranking_of
from service.metrics import Metrics
from service.model_shelf import Model, ModelShelf, load_model
from service.office import encoder_for
from service.rule_making import make_rules, read_taxonomy
from service.settings import Settings
from service.storage import added_intents, models
from service.storage.database import Database
from service.storage.migrate import check_current
from service.understanding import Reader, load_reader

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Released:
    """What the database says: intents that were added, the folder of the model that is live (None: the settings')."""

    added: tuple[AddedIntent, ...] = ()
    live: Path | None = None


@dataclass(frozen=True)
class Reading:
    """A reader with the rules that say what follows from what it understands."""

    reader: Reader
    rules: Rules
    knowledge: Knowledge


def open_reading(settings: Settings, *, model: Path | None = None, articles: Path | None = None) -> Reading:
    """Open the model in `model` (any taxonomy) and the articles in `articles` (a folder or CSV), or the default ones.

    Where a service was set up, its added intents are known and its promoted model reads. A model named by the caller
    must load (ArtifactError); the default one may be missing: keywords are used then.
    """
    shipped, released = read_taxonomy(settings), _look_at_the_service(settings)
    taxonomy = extend(shipped, released.added)
    loaded = Model(Bundle.load(model)) if model is not None else load_model(released.live or settings.model, taxonomy)
    source = articles or settings.articles
    if not source.exists():
        raise SetupError(f"there are no articles at {source}")
    facts = settings.facts if articles is None else None
    try:
        found = load_any(source, facts)
    except ArticleError as error:
        raise SetupError(str(error)) from error
    cache = settings.var_dir / "article_vectors.npz" if articles is None and settings.var_dir.is_dir() else None
    encoder, ranking = encoder_for(loaded.bundle), ranking_of(loaded.bundle)
    knowledge = Knowledge(None, encoder, settings.languages, cache, ranking)
    knowledge.serve(found, version=None)
    metrics = Metrics()
    reader = load_reader(ModelShelf(loaded), settings.language_data, knowledge, metrics)
    rules = make_rules(shipped, settings)
    return Reading(reader, replace(rules, intents={**intents_of(released.added), **rules.intents}), knowledge)


def _look_at_the_service(settings: Settings) -> _Released:
    """What was added and promoted in the service of these settings; nothing where none was ever set up here."""
    if not settings.database_url and not (settings.var_dir / "otklik.db").is_file():
        return _Released()
    database = Database(settings.database)
    try:
        check_current(database)
        with database.read() as connection:
            added, live = added_intents.all_added(connection), models.plan(connection).live
    except SupportError as error:
        log.warning("added intents and the promoted model are left out: %s", error.detail)
        return _Released()
    finally:
        database.close()
    return _Released(tuple(added), settings.registry / live if live else None)
