"""Weights learned from confirmed answers: the same each time, better where the fixed ones are wrong, else those."""

import json
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.article import Article
from knowledge_base.csv_file import write_csv
from knowledge_base.ranking import Weights
from models.artifact import RANKING, read_artifact
from models.bundle import Bundle
from models.errors import DataError
from tests.models.small_model import WordEncoder, small_dataset
from training.fit import fit
from training.ranking import (
    LEARNED,
    LEAST,
    Answered,
    Asked,
    Confirmed,
    ask,
    compare_rankings,
    fit_ranking,
    load_answered,
    paired_interval,
    places,
)

COUNT = 400


def asked_where(telling: str, count: int = COUNT) -> Asked:
    """Messages whose right article is told by one part, and by no other, in noise."""
    rng = np.random.default_rng(0)
    parts = rng.uniform(0, 0.4, (count, 8, len(LEARNED)))
    parts[:, 0, LEARNED.index(telling)] += 0.25
    keys = tuple(f"{number * 2654435761 % 2**32:08x}{number * 40503 % 2**32:08x}" for number in range(count))
    return Asked(parts, np.ones((count, 8), dtype=bool), np.ones(count), keys)


def small_answered() -> Answered:
    """Twelve articles; of each, messages that the search confuses with the next one by its letters."""
    articles = tuple(
        Article(
            f"a{n}", "ru", f"тема{n}", (f"intent{n}",), (f"вопрос про тема{n}", f"как тема{n}"), f"ответ{n} тема{n}"
        )
        for n in range(12)
    )
    confirmed = tuple(
        Confirmed(f"скажите {word} тема{n}", f"a{n}", "ru", {f"intent{n}": 0.9}, 1.0)
        for n in range(12)
        for word in [
            "один",
            "два",
            "три",
            "четыре",
            "пять",
            "шесть",
            "семь",
            "восемь",
            "девять",
            "десять",
            "одиннадцать",
            "двенадцать",
        ]
    )
    return Answered(articles, confirmed)


def test_the_part_that_tells_the_right_article_gains_weight_and_finds_it_sooner() -> None:
    asked = asked_where("letters")
    fitted = fit_ranking(asked)
    assert fitted.ridge is not None
    assert fitted.weights.letters > 3 * Weights().letters
    before, after = places(asked, Weights()).reciprocal, places(asked, fitted.weights).reciprocal
    gain, low, high = paired_interval(before, after)
    assert low > 0.05
    assert low <= gain <= high


def test_the_same_data_give_the_same_weights_of_the_same_size() -> None:
    asked = asked_where("words")
    one, other = fit_ranking(asked), fit_ranking(asked)
    assert one == other
    parts = LEARNED[:-1]
    assert sum(getattr(one.weights, name) for name in parts) == pytest.approx(
        sum(getattr(Weights(), name) for name in parts), abs=0.01
    )
    assert min(getattr(one.weights, name) for name in LEARNED) >= 0


def test_where_nothing_tells_anything_the_weights_hardly_move() -> None:
    rng = np.random.default_rng(3)
    line = np.array([getattr(Weights(), name) for name in LEARNED])
    parts = rng.uniform(0, 1, (COUNT, 8, len(LEARNED)))
    best = (parts @ line).argmax(axis=1)
    rows = np.arange(COUNT)
    parts[rows, 0], parts[rows, best] = parts[rows, best].copy(), parts[rows, 0].copy()  # the fixed ones are right
    asked = Asked(parts, np.ones((COUNT, 8), dtype=bool), np.ones(COUNT), asked_where("words").keys)
    fitted = fit_ranking(asked)
    learned = np.array([getattr(fitted.weights, name) for name in LEARNED])
    assert np.abs(learned - line).max() < 0.06


def test_too_few_confirmed_articles_are_refused_with_the_number_that_is_needed() -> None:
    with pytest.raises(DataError, match=f"99 confirmed articles are too few .* {LEAST} are needed"):
        fit_ranking(asked_where("words", 99))


def test_what_an_export_holds_is_read_and_what_is_damaged_is_named(tmp_path: Path) -> None:
    assert load_answered(tmp_path) is None
    answered = small_answered()
    write_csv(answered.articles, tmp_path / "articles.csv")
    lines = [{"text": each.text, "article": each.article, "language": "ru", "intents": each.intents, "weight": 1.0}
             for each in answered.confirmed]  # fmt: skip
    (tmp_path / "confirmed.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    read = load_answered(tmp_path)
    assert read is not None
    assert read.confirmed == answered.confirmed
    assert [each.id for each in read.articles] == [each.id for each in answered.articles]
    fitting, judging = read.part(judges=False), read.part(judges=True)
    assert len(fitting.confirmed) + len(judging.confirmed) == len(answered.confirmed)
    assert 0 < len(judging.confirmed) < len(fitting.confirmed)
    (tmp_path / "confirmed.jsonl").write_text('{"text": 5}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"confirmed\.jsonl:1: is no confirmed article"):
        load_answered(tmp_path)


def test_articles_that_are_gone_and_messages_without_words_are_left_out() -> None:
    answered = small_answered()
    few = (Confirmed("👍", "a1", "ru", {}, 1.0), Confirmed("скажите тема1", "gone", "ru", {}, 1.0),
           answered.confirmed[0])  # fmt: skip
    assert len(ask(Answered(answered.articles, few), WordEncoder())) == 1


def test_a_model_carries_its_ranking_and_the_same_data_give_the_same_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.ranking.LEAST", 60)
    toy = WordEncoder()
    for name in ("one", "two"):
        fit(small_dataset(), encoder=[toy], out=tmp_path / name, workers=1, answered=small_answered())
    fit(small_dataset(), encoder=[toy], out=tmp_path / "without", workers=1)
    one, two = (read_artifact(tmp_path / name)[0] for name in ("one", "two"))
    assert one.version == two.version
    bundle = Bundle.load(tmp_path / "one", encoders=[toy])
    if RANKING in one.files:
        assert bundle.ranking is not None
        assert Weights.from_json(bundle.ranking) != Weights()
        assert one.version != read_artifact(tmp_path / "without")[0].version
    assert Bundle.load(tmp_path / "without", encoders=[toy]).ranking is None


def test_two_rankings_are_compared_on_what_neither_was_fitted_on() -> None:
    toy, answered = WordEncoder(), small_answered()
    worst = Weights(question=0, questions=0, answer=0, words=0, letters=0, intent=0)
    found = compare_rankings(answered, (toy, worst), (toy, Weights()))
    assert found is not None
    assert found.n == len(answered.part(judges=True).confirmed)
    assert found.before < found.after
    assert found.low > 0
    little = Answered(answered.articles, answered.confirmed[:30])
    assert compare_rankings(little, (toy, worst), (toy, Weights())) is None
