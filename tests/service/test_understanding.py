"""Understanding is total: whatever breaks, the client gets keywords or a person, and it is said what broke."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.articles import load_any
from models.bundle import Bundle, Classification
from models.keywords import KeywordMatcher
from models.preparation import Prepared
from models.sentiment import MoodReader
from models.taxonomy import load_taxonomy
from service.domain.understanding import Understanding
from service.knowledge import Knowledge
from service.metrics import Metrics
from service.model_shelf import Model, ModelShelf, load_model
from service.settings import Settings
from service.understanding import SURE_KEYWORD, Context, Question, Reader, load_reader
from tests.service.policies.situations import modestly

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LANGUAGE_DATA = Settings().language_data
SERVED = {"card-pin", "card-pin-blocked", "card-declined", "transfer-how-to", "fraud-report"}
MESSAGES = (
    "забыл пин-код от карты",
    "как перевести деньги по номеру телефона?",
    "мошенники звонили, я сказал код",
    "какая завтра погода",
    "How do I change my PIN?",
    "",
    "👍",
    "Как сменить пин-код? И ещё: где ближайший банкомат?",
)


@pytest.fixture(scope="module")
def knowledge(model: Model) -> Knowledge:
    """A few shipped articles, searched with the model's encoder."""
    assert model.bundle is not None
    shipped = Settings()
    served = Knowledge(None, model.bundle.encoder, ("ru", "en"), None)
    served.serve([each for each in load_any(shipped.articles, shipped.facts) if each.id in SERVED], "1")
    return served


@pytest.fixture(scope="module")
def word_lists() -> tuple[KeywordMatcher, MoodReader]:
    """The shipped word lists."""
    return KeywordMatcher.load(LANGUAGE_DATA / "keywords"), MoodReader.load(LANGUAGE_DATA / "mood")


class Stub:
    """Stands where a part of understanding stands; does what it was given for every call."""

    encoder = None

    def __init__(self, does: Any) -> None:
        self.version = "stub"
        self.classify = self.match = self.read = self.search = does

    def get(self, *_: Any) -> None:
        """No article."""

    def of_intent(self, *_: Any) -> None:
        """No article."""


def broken(*_: Any, **__: Any) -> Any:
    """Fails as parts fail."""
    raise RuntimeError("broken on purpose")


@pytest.fixture
def reader(model: Model, knowledge: Knowledge, word_lists: tuple[KeywordMatcher, MoodReader]) -> Reader:
    """Everything in order."""
    return Reader(ModelShelf(model), *word_lists, knowledge, Metrics())


@pytest.fixture
def make_reader(model: Model, knowledge: Knowledge, word_lists: tuple[KeywordMatcher, MoodReader]) -> Any:
    """Readers with some part replaced; `metrics` can be looked at."""

    def make(**parts: Any) -> tuple[Reader, Metrics]:
        models = ModelShelf(parts.pop("model", model))
        whole = {"models": models, "keywords": word_lists[0], "moods": word_lists[1], "knowledge": knowledge}
        metrics = Metrics()
        return Reader(**cast(Any, whole | parts), metrics=metrics), metrics

    return make


def counted(metrics: Metrics, name: str, **labels: str) -> float:
    """What a counter stands at."""
    return metrics.registry.get_sample_value(name, labels) or 0.0


def understand(reader: Reader, text: str, **context: Any) -> Understanding:
    """One message, understood at noon."""
    return reader.understand(text, Context(**context), NOON)


# --- everything in order


def test_a_plain_question_is_understood_with_its_article(reader: Reader) -> None:
    understood = understand(reader, "забыл пин-код от карты, как сменить?")
    assert understood.intent == "card_pin"
    assert understood.in_scope
    assert understood.confidence == understood.ranking[0].confidence > 0.5
    assert understood.articles[0].id.startswith("card-pin")
    assert understood.language == "ru"
    assert understood.problem is None
    assert not understood.keywords_used
    assert understood.model_version == reader.bundle.version if reader.bundle else False


