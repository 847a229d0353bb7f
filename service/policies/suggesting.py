"""Which ready replies is an operator shown, and in what order? Three kinds on one scale of probability."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import exp, log

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from service.domain.conversations import ChannelKind
from service.domain.intents import Rules
from service.domain.suggestions import Candidate, Suggestion, SuggestionKind
from service.policies.channel_rules import is_served_in

MOST = 5
LEAST_SCORE = 0.15
"""Below this a suggestion is more often noise than help."""
REPEATED_SCORE = 0.5
"""From here on what the bot has said already is worth being reminded of."""

FAR_BEHIND = 0.4
"""What scores less than this share of what the bot has said is not what the client wants instead."""

SAME_TEXT = 90.0
"""RapidFuzz ratio (0..100) from which two texts count as the same."""

SLOPE, OFFSET = 6.69, -4.34
"""Cosine of two clients' messages -> probability that they ask the same: a logistic fit (Platt) on the golden set
against the three most alike examples, at three densities of examples (17,847 pairs); of those given 0.7, 68 % are."""

SUCCESS_PULL = 0.8
AGE_PULL = 0.4
AGE_DAYS = 180.0
_KIND_ORDER = (SuggestionKind.CANNED, SuggestionKind.ARTICLE, SuggestionKind.REPLY)
_COMPARED = 2000


@dataclass(frozen=True)
class Scene:
    """What the ranking has to know of the conversation.

    `said` are operators' texts in it, `articles` what they sent as an article; `bot_said` and `bot_articles` the bot's.
    """

    language: str
    channel: ChannelKind
    said: Sequence[str] = ()
    articles: Collection[str] = ()
    bot_said: Sequence[str] = ()
    bot_articles: Collection[str] = ()


def rank_suggestions(candidates: Sequence[Candidate], scene: Scene, rules: Rules, most: int = MOST) -> list[Suggestion]:
    """At most `most` of the candidates, best first, each different from the others and from what operators said.

    Kept out: another language than the client's, secure topics in a messenger, texts that are empty or nearly the
    same as a better one's or as one of `scene.said`, and what scores below LEAST_SCORE. What the bot has said already
    did not help: it comes last and is marked, and is kept out unless it scores REPEATED_SCORE; what is far behind it
    helps no better and is kept out too. On equal scores words that the bank approved come before what a colleague once
    wrote.
    """
    fitting = [each for each in candidates if is_allowed(each, scene, rules)]
    fitting.sort(key=_best_first)
    said = [normalised(text) for text in scene.said]
    repeated = [normalised(text) for text in scene.bot_said]
    texts: list[str] = []
    fresh: list[Candidate] = []
    again: list[Candidate] = []
    for each in fitting:
        if len(fresh) == most:
            break
        text = normalised(each.text)
        if not text or any(are_alike(text, other) for other in (*texts, *said)):
            continue
        texts.append(text)
        is_article = each.source.kind is SuggestionKind.ARTICLE
        if (is_article and each.source.key in scene.bot_articles) or any(are_alike(text, one) for one in repeated):
            again += [each] if each.score >= REPEATED_SCORE else []
        else:
            fresh.append(each)
    least = FAR_BEHIND * max((each.score for each in again), default=0.0)
    better = [each for each in fresh if each.score >= least]
    kept = [*((each, False) for each in better), *((each, True) for each in again)][:most]
    return [_suggested(each, place, sent=sent) for place, (each, sent) in enumerate(kept, start=1)]


def shown_first(ranked: Sequence[Suggestion], most: int = MOST) -> tuple[Suggestion, ...]:
    """The best `most`; when the bot has said one of all, the best such stays among them, in the last place."""
    again = [each for each in ranked if each.sent][:1]
    fresh = [each for each in ranked if not each.sent]
    return (*fresh[: most - len(again)], *again)


def _best_first(each: Candidate) -> tuple[float, int, str, str, int]:
    return -each.score, _KIND_ORDER.index(each.source.kind), each.source.key, each.text, -each.answers


def _suggested(each: Candidate, rank: int, *, sent: bool) -> Suggestion:
    return Suggestion(
        rank, each.source, each.text, round(each.score, 4), each.department,
        question=each.question, answers=each.answers, sent=sent,
    )  # fmt: skip


def is_allowed(candidate: Candidate, scene: Scene, rules: Rules) -> bool:
    """Whether this may be offered here at all."""
    if not LEAST_SCORE <= candidate.score <= 1.0 or candidate.language != scene.language:
        return False
    if candidate.source.kind is SuggestionKind.ARTICLE and candidate.source.key in scene.articles:
        return False
    topics = (rules.rule(intent) for intent in candidate.intents)
    return all(rule is None or is_served_in(rule, scene.channel) for rule in topics)


def normalised(text: str) -> str:
    """The text as it is compared: lower-cased, single spaces, ё as е, its beginning only."""
    return " ".join(text[:_COMPARED].lower().replace("ё", "е").split())


def are_alike(one: str, other: str) -> bool:
    """Whether two normalised texts are the same or nearly so."""
    if one == other:
        return True
    shorter, longer = sorted((len(one), len(other)))
    if shorter * 100 < longer * (SAME_TEXT - 20):  # so different in length that the ratio can't be reached
        return False
    return fuzz.ratio(one, other, score_cutoff=SAME_TEXT) > 0


def reply_score(likeness: float, topic: float) -> float:
    """The probability that a reply to a message this alike (cosine) answers this one too.

    `topic` (0..1) is how probably this message is about that one's intent. Either the words say so, or the topic
    does and the words agree with it.
    """
    likeness, topic = min(max(likeness, 0.0), 1.0), min(max(topic, 0.0), 1.0)
    words = 1.0 / (1.0 + exp(-(SLOPE * likeness + OFFSET)))
    return words + (1.0 - words) * topic * likeness


def weigh(score: float, *, accepted: int, edited: int, rejected: int, age_days: float) -> float:
    """The score after what operators made of the reply and how long ago it was last given.

    Works on log-odds, so that it stays in 0..1: an acceptance raises it, a rejection lowers it, the first ones most;
    every half a year takes a little, for two years.
    """
    bounded = min(max(score, 0.001), 0.999)
    success = log((accepted + 0.6 * edited + 1.0) / (rejected + 1.0))
    pull = SUCCESS_PULL * min(max(success, -2.5), 2.5) - AGE_PULL * min(max(age_days, 0.0) / AGE_DAYS, 4.0)
    return 1.0 / (1.0 + exp(-(log(bounded / (1.0 - bounded)) + pull)))


def edit_distance(suggested: str, final: str) -> float:
    """How much was changed: normalised Levenshtein, 0 (nothing) to 1 (everything)."""
    return round(Levenshtein.normalized_distance(suggested, final), 4)
