"""Find the articles that answer a message: by meaning, by words, by letters and by intent, fused into one score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from knowledge_base.article import Article
from knowledge_base.characters import LetterSearch
from knowledge_base.errors import SearchError
from knowledge_base.follow_up import PERHAPS_SHARE, PULLS, Leaning, leaning_of
from knowledge_base.index import EXACT_LIMIT, VectorIndex
from knowledge_base.lexical import WordSearch
from knowledge_base.ranking import Weights
from knowledge_base.vector_cache import encode_all
from knowledge_base.words import words_of
from models.encoder import Encoder
from models.preparation import Prepared, prepare

Intents: TypeAlias = Sequence[str] | Mapping[str, float]
"""Intents best first, or with their confidences (0..1)."""

FOLLOW_UP_SCORE: Final = 0.5
"""From this score of the reading with the last article on, a message counts as the tail of what was answered."""
_BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a text says about every article: the parts, their weighted sum, the question most like it."""

    parts: dict[str, NDArray[np.float32]]
    total: NDArray[np.float32]
    passage: NDArray[np.int64]

    def only(self, eligible: NDArray[np.bool_]) -> "_Reading":
        """The reading with all other articles out of the question."""
        return replace(self, total=np.where(eligible, self.total, np.float32(-np.inf)))


