"""The knowledge base in service: what was imported into the database, searched and worded for a channel."""

import logging
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.answers import answer_text
from knowledge_base.article import Article, Button
from knowledge_base.search import Compared, Hit, SearchIndex
from models.encoder import Encoder
from models.errors import ModelError
from models.preparation import Prepared
from service.domain.conversations import ChannelKind
from service.storage import records
from service.storage.database import Database

log = logging.getLogger(__name__)


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
        self, database: Database | None, encoder: Encoder | None, languages: Sequence[str], cache: Path | None
    ) -> None:
        self._database = database
        self._encoder = encoder
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
                self.serve([from_content(content) for content in records.all_articles(connection)], version)
        return self.size

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
        return self._encoder

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
        self._shelf = _Shelf(version, {(a.id, a.language): a for a in articles}, by_intent, self._build(articles))

    def _build(self, articles: Sequence[Article]) -> SearchIndex | None:
        if self._encoder is None or not articles:
            return None
        try:
            return SearchIndex.build(articles, self._encoder, cache=self._cache)
        except (ModelError, OSError, ValueError) as error:
            # Answers by intent still work without the search; the message says what to mend.
            log.error("the search index could not be built", extra={"problem": str(error)[:300]})
            return None

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

    def compare(self, vectors: Sequence[NDArray[np.float32]]) -> Sequence[NDArray[np.float32] | Compared]:
        """The vectors of several messages compared with the articles at once, for `search`."""
        index = self._shelf.index
        return index.compare(np.stack(vectors)) if index is not None and vectors else vectors

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
            if searchable and self._cache is not None and self._cache.exists():
                shutil.copyfile(self._cache, cache)  # the served vectors stay as they are
            copy = Knowledge(None, self._encoder if searchable else None, self._languages, cache)
            copy.serve([*others, article], None)
        return copy

    @property
    def size(self) -> int:
        """How many articles are served, all languages counted."""
        return len(self._shelf.articles)


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
