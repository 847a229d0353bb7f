from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models.bundle import Bundle
from models.preparation import prepare
from tests.models.small_model import WordEncoder, small_dataset, train_small


@pytest.fixture(scope="module")
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, encoder: WordEncoder) -> Bundle:
    folder = tmp_path_factory.mktemp("small") / "model"
    train_small(folder)
    return Bundle.load(folder, encoders=[encoder])


def test_ranks_every_intent_best_first_with_confidences_that_sum_to_one(bundle: Bundle) -> None:
    (result,) = bundle.classify([prepare("украли карту срочно")])
    assert result.ranking[0].intent == "card_lost"
    assert {scored.intent for scored in result.ranking} == {"card_lost", "rate", "greeting"}
    confidences = [scored.confidence for scored in result.ranking]
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) == pytest.approx(1.0, abs=1e-5)


def test_knows_what_is_out_of_scope(bundle: Bundle) -> None:
    inside, outside = bundle.classify([prepare("какой курс евро"), prepare("расскажи анекдот про погоду")])
    assert inside.in_scope
    assert not outside.in_scope
    assert not outside.automatic
    assert inside.scope_score > outside.scope_score


@pytest.mark.parametrize("text", ["", "   ", "🙂", "12345", "\x00", "?!"])
def test_nothing_to_read_is_never_in_scope(bundle: Bundle, text: str) -> None:
    (result,) = bundle.classify([prepare(text)])
    assert not result.in_scope
    assert not result.automatic


def test_automatic_means_in_scope_and_above_the_intents_threshold(bundle: Bundle) -> None:
    for result in bundle.classify([prepare(e.text) for e in small_dataset().examples]):
        first = result.ranking[0]
        assert result.threshold == bundle.manifest.thresholds[first.intent]
        assert result.automatic == (result.in_scope and first.confidence >= result.threshold)


def test_a_batch_gives_what_single_messages_give(bundle: Bundle) -> None:
    prepared = [prepare(e.text) for e in small_dataset().examples] * 4  # more than one inner batch
    together = bundle.classify(prepared)
    for message, expected in zip(prepared[::37], together[::37], strict=True):
        (alone,) = bundle.classify([message])
        assert alone.ranking[0].intent == expected.ranking[0].intent
        assert alone.ranking[0].confidence == pytest.approx(expected.ranking[0].confidence, abs=1e-4)
        assert np.allclose(alone.vector, expected.vector)


def test_encodes_each_message_once(bundle: Bundle, encoder: WordEncoder) -> None:
    before = encoder.calls
    bundle.classify([prepare("привет"), prepare("курс")])
    assert encoder.calls == before + 1


def test_the_vector_is_the_first_encoders(bundle: Bundle, encoder: WordEncoder) -> None:
    (result,) = bundle.classify([prepare("курс валюты")])
    assert np.allclose(result.vector, encoder.encode(["курс валюты"])[0])


def test_no_messages_give_no_results(bundle: Bundle) -> None:
    assert bundle.classify([]) == []


def test_threads_may_share_it(bundle: Bundle) -> None:
    prepared = [prepare(e.text) for e in small_dataset().examples]
    expected = [r.ranking[0].intent for r in bundle.classify(prepared)]
    with ThreadPoolExecutor(4) as pool:
        for results in pool.map(lambda _: bundle.classify(prepared), range(8)):
            assert [r.ranking[0].intent for r in results] == expected


def test_without_out_of_scope_examples_the_energy_decides(tmp_path: Path) -> None:
    train_small(tmp_path / "model", small_dataset(out_of_scope=False))
    bundle = Bundle.load(tmp_path / "model", encoders=[WordEncoder()])
    inside, outside = bundle.classify([prepare("потерял карту вчера"), prepare("zzz qqq www")])
    assert not bundle.manifest.out_of_scope_class
    assert inside.scope_score > outside.scope_score
    assert inside.in_scope