@dataclass(frozen=True, slots=True)
class Compared:
    """A query's vector, and how alike every article is to it, in one version of the index."""

    vector: NDArray[np.float32]
    index: "SearchIndex"
    best: NDArray[np.float32]
    top: NDArray[np.float32]
    passage: NDArray[np.int64]
    answer: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found. `score` (0..1) is comparable between queries; `parts` are unweighted (see `ranking.PARTS`).

    `parts["follow_up"]` is there exactly when the message was understood together with the last article, and is the
    score of that reading. `question` is the article's question (or title) most like the message.
    """

    article: Article
    score: float
    parts: Mapping[str, float]
    question: str


class SearchIndex:
    """All articles, ready to be searched. Reads only after `build`: any number of threads may search at once."""

    def __init__(
        self,
        articles: tuple[Article, ...],
        encoder: Encoder,
        weights: Weights,
        questions: VectorIndex,
        answers: VectorIndex,
    ) -> None:
        """Use `build`."""
        self.articles = articles
        self.encoder = encoder
        self.weights = weights
        self._questions = questions
        self._answers = answers
        self._passages = _questions_of(articles)
        owners = [owner for owner, _ in self._passages]
        self._starts = np.searchsorted(owners, np.arange(len(articles)))
        self._words = WordSearch([" ".join((item.title, *item.questions, item.answer)) for item in articles])
        self._letters = LetterSearch([text for _, text in self._passages])
        self._by_intent: dict[str, list[int]] = {}
        self._by_id: dict[str, list[int]] = {}
        for number, item in enumerate(articles):
            self._by_id.setdefault(item.id, []).append(number)
            for intent in item.intents:
                self._by_intent.setdefault(intent, []).append(number)
        self._dated = [number for number, item in enumerate(articles) if item.valid_from or item.valid_to]
        self._languages = np.array([item.language for item in articles], dtype=object)
        self._channels = {
            kind: np.array([kind in item.channels for item in articles], dtype=bool)
            for kind in {kind for item in articles for kind in item.channels}
        }

    @classmethod
    def build(
        cls,
        articles: Iterable[Article],
        encoder: Encoder,
        weights: Weights | None = None,
        *,
        cache: Path | None = None,
        exact_limit: int = EXACT_LIMIT,
    ) -> "SearchIndex":
        """Encode the articles (only what isn't in the `cache` file, .npz) and index them.

        Up to `exact_limit` questions every one is compared; above, FAISS's HNSW. Raises SearchError when an article
        has no question, and what the encoder raises.
        """
        articles = tuple(articles)
        for item in articles:
            if not item.questions:
                raise SearchError(f"{item.source}: the article `{item.id}` has no questions; it could not be found")
        passages = _questions_of(articles)
        asked = [text for _, text in passages]
        told = [f"{item.title}. {item.answer}" for item in articles]
        written = frozenset(told)  # by staff: as it is; questions are prepared as those of clients are
        vectors = encode_all(
            [*asked, *told], encoder, cache,
            model_text=lambda text: text if text in written else prepare(text).model_text,
        )  # fmt: skip
        count = len(articles)
        owners = [owner for owner, _ in passages]
        questions = VectorIndex(vectors[: len(passages)], owners, count, exact_limit=exact_limit)
        answers = VectorIndex(vectors[len(passages) :], range(count), count, exact_limit=exact_limit)
        return cls(articles, encoder, weights or Weights(), questions, answers)

    def search(
        self,
        query: str | Prepared,
        *,
        vector: NDArray[np.float32] | Compared | None = None,
        language: str | None = None,
        intents: Intents = (),
        article: str | None = None,
        channel: str | None = None,
        at: date | None = None,
        limit: int = 5,
    ) -> list[Hit]:
        """The articles that answer the query, best first; each id once. Empty when the query has no word in it.

        - `vector`: this encoder's vector of the query, when it is already there (dimension,); saves the encoding. What
          `compare` made of it saves the comparing too.
        - `language`: an article that exists in it is shown in it; those that don't exist in it stay, a little lower.
        - `intents`: what the classifier says, best first, or with its confidences; articles of these are raised.
        - `article`: the id of the last article shown; a short query is also read as a question about it, and stays with
          its topic if that finds one of its articles first. `tail_of` says whether it did.
        - `channel`: only articles meant for this kind of channel. `at`: only those valid on this day (default: today).

        Raises SearchError when the vector does not fit, and what the encoder raises.
        """
        prepared = query if isinstance(query, Prepared) else prepare(query)
        text = prepared.model_text
        if limit < 1 or not self.articles or not words_of(text):
            return []
        compared = self._compared(text, vector)
        eligible = self._eligible(channel, at)
        leaning = leaning_of(text) if article else Leaning.NONE
        anchor = self._version(article, language) if article and leaning is not Leaning.NONE else None
        if anchor is not None:
            # Without intents: what a classifier makes of a message without its subject is a guess.
            alone = self._read(text, compared, (), language)
            total, context = self._read_as_tail(anchor, text, alone, language, leaning)
            tail = replace(alone, total=total).only(eligible)
            best = int(tail.total.argmax())
            own = self.weights.score(float(alone.total[best])) >= PULLS[leaning].least
            # A tail that finds another topic is no tail, unless it has no subject of its own.
            if leaning is Leaning.WHOLLY or (own and set(self.articles[best].intents) & set(anchor.intents)):
                return self._hits(tail, context, language, limit)
            if leaning is Leaning.PARTLY and own:  # what it names is still heard with the answer it points back to
                return self._hits(tail, None, language, limit)
        reading = self._read(text, compared, intents, language).only(eligible)
        return self._hits(reading, None, language, limit)

    def search_many(self, queries: Sequence[str], *, limit: int = 5, language: str | None = None) -> list[list[Hit]]:
        """`search` for each query, encoded in batches: several times faster than one by one."""
        results = []
        for start in range(0, len(queries), _BATCH):
            batch = [prepare(query) for query in queries[start : start + _BATCH]]
            vectors = self.encoder.encode([item.model_text for item in batch])
            for item, compared in zip(batch, self.compare(vectors), strict=True):
                results.append(self.search(item, vector=compared, limit=limit, language=language))
        return results

    def compare(self, vectors: NDArray[np.float32]) -> list[Compared]:
        """Every article with each of these vectors, (n, dimension): the memory is read once for all of them."""
        questions = self._questions.search(vectors)
        answers = self._answers.search(vectors).best
        return [
            Compared(vector, self, questions.best[row], questions.top[row], questions.passage[row], answers[row])
            for row, vector in enumerate(vectors)
        ]

    def _compared(self, text: str, vector: NDArray[np.float32] | Compared | None) -> Compared:
        if isinstance(vector, Compared):
            if vector.index is self:
                return vector
            # The articles have changed since, or the encoder: a vector of another one says nothing here.
            vector = vector.vector if vector.index.encoder is self.encoder else None
        vector = self._encode(text) if vector is None else self._checked(vector)
        return self.compare(vector[np.newaxis])[0]

    def _encode(self, text: str) -> NDArray[np.float32]:
        return self._checked(self.encoder.encode([text])[0])

    def _checked(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        if vector.shape != (self.encoder.dimension,):
            what = f"a vector of shape {vector.shape}, but the index has {self.encoder.dimension} dimensions"
            raise SearchError(f"{what} ({self.encoder.name}); encode the query with the encoder of the index")
        return vector

    def _read(
        self,
        text: str,
        compared: Compared,
        intents: Intents,
        language: str | None,
    ) -> _Reading:
        letters = self._letters.scores(text)
        parts = {
            "question": compared.best,
            "questions": compared.top,
            "answer": compared.answer,
            "words": self._words.scores(text),
            "letters": np.maximum.reduceat(letters, self._starts),
        }
        if intents:
            prior = np.zeros(len(self.articles), dtype=np.float32)
            for intent, confidence in _confidences(intents).items():
                for number in self._by_intent.get(intent, ()):
                    prior[number] = max(prior[number], confidence)
            parts["intent"] = prior
        if language is not None:
            parts["other_language"] = (self._languages != language).astype(np.float32)
        return _Reading(parts, self.weights.sum(parts), compared.passage)

    def _read_as_tail(
        self, anchor: Article, text: str, alone: _Reading, language: str | None, leaning: Leaning
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Weighted sums, (articles,), of the text as a tail of the last article: mixed with it alone, and pure."""
        together = prepare(f"{anchor.title} {text}").model_text
        pull = PULLS[leaning]
        context = self._read(together, self._compared(together, None), (), language).total
        context += np.float32(pull.topic) * self.weights.sum({"topic": self._topic(anchor)})
        shares = {Leaning.WHOLLY: self.weights.bare, Leaning.PARTLY: self.weights.follow_up}
        share = np.float32(shares.get(leaning, PERHAPS_SHARE))
        total = (1 - share) * alone.total + share * context
        total[self._by_id[anchor.id]] -= np.float32(pull.repeat)
        return total, context

    def _topic(self, anchor: Article) -> NDArray[np.float32]:
        """(articles,) 1 for an article and those that share an intent with it."""
        topic = np.zeros(len(self.articles), dtype=np.float32)
        topic[self._by_id[anchor.id]] = 1.0
        for intent in anchor.intents:
            topic[self._by_intent[intent]] = 1.0
        return topic

    def _eligible(self, channel: str | None, at: date | None) -> NDArray[np.bool_]:
        eligible = np.ones(len(self.articles), dtype=bool)
        if channel is not None:
            eligible &= self._channels.get(channel, np.False_)
        day = at or datetime.now().astimezone().date()
        for number in self._dated:
            eligible[number] &= self.articles[number].is_valid(day)
        return eligible

    def _version(self, article_id: str, language: str | None) -> Article | None:
        """The article of this id, in this language if it exists in it."""
        versions = [self.articles[number] for number in self._by_id.get(article_id, ())]
        return next((item for item in versions if item.language == language), versions[0] if versions else None)

    def _hits(
        self, reading: _Reading, context: NDArray[np.float32] | None, language: str | None, limit: int
    ) -> list[Hit]:
        hits: list[Hit] = []
        seen: set[str] = set()
        for number in np.argsort(-reading.total, kind="stable"):
            total = float(reading.total[number])
            if len(hits) == limit or not np.isfinite(total):
                break
            item = self.articles[number]
            if item.id in seen or (language is not None and self._has_better_version(number, language, reading.total)):
                continue
            seen.add(item.id)
            parts = {name: float(part[number]) for name, part in reading.parts.items()}
            if context is not None:
                parts["follow_up"] = self.weights.score(float(context[number]))
            passage = reading.passage[number]
            question = self._passages[passage][1] if passage >= 0 else item.title
            hits.append(Hit(item, self.weights.score(total), parts, question))
        return hits

    def _has_better_version(self, number: int, language: str, total: NDArray[np.float32]) -> bool:
        """Whether the article is in another language than the client's, and may be shown in theirs."""
        item = self.articles[number]
        return item.language != language and any(
            self.articles[other].language == language and np.isfinite(total[other]) for other in self._by_id[item.id]
        )


def tail_of(hits: Sequence[Hit], topic: Sequence[str]) -> Hit | None:
    """The best hit when the message only makes sense with the last answer and the article stays on its topic.

    `hits`: of a search that was told the last article; `topic`: the intents of that article.
    """
    if not hits or hits[0].parts.get("follow_up", 0.0) < FOLLOW_UP_SCORE:
        return None
    return hits[0] if set(hits[0].article.intents) & set(topic) else None


def _questions_of(articles: Sequence[Article]) -> list[tuple[int, str]]:
    """(article's number, question) of every question and title."""
    return [
        (number, text) for number, item in enumerate(articles) for text in dict.fromkeys((*item.questions, item.title))
    ]


def _confidences(intents: Intents) -> dict[str, float]:
    """Confidences as given; for a bare ranking 1/2, 1/4, 1/6 ..., because its first place says less than certainty."""
    if isinstance(intents, Mapping):
        return dict(intents)
    return {intent: 0.5 / place for place, intent in reversed(list(enumerate(intents, start=1)))}
