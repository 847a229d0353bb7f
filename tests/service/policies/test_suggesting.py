"""The ranking of suggestions: best first, each once, nothing twice, nothing that may not be said here."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.conversations import ChannelKind
from service.domain.intents import Does, IntentRule, Rules
from service.domain.suggestions import (
    Candidate,
    Source,
    Suggestion,
    SuggestionKind,
    source_from_json,
    suggestion_from_json,
)
from service.policies.suggesting import (
    FAR_BEHIND,
    LEAST_SCORE,
    REPEATED_SCORE,
    Scene,
    are_alike,
    edit_distance,
    normalised,
    rank_suggestions,
    reply_score,
    shown_first,
    weigh,
)

RULES = Rules(
    intents={
        "card_pin": IntentRule("card_pin", "cards", Does.ANSWER, {"ru": "ПИН"}),
        "statement": IntentRule("statement", "documents", Does.ANSWER, {"ru": "Выписка"}, secure=True),
    },
    departments=("cards", "documents"),
)
SCENE = Scene("ru", ChannelKind.WEB)

words = st.sampled_from(["карта", "счёт", "перевод", "завтра", "приложение", "лимит", "отделение", "паспорт", "ёж"])
texts = st.one_of(st.lists(words, max_size=8).map(" ".join), st.text(max_size=60))
candidates = st.builds(
    lambda kind, key, text, score, language, intents: Candidate(
        Source(kind, key, key), text, score, language, None, intents
    ),
    st.sampled_from(list(SuggestionKind)),
    st.sampled_from(["a", "b", "c", "d"]),
    texts,
    st.floats(0, 1),
    st.sampled_from(["ru", "ru", "en"]),
    st.sampled_from([(), ("card_pin",), ("statement",), ("unknown",)]),
)
scenes = st.builds(
    Scene,
    st.sampled_from(["ru", "en"]),
    st.sampled_from(list(ChannelKind)),
    st.lists(texts, max_size=3),
    st.frozensets(st.sampled_from(["a", "b"])),
    st.lists(texts, max_size=2),
    st.frozensets(st.sampled_from(["c", "d"])),
)


def candidate(text: str, score: float = 0.5, kind: str = "reply", key: str = "1", **fields: object) -> Candidate:
    """A candidate in Russian."""
    return Candidate(Source(SuggestionKind(kind), key, "t"), text, score, "ru", **fields)  # type: ignore[arg-type]


def was_sent(each: Suggestion, scene: Scene) -> bool:
    """Whether the bot has said it."""
    if each.kind is SuggestionKind.ARTICLE and each.source.key in scene.bot_articles:
        return True
    return any(are_alike(normalised(each.text), normalised(text)) for text in scene.bot_said)


@given(st.lists(candidates, max_size=12), scenes, st.integers(1, 6))
def test_ranking_keeps_every_promise(given_: list[Candidate], scene: Scene, most: int) -> None:
    ranked = rank_suggestions(given_, scene, RULES, most)
    assert [each.rank for each in ranked] == list(range(1, len(ranked) + 1))
    assert len(ranked) <= most
    assert [(each.sent, -each.score) for each in ranked] == sorted((each.sent, -each.score) for each in ranked)
    assert all(each.sent == was_sent(each, scene) for each in ranked)
    plain = [normalised(each.text) for each in ranked]
    said = [normalised(text) for text in scene.said]
    for place, text in enumerate(plain):
        assert text
        assert not any(are_alike(text, other) for other in (*plain[:place], *said))
    mine = [c for c in given_ if c.language == scene.language]
    for each in ranked:
        origins = [c for c in mine if (c.source, c.text) == (each.source, each.text)]
        assert any((REPEATED_SCORE if each.sent else LEAST_SCORE) <= origin.score <= 1 for origin in origins)
        assert not (each.kind is SuggestionKind.ARTICLE and each.source.key in scene.articles)
        if scene.channel is ChannelKind.MESSENGER:
            assert any("statement" not in c.intents for c in given_ if (c.source, c.text) == (each.source, each.text))


@given(st.lists(candidates, max_size=10), scenes)
def test_the_order_of_the_candidates_does_not_matter(given_: list[Candidate], scene: Scene) -> None:
    one = rank_suggestions(given_, scene, RULES)
    other = rank_suggestions(given_[::-1], scene, RULES)
    assert [(each.text, each.score) for each in one] == [(each.text, each.score) for each in other]


def test_what_the_bot_has_said_comes_last_and_is_marked() -> None:
    told = candidate("Снять деньги можно в любом банкомате банка без комиссии.", 0.9, "article", "cash")
    echo = candidate("Снять деньги можно в любом банкомате банка без комиссии!", 0.8)
    other = candidate("Лимит меняется в приложении, в настройках карты.", 0.4, "canned", "7")
    scene = Scene("ru", ChannelKind.WEB, bot_said=(told.text,), bot_articles=frozenset({"cash"}))
    ranked = rank_suggestions([told, echo, other], scene, RULES)
    assert [(each.source.key, each.sent) for each in ranked] == [("7", False), ("cash", True)]
    far = candidate("Регулярный платёж создают в истории операций.", 0.9 * FAR_BEHIND - 0.01)
    assert [each.sent for each in rank_suggestions([told, far], scene, RULES)] == [True]
    assert [each.sent for each in rank_suggestions([far], scene, RULES)] == [False]
    weak = candidate("Про наличные в другой стране", 0.4, "article", "cash")
    assert rank_suggestions([weak], scene, RULES) == []


@given(st.lists(st.booleans(), max_size=9), st.integers(1, 6))
def test_one_that_the_bot_has_said_stays_in_sight_and_never_before_another(sent: list[bool], most: int) -> None:
    source = Source(SuggestionKind.ARTICLE, "a", "t")
    ranked = [Suggestion(place, source, "x", 0.5, sent=each) for place, each in enumerate(sorted(sent), start=1)]
    shown = shown_first(ranked, most)
    assert len(shown) <= most
    assert len(shown) == min(most, len(ranked) - max(0, sum(sent) - 1))
    assert [each.sent for each in shown].count(True) == (1 if any(sent) else 0)
    assert [each.rank for each in shown] == sorted(each.rank for each in shown)


def test_a_suggestion_says_what_it_answers() -> None:
    earlier = candidate("Раз два три", 0.5, question="где перевод", answers=7)
    latest = candidate("Четыре пять шесть", 0.4, question="и ещё лимит", answers=9)
    ranked = rank_suggestions([latest, earlier], SCENE, RULES)
    assert [(each.question, each.answers) for each in ranked] == [("где перевод", 7), ("и ещё лимит", 9)]
    assert [suggestion_from_json(each.to_json()) for each in ranked] == ranked
    old = {name: value for name, value in ranked[0].to_json().items() if name not in ("question", "answers", "sent")}
    assert suggestion_from_json(old).answers == 0


def test_the_better_of_two_that_say_nearly_the_same_stays() -> None:
    one = candidate("Снять деньги можно в любом банкомате банка без комиссии.", 0.6, "article", "a")
    two = candidate("Снять деньги можно в любом банкомате банка без комиссии!", 0.7)
    ranked = rank_suggestions([one, two], SCENE, RULES)
    assert [each.kind for each in ranked] == [SuggestionKind.REPLY]


def test_on_equal_scores_words_that_the_bank_approved_come_first() -> None:
    found = [candidate("Раз два три", 0.5), candidate("Семь восемь девять", 0.5, "article"),
             candidate("Четыре пять шесть", 0.5, "canned")]  # fmt: skip
    kinds = [each.kind.value for each in rank_suggestions(found, SCENE, RULES)]
    assert kinds == ["canned", "article", "reply"]


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 0.5))
def test_a_reply_fits_better_when_the_words_or_the_topic_are_nearer(likeness: float, topic: float, more: float) -> None:
    score = reply_score(likeness, topic)
    assert 0 <= score <= 1
    assert reply_score(min(likeness + more, 1), topic) >= score - 1e-9
    assert reply_score(likeness, min(topic + more, 1)) >= score - 1e-9


@given(st.floats(0, 1), st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 1000), st.floats(-10, 5000))
def test_success_raises_and_rejection_and_age_lower(
    score: float, accepted: int, edited: int, rejected: int, age: float
) -> None:
    def weighed(**other: float) -> float:
        fields = {"accepted": accepted, "edited": edited, "rejected": rejected, "age_days": age} | other
        return weigh(score, **fields)  # type: ignore[arg-type]

    assert 0 <= weighed() <= 1
    assert weighed(accepted=accepted + 1) >= weighed() >= weighed(rejected=rejected + 1)
    assert weighed() >= weighed(age_days=age + 100)


@pytest.mark.parametrize("text", ["", "а", "б" * 10_000])
def test_the_distance_of_a_text_to_itself_is_nothing(text: str) -> None:
    assert edit_distance(text, text) == 0
    assert edit_distance(text + "x", "") == 1


@given(candidates, st.integers(1, 9))
def test_a_suggestion_is_read_back_as_it_was_kept(each: Candidate, rank: int) -> None:
    source = Source(each.source.kind, each.source.key, "t", "Ольга", datetime(2026, 1, 1, tzinfo=UTC))
    assert source_from_json(source.to_json()) == source
    kept = rank_suggestions([each], Scene(each.language, ChannelKind.WEB), RULES)
    assert [suggestion_from_json(k.to_json()) for k in kept] == kept
