"""Searching: the right article first, in the client's language, where and when it may be shown."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.article import Article
from knowledge_base.errors import SearchError
from knowledge_base.ranking import PARTS, Weights
from knowledge_base.search import Hit, SearchIndex, tail_of
from models.encoder import load_encoder
from models.preparation import prepare


@pytest.fixture
def index(bank: tuple[Article, ...], encoder: Any) -> SearchIndex:
    return SearchIndex.build(bank, encoder)


def ids(hits: list[Hit]) -> list[str]:
    return [hit.article.id for hit in hits]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("как перевыпустить карту?", "card_reissue"),
        ("КАК ПЕРЕВЫПУСТИТЬ КАРТУ", "card_reissue"),
        ("сколько стоит карта в обслуживании", "card_fee"),
        ("карта за границей работает?", "card_abroad"),
        ("снятие наличных в чужом банкомате", "cash_withdrawal"),
        ("рефинансировать ипотеку", "mortgage"),
        ("процент по вкладу", "deposit_terms"),
    ],
)
def test_the_article_that_answers_is_first(index: SearchIndex, query: str, expected: str) -> None:
    hits = index.search(query, language="ru")
    assert ids(hits)[0] == expected
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_typo_is_seen_through_by_letters(index: SearchIndex) -> None:
    hits = index.search("рефинансираванье", language="ru", limit=10)
    assert max(hits, key=lambda hit: hit.parts["letters"]).article.id == "mortgage"
    assert all(hit.parts["words"] == 0.0 for hit in hits)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("у меня пластик треснул", "card_reissue"),
        ("перивыпуск карты", "card_reissue"),
        ("ghbdtn rfr cyznm ltymub", "cash_withdrawal"),
        ("лечу в турцию, картой платить смогу?", "card_abroad"),
        ("хочу ипатеку", "mortgage"),
        ("почему с меня сняли деньги за карту", "card_fee"),
    ],
)
def test_the_default_encoder_finds_what_shares_no_words(bank: tuple[Article, ...], query: str, expected: str) -> None:
    assert ids(_with_use(bank).search(query, language="ru"))[0] == expected


@lru_cache(maxsize=1)
def _with_use(bank: tuple[Article, ...]) -> SearchIndex:
    return SearchIndex.build(bank, load_encoder("use"))


def test_a_hit_says_why(index: SearchIndex) -> None:
    best = index.search("как снять деньги", language="ru", intents=["cash_withdrawal"])[0]
    assert best.question == "как снять деньги"
    assert best.parts.keys() == set(PARTS) - {"topic"}
    assert best.parts["question"] == pytest.approx(1.0, abs=1e-5)
    assert best.parts["intent"] == 0.5
    assert best.parts["other_language"] == 0.0
    assert best.score > 0.8


def test_a_message_about_nothing_we_know_scores_low(index: SearchIndex) -> None:
    known = index.search("ставки по вкладам")[0].score
    unknown = index.search("расписание электричек")[0].score
    assert unknown < 0.3 < known


@pytest.mark.parametrize("query", ["", " ", "🙂🙂", "?!", "\x00", "\ud800"])
def test_a_message_without_words_finds_nothing(index: SearchIndex, query: str) -> None:
    assert index.search(query) == []


def test_the_client_gets_their_language_where_there_is_one(index: SearchIndex) -> None:
    found = index.search("how to reissue a card", language="en")
    assert (found[0].article.id, found[0].article.language) == ("card_reissue", "en")
    russian = {hit.article.id: hit.article.language for hit in index.search("перевыпуск карты", language="ru")}
    assert russian["card_reissue"] == "ru"


def test_an_article_only_in_the_other_language_is_still_found(index: SearchIndex) -> None:
    best = index.search("ставки по вкладам", language="en")[0]
    assert (best.article.id, best.article.language) == ("deposit_terms", "ru")
    assert best.parts["other_language"] == 1.0
    assert best.score < index.search("ставки по вкладам", language="ru")[0].score


def test_each_id_is_found_once(index: SearchIndex) -> None:
    for language in (None, "ru", "en"):
        found = ids(index.search("карта card ипотека mortgage", language=language, limit=20))
        assert len(found) == len(set(found)) == 6


def test_only_articles_valid_on_the_day_are_found(encoder: Any, article: Any) -> None:
    index = SearchIndex.build(
        [
            article("winter", ["как работает банк зимой"], valid_from=date(2026, 12, 1), valid_to=date(2027, 2, 28)),
            article("always", ["как работает банк"]),
        ],
        encoder,
    )
    query = "как работает банк зимой"
    assert ids(index.search(query, at=date(2026, 12, 1))) == ["winter", "always"]
    assert ids(index.search(query, at=date(2026, 11, 30))) == ["always"]
    assert ids(index.search(query, at=date(2027, 3, 1))) == ["always"]


def test_an_expired_version_gives_way_to_the_other_language(encoder: Any, article: Any) -> None:
    index = SearchIndex.build(
        [
            article("rates", ["курс доллара"], valid_to=date(2026, 1, 1)),
            article("rates", ["dollar rate"], language="en"),
        ],
        encoder,
    )
    (hit,) = index.search("курс доллара", language="ru", at=date(2026, 2, 1))
    assert hit.article.language == "en"


def test_only_articles_for_the_channel_are_found(encoder: Any, article: Any) -> None:
    index = SearchIndex.build(
        [article("web_only", ["справка для визы"], channels=("web",)), article("all", ["справка"])], encoder
    )
    assert set(ids(index.search("справка", channel="web"))) == {"web_only", "all"}
    assert ids(index.search("справка", channel="messenger")) == ["all"]
    assert index.search("справка", channel="fax") == []


def test_the_intent_decides_between_alike_articles(encoder: Any, article: Any) -> None:
    index = SearchIndex.build([article("a", ["закрыть счёт"]), article("b", ["закрыть счет"])], encoder)
    assert ids(index.search("закрыть счет", intents=["b", "a"])) == ["b", "a"]
    assert ids(index.search("закрыть счет", intents=["a", "b"])) == ["a", "b"]
    assert ids(index.search("закрыть счет", intents={"a": 0.2, "b": 0.7})) == ["b", "a"]


def test_a_follow_up_is_read_together_with_the_last_article(index: SearchIndex) -> None:
    hits = index.search("сколько это стоит?", article="card_reissue", language="ru")
    assert hits[0].article.id == "card_reissue"
    assert all("follow_up" in hit.parts for hit in hits)
    alone = index.search("сколько это стоит?", language="ru")
    assert alone[0].article.id != "card_reissue"
    assert all("follow_up" not in hit.parts for hit in alone)


def test_a_follow_up_may_move_on_to_another_article(index: SearchIndex) -> None:
    assert ids(index.search("а за границей?", article="card_fee", language="ru"))[0] == "card_abroad"


def test_a_new_question_is_not_pulled_to_the_last_article(index: SearchIndex) -> None:
    with_last = index.search("какая ставка по ипотеке", article="card_fee", language="ru")
    assert with_last == index.search("какая ставка по ипотеке", language="ru")


def test_a_tail_that_names_something_finds_another_article_than_the_last_one(encoder: Any, article: Any) -> None:
    fee = article("fee", ["сколько стоит снять наличные", "комиссия за наличные"], intents=("cash",))
    abroad = article("abroad", ["снять наличные за границей", "наличные за границей комиссия"], intents=("cash",))
    index = SearchIndex.build([fee, abroad, article("hours", ["часы работы за стеной"], intents=("hours",))], encoder)
    hits = index.search("а за границей?", article="fee", intents={"hours": 0.9})
    assert ids(hits)[0] == "abroad"
    assert tail_of(hits, ["cash"]) == hits[0]
    assert tail_of(hits, ["hours"]) is None


def test_a_tail_that_moves_on_to_another_topic_is_still_heard_with_the_last_answer(encoder: Any, article: Any) -> None:
    fee = article("fee", ["сколько стоит перевод", "комиссия за перевод"], intents=("fee",))
    details = article("details", ["где посмотреть номер карты"], intents=("details",))
    by_card = article("by_card", ["перевод по номеру карты"], intents=("how_to",))
    index = SearchIndex.build([fee, details, by_card], encoder)
    alone = {hit.article.id: hit.score for hit in index.search("а где карта?")}
    hits = index.search("а где карта?", article="fee")
    after = {hit.article.id: hit.score for hit in hits}
    assert after["by_card"] > alone["by_card"]
    assert after["details"] < alone["details"]
    assert tail_of(hits, ["fee"]) is None


def test_what_says_nothing_by_itself_is_no_tail(encoder: Any, article: Any) -> None:
    index = SearchIndex.build([article("fee", ["сколько стоит карта"]), article("other", ["вклад"])], encoder)
    for noise in ("щщщ жжж", "а это ыыы?"):
        assert tail_of(index.search(noise, article="other"), ["fee", "other"]) is None
    assert tail_of([], ["fee"]) is None


def test_an_unknown_last_article_changes_nothing(index: SearchIndex) -> None:
    assert index.search("сколько стоит?", article="deleted") == index.search("сколько стоит?")


def test_weights_decide_what_counts(bank: tuple[Article, ...], encoder: Any) -> None:
    nothing = dict.fromkeys(["question", "questions", "answer", "words", "letters"], 0.0)
    only_intent = SearchIndex.build(bank, encoder, replace(Weights(), **nothing))
    assert ids(only_intent.search("как снять деньги", intents=["mortgage"]))[0] == "mortgage"


def test_a_given_vector_saves_the_encoding(index: SearchIndex, encoder: Any) -> None:
    vector = encoder.encode(["как снять деньги"])[0]
    encoder.encoded.clear()
    assert index.search("как снять деньги", vector=vector)[0].article.id == "cash_withdrawal"
    assert index.search(prepare("как снять деньги"), vector=vector)[0].article.id == "cash_withdrawal"
    assert encoder.encoded == []


def test_a_vector_of_another_encoder_is_refused(index: SearchIndex) -> None:
    with pytest.raises(SearchError, match="encode the query with the encoder of the index"):
        index.search("карта", vector=np.ones(3, dtype=np.float32))


def test_many_queries_find_what_one_by_one_find(index: SearchIndex) -> None:
    queries = ["как снять деньги", "", "ипотека"] * 30
    together = index.search_many(queries, limit=2)
    alone = [index.search(query, limit=2) for query in queries]
    for one, other in zip(together, alone, strict=True):
        assert [(hit.article.id, hit.question) for hit in one] == [(hit.article.id, hit.question) for hit in other]
        # A product of matrices rounds otherwise than one of vectors.
        assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other], abs=1e-5)


def test_the_graph_finds_what_the_exact_search_finds(bank: tuple[Article, ...], encoder: Any) -> None:
    exact, graph = (SearchIndex.build(bank, encoder, exact_limit=limit) for limit in (1000, 0))
    for query in ("как снять деньги", "курс за границей", "mortgage rate"):
        assert ids(graph.search(query)) == ids(exact.search(query))


def test_an_empty_knowledge_base_finds_nothing(encoder: Any) -> None:
    index = SearchIndex.build([], encoder)
    assert index.search("карта", language="ru", intents=["a"], article="b", channel="web") == []
    assert index.search_many(["карта"]) == [[]]


def test_an_article_without_questions_is_refused(encoder: Any, article: Any) -> None:
    with pytest.raises(SearchError, match="has no questions"):
        SearchIndex.build([replace(article("a", ["б"]), questions=())], encoder)


def test_the_cache_gives_the_same_index(bank: tuple[Article, ...], encoder: Any, tmp_path: Path) -> None:
    first = SearchIndex.build(bank, encoder, cache=tmp_path / "vectors.npz")
    encoder.encoded.clear()
    second = SearchIndex.build(bank, encoder, cache=tmp_path / "vectors.npz")
    assert len(encoder.encoded) == 1  # the probe
    assert second.search("как снять деньги") == first.search("как снять деньги")


def test_many_threads_find_what_one_finds(index: SearchIndex) -> None:
    queries = [
        "как снять деньги",
        "карта за границей",
        "ставка по ипотеке",
        "how to reissue a card",
        "сколько стоит",
    ] * 20
    random.Random(0).shuffle(queries)
    expected = {query: index.search(query, article="card_fee") for query in set(queries)}
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda query: (query, index.search(query, article="card_fee")), queries))
    assert all(hits == expected[query] for query, hits in found)


@settings(max_examples=50)
@given(query=st.text(max_size=200))
def test_any_text_can_be_searched_for(query: str) -> None:
    hits = _SHARED.search(query, language="ru", article="b", limit=3)
    assert all(0 <= hit.score <= 1 for hit in hits)


class _TwoAxes:
    name, dimension = "axes", 2

    def encode(self, texts: Any) -> Any:
        return np.tile(np.array([[0.6, 0.8]], dtype=np.float32), (len(texts), 1))


_SHARED = SearchIndex.build(
    [Article("a", "ru", "Вклады", ("a",), ("ставка",), "Ответ"), Article("b", "en", "Cards", (), ("card",), "Answer")],
    _TwoAxes(),
)
