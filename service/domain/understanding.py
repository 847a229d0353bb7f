"""What was understood of a client's message."""

from dataclasses import dataclass, fields, replace
from typing import Any

Language = str  # "ru", "en" or "other"


@dataclass(frozen=True)
class ScoredIntent:
    """An intent and the calibrated probability that it is the right one."""

    intent: str
    confidence: float


@dataclass(frozen=True)
class FoundArticle:
    """An article of the knowledge base that the search found; `score` is in [0, 1]."""

    id: str
    title: str
    language: Language
    score: float
    intents: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoundEntity:
    """A phone, card, account, amount, date, e-mail or code in the message; `value` is safe to show and log."""

    kind: str
    value: str


@dataclass(frozen=True)
class ShadowReading:
    """What a model that is only tried would have said of the same message."""

    version: str
    intent: str
    confidence: float
    in_scope: bool
    automatic: bool


@dataclass(frozen=True)
class Understanding:
    """One message understood.

    `text` has personal data masked. `ranking` is best first and calibrated; it is empty when no model could be
    asked. `automatic` says that the best intent clears the threshold that keeps wrong answers under the owner's
    error rate. `keywords_used` says that the ranking comes from the keyword fallback and why is in `problem`.
    `parts` holds one understanding for each question when the message asked several. `follow_up` is the article that
    answers when the message only makes sense together with the last answer («а за границей?»); `leans` says that its
    words point back to that answer, whether or not an article was found that way. `shadow` is what a model in the
    shadow said; nothing is decided by it. `disagreement` is the share of the model's members that would have put
    another intent first.
    """

    text: str
    language: Language = "ru"
    ranking: tuple[ScoredIntent, ...] = ()
    in_scope: bool = False
    scope_score: float = 0.0
    automatic: bool = False
    threshold: float = 1.0
    articles: tuple[FoundArticle, ...] = ()
    entities: tuple[FoundEntity, ...] = ()
    mood: str = "neutral"
    mood_score: float = 0.0
    urgent: bool = False
    greeting: bool = False
    keywords_used: bool = False
    problem: str | None = None
    model_version: str | None = None
    repairs: tuple[str, ...] = ()
    words: int = 0
    parts: tuple["Understanding", ...] = ()
    follow_up: FoundArticle | None = None
    leans: bool = False
    shadow: ShadowReading | None = None
    disagreement: float = 0.0

    @property
    def intent(self) -> str | None:
        """The best intent, or None when nothing was recognised."""
        return self.ranking[0].intent if self.ranking else None

    @property
    def confidence(self) -> float:
        """Calibrated confidence of the best intent; 0 when nothing was recognised."""
        return self.ranking[0].confidence if self.ranking else 0.0

    def with_ranking(self, intent: str) -> "Understanding":
        """The same understanding after the client (or an operator) said which intent it is."""
        rest = tuple(scored for scored in self.ranking if scored.intent != intent)
        return replace(
            self,
            ranking=(ScoredIntent(intent, 1.0), *rest),
            in_scope=True,
            automatic=True,
            keywords_used=False,
            parts=(),
        )

    def to_json(self) -> dict[str, Any]:
        """The understanding as plain JSON values; personal data is masked already.

        Written out by hand: `dataclasses.asdict` copies deeply and costs more than understanding a message.
        """
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "ranking": [{"intent": s.intent, "confidence": s.confidence} for s in self.ranking],
            "articles": [_article(article) for article in self.articles],
            "entities": [{"kind": entity.kind, "value": entity.value} for entity in self.entities],
            "repairs": list(self.repairs),
            "parts": [part.to_json() for part in self.parts],
            "follow_up": _article(self.follow_up) if self.follow_up else None,
            **({"leans": True} if self.leans else {}),
            **({"shadow": _shadow(self.shadow)} if self.shadow else {}),
        }


def _article(article: FoundArticle) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "language": article.language,
        "score": article.score,
        "intents": list(article.intents),
    }


def _shadow(shadow: ShadowReading) -> dict[str, Any]:
    return {
        "version": shadow.version,
        "intent": shadow.intent,
        "confidence": shadow.confidence,
        "in_scope": shadow.in_scope,
        "automatic": shadow.automatic,
    }


_NESTED = {"ranking", "articles", "entities", "repairs", "parts", "follow_up", "leans", "shadow"}
_PLAIN = tuple(field.name for field in fields(Understanding) if field.name not in _NESTED)
