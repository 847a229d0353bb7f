"""text -> Understanding. Total: a broken model becomes keywords or "not understood", never an exception."""

import logging
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge_base.follow_up import Leaning, leaning_of
from knowledge_base.search import Compared, Hit, tail_of
from models.bundle import Bundle
from models.errors import ModelError
from models.keywords import KeywordMatch, KeywordMatcher
from models.masking import TOKENS
from models.preparation import Prepared, prepare
from models.questions import split_questions
from models.sentiment import Mood, MoodReader
from service.batching import Together
from service.classifying import Asked, Classified, classify
from service.domain.conversations import ChannelKind
from service.domain.understanding import FoundArticle, FoundEntity, ScoredIntent, Understanding
from service.knowledge import Knowledge
from service.metrics import Metrics
from service.model_shelf import ModelShelf

log = logging.getLogger(__name__)
T = TypeVar("T")
Vector: TypeAlias = NDArray[np.float32]

SURE_KEYWORD = 0.9
"""A keyword phrase matched this well decides alone when no model is there to ask."""

RANKED = 10


@dataclass(frozen=True)
class Context:
    """What is known before the message: the language so far, where it came from, what was last answered.

    `key` names the conversation when a canary may answer it; empty for a trial.
    """

    language: str = "ru"
    channel: ChannelKind = ChannelKind.WEB
    last_article: str | None = None
    key: str = ""


@dataclass(frozen=True)
class Question:
    """A text to be understood, and what is known before it."""

    text: str
    context: Context = Context()


class Counts(Protocol):
    """Where a reader notes what went wrong and what helped out."""

    def count(self, counter: str, label: str) -> None:
        """One more of `label`."""
        ...


class Understands(Protocol):
    """What the rest of the service knows of a reader, wherever it works."""

    @property
    def bundle(self) -> Bundle | None:
        """The model in use; None when there is none."""
        ...

    @property
    def problem(self) -> str | None:
        """Why there is no model."""
        ...

    @property
    def trouble(self) -> str | None:
        """What else an administrator should know; None when all is well."""
        ...

    def understand(self, text: str, context: Context, now: datetime) -> Understanding:
        """One message. Never raises."""
        ...

    def understand_all(self, questions: Sequence[Question], now: datetime) -> list[Understanding]:
        """Several at once, each on its own. Never raises."""
        ...