def test_confidences_are_probabilities_best_first(reader: Reader) -> None:
    for text in MESSAGES:
        ranking = [scored.confidence for scored in understand(reader, text).ranking]
        assert ranking == sorted(ranking, reverse=True)
        assert all(0 <= confidence <= 1 for confidence in ranking)
        assert len({scored.intent for scored in understand(reader, text).ranking}) == len(ranking)


def test_what_has_no_word_in_it_is_out_of_scope(reader: Reader) -> None:
    for text in ("", "   ", "👍", "...", "\x00"):
        understood = understand(reader, text)
        assert not understood.in_scope
        assert not understood.automatic


def test_an_answer_is_in_the_language_of_the_question(reader: Reader) -> None:
    assert understand(reader, "How do I change my card PIN?").articles[0].language == "en"
    assert understand(reader, "как сменить пин карты?").articles[0].language == "ru"


def test_a_message_too_short_to_tell_is_answered_in_the_language_so_far(reader: Reader) -> None:
    understood = understand(reader, "PIN 👍", language="en")
    assert all(article.language == "en" for article in understood.articles)


def test_mood_and_hurry_are_read(reader: Reader) -> None:
    angry = understand(reader, "Безобразие! Карта не работает, срочно помогите!!! 😡")
    assert angry.mood == "negative"
    assert angry.mood_score < 0
    assert angry.urgent
    assert understand(reader, "как сменить пин").mood == "neutral"


def test_several_questions_are_understood_each_on_its_own(reader: Reader) -> None:
    understood = understand(reader, "Как сменить пин-код карты? И ещё: как перевести деньги по номеру телефона?")
    assert [part.intent for part in understood.parts] == ["card_pin", "transfer_how_to"]
    assert all(not part.parts for part in understood.parts)
    assert understood.parts[1].articles[0].id == "transfer-how-to"


def test_one_question_has_no_parts(reader: Reader) -> None:
    assert understand(reader, "Как сменить пин-код карты?").parts == ()


# --- personal data

PERSONAL = (
    "мой номер +7 916 123-45-67, перезвоните",
    "карта 4111 1111 1111 1111 не работает",
    "счёт 40817810099910004312",
    "пишите на ivan.petrov@example.org",
    "код из смс 483920 не подходит",
    "паспорт 4510 123456, сменил фамилию",
    "СНИЛС 112-233-445 95",
    "звоните 555-12-34",
)


@pytest.mark.parametrize("text", PERSONAL)
def test_nothing_personal_is_left_in_what_was_understood(reader: Reader, text: str) -> None:
    understood = understand(reader, text)
    kept = repr(understood.to_json())
    digits = ["".join(filter(str.isdigit, word)) for word in (text.replace(" ", "").replace("-", ""), *text.split())]
    for number in (number for number in digits if len(number) >= 6):
        assert number not in kept.replace(" ", "").replace("-", "")
    assert "ivan.petrov" not in kept
    assert understood.entities


def test_amounts_and_dates_are_not_personal(reader: Reader) -> None:
    found = {
        entity.kind: entity.value for entity in understand(reader, "перевёл 5000 рублей 12 мая, не дошло").entities
    }
    assert found["amount"].startswith("5000")
    assert "05-12" in found["date"]


# --- something is broken


@pytest.mark.parametrize("text", MESSAGES)
def test_a_model_that_fails_is_counted_named_and_replaced_by_keywords(make_reader: Any, text: str) -> None:
    reader, metrics = make_reader(model=Model(cast(Bundle, Stub(broken))))
    understood = understand(reader, text)
    assert understood.problem == "the model failed"
    assert counted(metrics, "otklik_model_failures_total", stage="model") >= 1
    assert understood.keywords_used == bool(understood.ranking)
    assert understood.model_version is None


def test_a_failed_model_still_understands_what_the_keywords_know(make_reader: Any) -> None:
    reader, metrics = make_reader(model=Model(cast(Bundle, Stub(broken))))
    understood = understand(reader, "забыл пин-код")
    assert understood.intent == "card_pin"
    assert understood.keywords_used
    assert understood.in_scope
    assert understood.threshold == SURE_KEYWORD
    assert counted(metrics, "otklik_keyword_fallbacks_total", reason="no_model") == 1
    assert understood.articles


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_model_that_gives_too_few_or_too_many_answers_is_a_failed_model(make_reader: Any, count: int) -> None:
    answer = Classification((), 0.0, False, False, 1.0, np.zeros(512, dtype=np.float32))
    reader, _ = make_reader(model=Model(cast(Bundle, Stub(lambda prepared: [answer] * count))))
    text = "Как сменить пин-код карты? И ещё: как перевести деньги по номеру телефона?"
    assert understand(reader, text).problem == "the model failed"
    assert reader.understand_all([Question(text), Question(text)], NOON)[0].problem == "the model failed"


