"""The knowledge base in service: what was imported into the database, searched and worded for a channel."""

import hashlib
import logging
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.answers import answer_text
from knowledge_base.article import Article, Button
from knowledge_base.errors import WeightsError
from knowledge_base.ranking import Weights
from knowledge_base.search import Compared, Hit, SearchIndex
from models.bundle import Bundle
from models.encoder import Encoder
from models.errors import ModelError
from models.preparation import Prepared
from service import cores
from service.domain.conversations import ChannelKind
from service.storage import records
from service.storage.database import Database

log = logging.getLogger(__name__)

DEFAULT_ENCODER = "use"


@dataclass(frozen=True)
class _Shelf:
    """One version of the knowledge base; replaced as a whole."""

    version: str | None
    articles: Mapping[tuple[str, str], Article]
    by_intent: Mapping[str, Sequence[Article]]
    index: SearchIndex | None


class Knowledge:
    """Articles as they are served now. Threads may search while a new version is being loaded."""

    def __init__(
        self, database: Database | None, encoder: Encoder | None, languages: Sequence[str], cache: Path | None,
        weights: Weights | None = None,
    ) -> None:  # fmt: skip
        """`encoder` and `weights` are those of the model, until `follow` is told of another one."""
        self._database = database
        self._encoder = encoder
        self._weights = weights or Weights()
        self._languages = tuple(languages)
        self._cache = cache
        self._loading = threading.Lock()
        self._shelf = _Shelf(None, {}, {}, None)

    def load(self) -> int:
        """Read the articles from the database if they changed since; returns how many there are."""
        if self._database is None:
            return self.size
        with self._loading, self._database.read() as connection:
            version = records.get_note(connection, records.KNOWLEDGE_VERSION)
            if version != self._shelf.version:
                articles = [from_content(content) for content in records.all_articles(connection)]
                with cores.freely():  # encoding them is not Python's work
                    self.serve(articles, version)
        return self.size

    def follow(self, bundle: Bundle) -> None:
        """Search with this model's encoder and ranking; until the index is ready nothing changes.

        An index that can't be built leaves the one that is there, which encodes messages by itself.
        """
        with self._loading:
            encoder, weights = bundle.encoder, ranking_of(bundle)
            if encoder is self._encoder and weights == self._weights:
                return
            shelf = self._shelf
            index = self._build(list(shelf.articles.values()), encoder, weights)
            if index is None and shelf.articles:
                return
            self._encoder, self._weights = encoder, weights
            self._shelf = replace(shelf, index=index)
            log.info("the search follows the model", extra={"model": bundle.version, "encoder": encoder.name})

    def load_soon(self) -> None:
        """`load` on a thread of its own: a new version takes a second, and messages come meanwhile."""
        if self._loading.locked():
            return
        threading.Thread(target=self.load, name="knowledge", daemon=True).start()

    def reopen(self) -> None:
        """After a fork: the connections belong to the other process."""
        self._loading = threading.Lock()
        if self._database is not None:
            self._database.reopen()

    @property
    def encoder(self) -> Encoder | None:
        """What the articles are encoded by; vectors of any other encoder mean nothing here."""
        index = self._shelf.index
        return index.encoder if index is not None else self._encoder

    @property
    def weights(self) -> Weights:
        """What the search ranks by."""
        index = self._shelf.index
        return index.weights if index is not None else self._weights

    @property
    def version(self) -> str | None:
        """The version that is served."""
        return self._shelf.version

    def serve(self, articles: Sequence[Article], version: str | None) -> None:
        """Serve exactly these articles from now on."""
        by_intent: dict[str, list[Article]] = {}
        for article in articles:
            for intent in article.intents:
                by_intent.setdefault(intent, []).append(article)
        index = self._build(articles, self._encoder, self._weights)
        self._shelf = _Shelf(version, {(a.id, a.language): a for a in articles}, by_intent, index)

    def _build(self, articles: Sequence[Article], encoder: Encoder | None, weights: Weights) -> SearchIndex | None:
        if encoder is None or not articles:
            return None
        try:
            return SearchIndex.build(articles, encoder, weights, cache=self._cache_of(encoder))
        except (ModelError, OSError, ValueError) as error:
            # Answers by intent still work without the search; the message says what to mend.
            log.error("the search index could not be built", extra={"problem": str(error)[:300]})
            return None

    def _cache_of(self, encoder: Encoder) -> Path | None:
        """The file of kept vectors: one an encoder, so that going back to a former model encodes nothing again."""
        if self._cache is None or encoder.name == DEFAULT_ENCODER:
            return self._cache
        mark = hashlib.sha256(encoder.name.encode()).hexdigest()[:8]
        return self._cache.with_name(f"{self._cache.stem}_{mark}{self._cache.suffix}")

    def search(
        self,
        prepared: Prepared,
        *,
        vector: NDArray[np.float32] | Compared | None,
        language: str,
        intents: Mapping[str, float],
        last_article: str | None,
        channel: ChannelKind,
        at: datetime,
        limit: int = 5,
    ) -> list[Hit]:
        """The articles that fit, best first; empty when there is no index."""
        index = self._shelf.index
        if index is None:
            return []
        return index.search(
            prepared,
            vector=vector,
            language=language,
            intents=intents,
            article=last_article,
            channel=channel.value,
            at=at.date(),
            limit=limit,
        )

    def compare(
        self, vectors: Sequence[NDArray[np.float32]], encoder: Encoder | None
    ) -> Sequence[NDArray[np.float32] | Compared | None]:
        """The vectors of several messages compared with the articles at once, for `search`; None for each when the
        articles have gone over to another encoder than theirs."""
        index = self._shelf.index
        if index is None or not vectors:
            return vectors
        return index.compare(np.stack(vectors)) if index.encoder is encoder else [None] * len(vectors)

    def of_intent(self, intent: str, language: str, channel: ChannelKind, at: date) -> Article | None:
        """The first valid article of an intent, for when there is nothing to search with."""
        fitting = [a for a in self._shelf.by_intent.get(intent, ()) if channel.value in a.channels and a.is_valid(at)]
        for each in (language, *self._languages):
            for article in fitting:
                if article.language == each:
                    return article
        return None

    def get(self, article_id: str, language: str) -> Article | None:
        """The article in `language`, or in another one it exists in."""
        versions = (self._shelf.articles.get((article_id, each)) for each in (language, *self._languages))
        return next((article for article in versions if article is not None), None)

    def articles(self, language: str | None = None) -> list[Article]:
        """Everything that is served, in one language or in all."""
        return [each for each in self._shelf.articles.values() if language in (None, each.language)]

    def answer(self, article: Article, channel: ChannelKind) -> str:
        """The words for this kind of channel."""
        return answer_text(article, channel.value)

    def proof(self, article: Article, *, searchable: bool) -> "Knowledge":
        """What would be served with this article in it, to look at before it is; `searchable` takes a second or so."""
        others = [each for each in self.articles() if (each.id, each.language) != (article.id, article.language)]
        with tempfile.TemporaryDirectory(prefix="otklik-proof-") as folder:
            cache = Path(folder) / "vectors.npz"
            kept = self._cache_of(self._encoder) if self._encoder is not None else None
            copy = Knowledge(None, self._encoder if searchable else None, self._languages, cache, self._weights)
            if searchable and kept is not None and kept.exists() and self._encoder is not None:
                shutil.copyfile(kept, copy._cache_of(self._encoder) or cache)  # the served vectors stay as they are
            copy.serve([*others, article], None)
        return copy

    @property
    def size(self) -> int:
        """How many articles are served, all languages counted."""
        return len(self._shelf.articles)