class Reader:
    """Understands messages with the trained model, the keywords, the mood words and the knowledge base."""

    def __init__(
        self,
        models: ModelShelf,
        keywords: KeywordMatcher | None,
        moods: MoodReader | None,
        knowledge: Knowledge,
        metrics: Metrics,
    ) -> None:
        self.models = models
        self._keywords = keywords
        self._moods = moods
        self._knowledge = knowledge
        self._metrics = metrics
        self._counts: Counts = metrics
        self._queue = Together(self._classify_now)
        metrics.model_ready.set_function(lambda: float(models.live is not None))

    @property
    def bundle(self) -> Bundle | None:
        """The model in use."""
        return self.models.live

    @property
    def problem(self) -> str | None:
        """Why there is no model."""
        return self.models.in_use.problem

    @property
    def trouble(self) -> str | None:
        """Which model should be in use and could not be loaded."""
        return self.models.trouble

    def counting(self, counts: Counts) -> "Reader":
        """The same reader, noting what it counts elsewhere."""
        other = copy(self)
        other._counts = counts
        return other

    def understand(self, text: str, context: Context, now: datetime) -> Understanding:
        """One message. Never raises; what failed is logged, counted and named in `problem`."""
        started = perf_counter()
        prepared = prepare(text)
        parts = self._split(prepared)
        asked = [Asked(prepared, context.key), *(Asked(part, context.key, whole=False) for part in parts)]
        found = self._queue.ask(asked)
        whole, *read = [self._put_together(*each, context, now) for each in self._compared([prepared, *parts], found)]
        whole = replace(whole, parts=tuple(read))
        self._metrics.understanding_seconds.observe(perf_counter() - started)
        return whole

    def understand_all(self, questions: Sequence[Question], now: datetime) -> list[Understanding]:
        """Many messages, each on its own, encoded in one batch; the same results as one by one."""
        prepared = [prepare(question.text) for question in questions]
        parts = [self._split(each) for each in prepared]
        asked = [
            Asked(p, question.context.key, whole=p is whole)
            for question, whole, some in zip(questions, prepared, parts, strict=True)
            for p in (whole, *some)
        ]
        answers = iter(self._compared([each.prepared for each in asked], self._classify_now(asked)))
        results = []
        for question, some in zip(questions, parts, strict=True):
            whole = self._put_together(*next(answers), question.context, now)
            read = tuple(self._put_together(*next(answers), question.context, now) for _ in some)
            results.append(replace(whole, parts=read))
        return results

    def _compared(
        self, prepared: Sequence[Prepared], found: Sequence[Classified | None]
    ) -> Iterator[tuple[Prepared, Classified | None, Vector | Compared | None]]:
        """Each message with what the model made of it and its vector compared with the articles, all at once.

        The articles are encoded by the live model's encoder: a vector of another one is left out, and the search
        encodes the message itself.
        """
        encoder = self._knowledge.encoder
        rows = [row for row, each in enumerate(found) if each is not None and each.encoder is encoder]
        vectors = [each.found.vector for row in rows if (each := found[row]) is not None]
        otherwise: Sequence[Vector | Compared | None] = vectors
        compared = self._guard("compare", lambda: self._knowledge.compare(vectors, encoder), otherwise)
        of_row = dict(zip(rows, compared, strict=True))
        for row, (message, classified) in enumerate(zip(prepared, found, strict=True)):
            yield message, classified, of_row.get(row)

    def _split(self, prepared: Prepared) -> list[Prepared]:
        """The questions of a message that asks several; empty when it asks one."""

        def split() -> list[Prepared]:
            pieces = split_questions(prepared.clean)
            return [prepare(piece) for piece in pieces] if len(pieces) > 1 else []

        return self._guard("questions", split, [])

    def _classify_now(self, asked: Sequence[Asked]) -> list[Classified | None]:
        return classify(asked, self.models.in_use, self._guard)

    def _put_together(
        self,
        prepared: Prepared,
        classified: Classified | None,
        vector: Vector | Compared | None,
        context: Context,
        now: datetime,
    ) -> Understanding:
        mood = self._mood(prepared)
        understanding = Understanding(
            text=prepared.masked,
            language=prepared.language,
            entities=tuple(_safe(entity.kind, entity.value) for entity in prepared.entities),
            mood=mood.label,
            mood_score=mood.score,
            urgent=mood.urgent,
            greeting=prepared.greeting is not None,
            repairs=prepared.repairs,
            words=len(prepared.model_text.split()),
        )
        if classified is None:
            understanding = replace(understanding, problem=self.problem or "the model failed")
        else:
            found = classified.found
            prepared = found.mended or prepared  # from here on everything reads what the model read
            understanding = replace(
                understanding,
                ranking=tuple(ScoredIntent(s.intent, float(s.confidence)) for s in found.ranking[:RANKED]),
                in_scope=bool(found.in_scope),
                scope_score=float(found.scope_score),
                automatic=bool(found.automatic),
                threshold=float(found.threshold),
                disagreement=float(found.disagreement),
                model_version=classified.version,
                shadow=classified.shadow,
                repairs=prepared.repairs,
            )
        read = self._with_keywords(understanding, prepared)
        return self._guard("articles", lambda: self._with_articles(read, prepared, vector, context, now), read)

    def _with_keywords(self, understanding: Understanding, prepared: Prepared) -> Understanding:
        """Ask the keywords when there is no model, or it is not sure; say so when they decided anything."""
        matcher = self._keywords
        if matcher is None or understanding.automatic:
            return understanding
        nothing: tuple[KeywordMatch, ...] = ()
        matches = self._guard("keywords", lambda: matcher.match(prepared.model_text or prepared.masked), nothing)
        if not matches:
            return understanding
        if understanding.problem is not None:
            self._counts.count("keyword_fallbacks", "no_model")
            return replace(
                understanding,
                ranking=tuple(ScoredIntent(match.intent, match.score) for match in matches),
                in_scope=True,
                scope_score=matches[0].score,
                automatic=matches[0].score >= SURE_KEYWORD,
                threshold=SURE_KEYWORD,
                keywords_used=True,
            )
        known = [scored.intent for scored in understanding.ranking[:3]]
        fresh = tuple(
            ScoredIntent(m.intent, understanding.confidence / 2) for m in matches[:1] if m.intent not in known
        )
        if not fresh or matches[0].score < SURE_KEYWORD:
            return understanding
        # Not sure: the phrase's topic is offered beside the model's own, it does not decide.
        self._counts.count("keyword_fallbacks", "not_sure")
        ranking = sorted((*understanding.ranking, *fresh), key=lambda scored: -scored.confidence)
        return replace(understanding, ranking=_once(ranking), keywords_used=True)

    def _with_articles(
        self,
        understanding: Understanding,
        prepared: Prepared,
        vector: Vector | Compared | None,
        context: Context,
        now: datetime,
    ) -> Understanding:
        language = understanding.language if understanding.language in ("ru", "en") else context.language
        intents = {scored.intent: scored.confidence for scored in understanding.ranking[:5]}
        nothing: list[Hit] = []
        # Who is understood without looking back is not drawn back, unless the words themselves lean on the last answer.
        leaning = leaning_of(prepared.model_text)
        clear = understanding.automatic and leaning is Leaning.PERHAPS
        last_article = None if clear else context.last_article
        hits = self._guard(
            "search",
            lambda: self._knowledge.search(
                prepared,
                vector=vector,
                language=language,
                intents=intents,
                last_article=last_article,
                channel=context.channel,
                at=now,
            ),
            nothing,
        )
        articles = [_found(hit) for hit in hits]
        best = understanding.intent
        if best is not None and not any(best in article.intents for article in articles):
            article = self._knowledge.of_intent(best, language, context.channel, now.date())
            if article is not None:
                articles.append(FoundArticle(article.id, article.title, article.language, 0.0, article.intents))
        anchor = self._knowledge.get(last_article, language) if last_article else None
        tail = tail_of(hits, anchor.intents if anchor else ())
        return replace(
            understanding,
            articles=tuple(articles),
            follow_up=_found(tail) if tail else None,
            leans=anchor is not None and leaning in (Leaning.PARTLY, Leaning.WHOLLY),
        )

    def _mood(self, prepared: Prepared) -> Mood:
        moods = self._moods
        calm = Mood("neutral", 0.0, False)
        return calm if moods is None else self._guard("mood", lambda: moods.read(prepared.clean, prepared.emojis), calm)

    def _guard(self, stage: str, work: Callable[[], T], otherwise: T) -> T:
        try:
            return work()
        except Exception:
            self._counts.count("model_failures", stage)
            log.exception("a part of understanding failed", extra={"stage": stage})
            return otherwise


def _found(hit: Hit) -> FoundArticle:
    article = hit.article
    return FoundArticle(article.id, article.title, article.language, round(float(hit.score), 4), article.intents)


def _safe(kind: str, value: str) -> FoundEntity:
    return FoundEntity(kind, TOKENS.get(kind, value))


def _once(ranking: Sequence[ScoredIntent]) -> tuple[ScoredIntent, ...]:
    return tuple({scored.intent: scored for scored in reversed(ranking)}.values())[::-1]


def load_reader(models: ModelShelf, language_data: Path, knowledge: Knowledge, metrics: Metrics) -> Reader:
    """The reader with whatever could be loaded."""
    keywords = _optional("keywords", lambda: KeywordMatcher.load(language_data / "keywords"))
    moods = _optional("mood", lambda: MoodReader.load(language_data / "mood"))
    return Reader(models, keywords, moods, knowledge, metrics)


def _optional(what: str, load: Callable[[], T]) -> T | None:
    try:
        return load()
    except (ModelError, OSError) as error:
        log.error("word lists can't be read", extra={"what": what, "problem": str(error)[:300]})
        return None