def test_without_a_model_keywords_are_used_and_it_is_said(make_reader: Any) -> None:
    reader, metrics = make_reader(model=Model(None, "there is no model in var/model"))
    understood = understand(reader, "забыл пин-код от карты")
    assert understood.intent == "card_pin"
    assert understood.keywords_used
    assert understood.problem == "there is no model in var/model"
    assert counted(metrics, "otklik_model_ready") == 0
    assert counted(metrics, "otklik_model_failures_total", stage="model") == 0


def test_without_a_model_and_keywords_nothing_is_understood_and_nothing_fails(make_reader: Any) -> None:
    reader, _ = make_reader(model=Model(None, "no model"), keywords=None, moods=None)
    for text in MESSAGES:
        understood = understand(reader, text)
        assert understood.ranking == ()
        assert not understood.automatic
        assert understood.mood == "neutral"


@pytest.mark.parametrize(("part", "stage"), [("keywords", "keywords"), ("moods", "mood"), ("knowledge", "search")])
def test_any_other_part_that_fails_is_counted_and_left_out(make_reader: Any, part: str, stage: str) -> None:
    reader, metrics = make_reader(**{part: Stub(broken)})
    understood = understand(reader, "карта и что-то непонятное ещё")
    assert understood.ranking
    assert understood.problem is None
    assert counted(metrics, "otklik_model_failures_total", stage=stage) == 1


@pytest.mark.parametrize("lookup", ["get", "of_intent"])
def test_a_knowledge_base_that_fails_outside_the_search_fails_no_message(make_reader: Any, lookup: str) -> None:
    knowledge = Stub(lambda *_, **__: [])
    setattr(knowledge, lookup, broken)
    reader, _ = make_reader(knowledge=knowledge)
    assert understand(reader, "забыл пин-код", last_article="card-pin").articles == ()


