"""text -> Understanding. Total: a broken model becomes keywords or "not understood", never an exception."""

import logging
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Protocol, TypeVar

from knowledge_base.follow_up import Leaning, leaning_of
from knowledge_base.search import Hit, tail_of
from models.bundle import Bundle, Classification
from models.errors import ModelError
from models.keywords import KeywordMatch, KeywordMatcher
from models.masking import TOKENS
from models.preparation import Prepared, prepare
from models.questions import split_questions
from models.sentiment import Mood, MoodReader
from models.taxonomy import Taxonomy
from service.batching import Together
from service.domain.conversations import ChannelKind
from service.domain.understanding import FoundArticle, FoundEntity, ScoredIntent, Understanding
from service.knowledge import Knowledge
from service.metrics import Metrics

log = logging.getLogger(__name__)
T = TypeVar("T")

SURE_KEYWORD = 0.9
"""A keyword phrase matched this well decides alone when no model is there to ask."""

RANKED = 10


@dataclass(frozen=True)
class Context:
    """What is known before the message: the language so far, where it came from, what was last answered."""

    language: str = "ru"
    channel: ChannelKind = ChannelKind.WEB
    last_article: str | None = None


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

    trouble: str | None = None

    def __init__(
        self,
        model: "Model",
        keywords: KeywordMatcher | None,
        moods: MoodReader | None,
        knowledge: Knowledge,
        metrics: Metrics,
    ) -> None:
        self.bundle = model.bundle
        self.problem = model.problem
        self._keywords = keywords
        self._moods = moods
        self._knowledge = knowledge
        self._metrics = metrics
        self._counts: Counts = metrics
        self._queue = Together(self._classify_now)
        metrics.model_ready.set(model.bundle is not None)

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
        found = self._queue.ask([prepared, *parts])
        whole = self._put_together(prepared, found[0], context, now)
        if parts:
            read = zip(parts, found[1:], strict=True)
            whole = replace(whole, parts=tuple(self._put_together(p, c, context, now) for p, c in read))
        self._metrics.understanding_seconds.observe(perf_counter() - started)
        return whole

    def understand_all(self, questions: Sequence[Question], now: datetime) -> list[Understanding]:
        """Many messages, each on its own, encoded in one batch; the same results as one by one."""
        prepared = [prepare(question.text) for question in questions]
        parts = [self._split(each) for each in prepared]
        flat = [p for whole, some in zip(prepared, parts, strict=True) for p in (whole, *some)]
        answers = iter(zip(flat, self._classify_now(flat), strict=True))
        results = []
        for question, some in zip(questions, parts, strict=True):
            whole = self._put_together(*next(answers), question.context, now)
            read = tuple(self._put_together(*next(answers), question.context, now) for _ in some)
            results.append(replace(whole, parts=read))
        return results

    def _split(self, prepared: Prepared) -> list[Prepared]:
        """The questions of a message that asks several; empty when it asks one."""

        def split() -> list[Prepared]:
            pieces = split_questions(prepared.clean)
            return [prepare(piece) for piece in pieces] if len(pieces) > 1 else []

        return self._guard("questions", split, [])

    def _classify_now(self, prepared: Sequence[Prepared]) -> list[Classification | None]:
        bundle = self.bundle
        nothing: list[Classification | None] = [None] * len(prepared)
        if bundle is None:
            return nothing

        def classify() -> list[Classification | None]:
            found: list[Classification | None] = list(bundle.classify(prepared))
            if len(found) != len(prepared):
                raise ValueError(f"the model gave {len(found)} answers to {len(prepared)} messages")
            return found

        return self._guard("model", classify, nothing)

    def _put_together(
        self, prepared: Prepared, found: Classification | None, context: Context, now: datetime
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
        if found is None:
            understanding = replace(understanding, problem=self.problem or "the model failed")
        else:
            prepared = found.mended or prepared  # from here on everything reads what the model read
            understanding = replace(
                understanding,
                ranking=tuple(ScoredIntent(s.intent, float(s.confidence)) for s in found.ranking[:RANKED]),
                in_scope=bool(found.in_scope),
                scope_score=float(found.scope_score),
                automatic=bool(found.automatic),
                threshold=float(found.threshold),
                model_version=self.bundle.version if self.bundle else None,
                repairs=prepared.repairs,
            )
        read = self._with_keywords(understanding, prepared)
        return self._guard("articles", lambda: self._with_articles(read, prepared, found, context, now), read)

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
        found: Classification | None,
        context: Context,
        now: datetime,
    ) -> Understanding:
        language = understanding.language if understanding.language in ("ru", "en") else context.language
        intents = {scored.intent: scored.confidence for scored in understanding.ranking[:5]}
        nothing: list[Hit] = []
        # Who is understood without looking back is not drawn back, unless the words themselves lean on the last answer.
        clear = understanding.automatic and leaning_of(prepared.model_text) is Leaning.PERHAPS
        last_article = None if clear else context.last_article
        hits = self._guard(
            "search",
            lambda: self._knowledge.search(
                prepared,
                vector=found.vector if found is not None else None,
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
        return replace(understanding, articles=tuple(articles), follow_up=_found(tail) if tail else None)

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


@dataclass(frozen=True)
class Model:
    """The trained model, or why there is none."""

    bundle: Bundle | None
    problem: str | None = None


def load_model(folder: Path, taxonomy: Taxonomy) -> Model:
    """The model in `folder`: a missing or broken one is logged and named, never fatal."""
    try:
        return Model(Bundle.load(folder, taxonomy))
    except ModelError as error:
        log.error("no model: clients are served by keywords and people", extra={"problem": str(error)})
        return Model(None, str(error))


def load_reader(model: Model, language_data: Path, knowledge: Knowledge, metrics: Metrics) -> Reader:
    """The reader with whatever could be loaded."""
    keywords = _optional("keywords", lambda: KeywordMatcher.load(language_data / "keywords"))
    moods = _optional("mood", lambda: MoodReader.load(language_data / "mood"))
    return Reader(model, keywords, moods, knowledge, metrics)


def _optional(what: str, load: Callable[[], T]) -> T | None:
    try:
        return load()
    except (ModelError, OSError) as error:
        log.error("word lists can't be read", extra={"what": what, "problem": str(error)[:300]})
        return None