def ranking_of(bundle: Bundle | None) -> Weights:
    """The weights that were learned with a model; the fixed ones without any, or where they can't be read."""
    if bundle is None or bundle.ranking is None:
        return Weights()
    try:
        return Weights.from_json(bundle.ranking)
    except WeightsError as error:
        log.error("the ranking of a model can't be read", extra={"model": bundle.version, "problem": str(error)})
        return Weights()


def to_content(article: Article) -> dict[str, Any]:
    """The article as the JSON that the database keeps."""
    return {
        "id": article.id,
        "language": article.language,
        "title": article.title,
        "intents": list(article.intents),
        "questions": list(article.questions),
        "answer": article.answer,
        "buttons": [asdict(button) for button in article.buttons],
        "valid_from": article.valid_from.isoformat() if article.valid_from else None,
        "valid_to": article.valid_to.isoformat() if article.valid_to else None,
        "channels": list(article.channels),
        "channel_answers": dict(article.channel_answers),
    }


def from_content(content: Mapping[str, Any]) -> Article:
    """The article behind the JSON of `to_content`."""
    first, last = content["valid_from"], content["valid_to"]
    return Article(
        id=content["id"],
        language=content["language"],
        title=content["title"],
        intents=tuple(content["intents"]),
        questions=tuple(content["questions"]),
        answer=content["answer"],
        buttons=tuple(Button(**button) for button in content["buttons"]),
        channels=tuple(content["channels"]),
        channel_answers=dict(content["channel_answers"]),
        valid_from=date.fromisoformat(first) if first else None,
        valid_to=date.fromisoformat(last) if last else None,
    )