def test_questions_that_cannot_be_told_apart_are_one_question(
    make_reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.understanding.split_questions", broken)
    reader, metrics = make_reader()
    assert understand(reader, MESSAGES[-1]).parts == ()
    assert counted(metrics, "otklik_model_failures_total", stage="questions") == 1


def test_missing_word_lists_are_reported_and_not_fatal(
    model: Model, knowledge: Knowledge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = load_reader(ModelShelf(model), tmp_path / "nothing_here", knowledge, Metrics())
    assert understand(reader, "забыл пин-код от карты").intent == "card_pin"
    assert [record.what for record in caplog.records if record.message == "word lists can't be read"] == [  # type: ignore[attr-defined]
        "keywords",
        "mood",
    ]


@pytest.mark.parametrize("damage", ["missing", "empty", "not json"])
def test_a_model_that_cannot_be_loaded_is_named_and_not_fatal(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "model"
    if damage != "missing":
        folder.mkdir()
    if damage == "not json":
        (folder / "manifest.json").write_text("{", encoding="utf-8")
    loaded = load_model(folder, load_taxonomy(Settings().taxonomy))
    assert loaded.bundle is None
    assert str(folder) in (loaded.problem or "")
    assert "no model" in caplog.text


def test_what_a_client_writes_is_not_logged_when_a_part_fails(
    make_reader: Any, caplog: pytest.LogCaptureFixture
) -> None:
    reader, _ = make_reader(model=Model(cast(Bundle, Stub(broken))), knowledge=Stub(broken), moods=Stub(broken))
    understand(reader, "секретное слово абырвалг")
    assert caplog.records
    assert "абырвалг" not in caplog.text


@given(st.text(max_size=200))
@modestly
def test_any_text_is_understood(any_reader: Reader, text: str) -> None:
    understood = understand(any_reader, text)
    assert understood.to_json()["text"] == understood.text
    assert not understood.automatic or understood.in_scope


@pytest.fixture(scope="module")
def any_reader(model: Model, knowledge: Knowledge, word_lists: tuple[KeywordMatcher, MoodReader]) -> Reader:
    """Everything in order, shared by all examples of a property."""
    return Reader(ModelShelf(model), *word_lists, knowledge, Metrics())


@pytest.mark.parametrize(
    "text",
    ["а" * 100_000, "😀" * 10_000, "\x00\x00", "\ud800 карта \udfff", "<script>alert(1)</script>", "' OR 1=1; --"],
    ids=["100 kB", "10,000 emoji", "NUL", "lone surrogates", "script", "SQL"],
)
def test_hostile_text_is_understood(any_reader: Reader, text: str) -> None:
    assert understand(any_reader, text).problem is None


# --- many at once


def close(one: Understanding, other: Understanding) -> bool:
    """Equal but for the last digits, which depend on how many were encoded together."""
    return (
        [scored.intent for scored in one.ranking[:3]] == [scored.intent for scored in other.ranking[:3]]
        and abs(one.confidence - other.confidence) < 1e-3
        and abs(one.scope_score - other.scope_score) < 1e-2
        and (one.text, one.automatic, one.language, one.mood)
        == (other.text, other.automatic, other.language, other.mood)
        and [article.id for article in one.articles[:1]] == [article.id for article in other.articles[:1]]
        and len(one.parts) == len(other.parts)
        and all(close(a, b) for a, b in zip(one.parts, other.parts, strict=True))
    )


def test_a_batch_is_understood_as_its_messages_are_one_by_one(reader: Reader) -> None:
    together = reader.understand_all([Question(text) for text in MESSAGES], NOON)
    alone = [understand(reader, text) for text in MESSAGES]
    assert all(close(one, other) for one, other in zip(together, alone, strict=True))
    assert reader.understand_all([], NOON) == []


def test_callers_at_the_same_moment_each_get_their_own_result(reader: Reader) -> None:
    alone = {text: understand(reader, text) for text in MESSAGES}
    asked = list(MESSAGES) * 12
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda text: understand(reader, text), asked))
    assert all(close(understood, alone[text]) for text, understood in zip(asked, found, strict=True))


class SlowModel:
    """Answers only when told to, and remembers how many it was asked about at once."""

    version = "slow"
    encoder = None

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.asked = threading.Event()
        self.batches: list[list[str]] = []

    def classify(self, prepared: Sequence[Prepared]) -> list[Classification]:
        """One answer a message, out of scope."""
        self.batches.append([each.clean for each in prepared])
        self.asked.set()
        assert self.go_on.wait(30)
        return [Classification((), 0.0, False, False, 1.0, np.zeros(512, dtype=np.float32)) for _ in prepared]


def test_those_who_come_while_the_model_thinks_share_one_call(make_reader: Any) -> None:
    slow = SlowModel()
    reader, _ = make_reader(model=Model(cast(Bundle, slow)), keywords=None)
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(understand, reader, "первый")
        assert slow.asked.wait(30)
        others = [threads.submit(understand, reader, f"клиент {number}") for number in range(5)]
        while len(reader._queue._waiting) < 5:
            threading.Event().wait(0.002)
        slow.go_on.set()
        assert first.result(30).text == "первый"
        assert [other.result(30).text for other in others] == [f"клиент {number}" for number in range(5)]
    assert [len(batch) for batch in slow.batches] == [1, 5]


def test_no_batch_is_larger_than_it_may_be(make_reader: Any) -> None:
    slow = SlowModel()
    reader, _ = make_reader(model=Model(cast(Bundle, slow)), keywords=None)
    reader._queue._largest = 2
    with ThreadPoolExecutor(6) as threads:
        asked = [threads.submit(understand, reader, f"клиент {number}") for number in range(6)]
        assert slow.asked.wait(30)
        slow.go_on.set()
        assert {each.result(30).text for each in asked} == {f"клиент {number}" for number in range(6)}
    assert max(len(batch) for batch in slow.batches) <= 2
