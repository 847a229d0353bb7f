"""The retrieval benchmark measures what it says."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base.ranking import Weights
from training.benchmarks import fit_ranking, retrieval
from training.benchmarks.retrieval_cases import leave_one_out, message_pools, messages

TABLE = """id,intent,question,answer
card,card,где моя карта,Карта едет
card,card,когда привезут карту,Карта едет
card,card,карта ещё не пришла,Карта едет
rate,rate,ставка по вкладу,Ставка десять процентов
rate,rate,какая ставка,Ставка десять процентов
lonely,lonely,курс евро,Смотрите в приложении
"""


class Axes:
    """Each word is a direction."""

    name = "axes"
    dimension = 64

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.full((len(texts), self.dimension), 1e-3, dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[hashlib.sha256(word.encode()).digest()[0] % self.dimension] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "faq.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    folder = tmp_path / "lines"
    folder.mkdir()
    for label, words in {"card": "карта", "rate": "ставка", "out_of_scope": "погода"}.items():
        text = "".join(f"{words} номер {number}\n" for number in range(30))
        (folder / f"{label}.txt").write_text(f"# note\n[plain]\n{text}", encoding="utf-8")
    return folder


def test_a_left_out_question_is_asked_and_not_indexed(table: Path) -> None:
    suite = leave_one_out(table)
    asked = [query for part in suite.rounds for query, _ in part.queries]
    assert sorted(asked) == sorted(line.split(",")[2] for line in TABLE.splitlines()[1:-1])
    for part in suite.rounds:
        indexed = {question for item in part.articles for question in item.questions}
        assert indexed.isdisjoint(query for query, _ in part.queries)
        assert len(part.articles) == 3


def test_messages_ask_articles_of_their_intent(table: Path, lines: Path) -> None:
    suite = messages(lines, table, Axes())
    expected = {text.split()[0]: answers for text, answers in suite.rounds[0].queries}
    assert expected == {"карта": {"card"}, "ставка": {"rate"}, "погода": frozenset()}
    assert suite.intents["карта номер 3"]["card"] > 0.5
    assert all("out_of_scope" not in guess for guess in suite.intents.values())


def test_pools_do_not_ask_what_they_index(lines: Path) -> None:
    (part,) = message_pools(lines, "ru").rounds
    assert {item.id for item in part.articles} == {"card", "rate"}
    indexed = {question for item in part.articles for question in item.questions}
    assert indexed.isdisjoint(text for text, _ in part.queries)


def test_figures_count_places_and_scores() -> None:
    outcomes = [
        retrieval.Outcome(True, 1, 0.9, 0.001),
        retrieval.Outcome(True, 2, 0.5, 0.001),
        retrieval.Outcome(True, None, 0.4, 0.001),
        retrieval.Outcome(False, None, 0.2, 0.001),
    ]
    found = retrieval.figures(outcomes)
    assert (found["n"], found["recall_at_1"], found["recall_at_3"]) == (3, 33.3, 66.7)
    assert found["mrr"] == 0.5
    assert found["right_first_auroc"] == 1.0
    assert (found["promised"], found["kept"]) == (50.0, 25.0)


def test_the_benchmark_writes_its_tables(
    table: Path, lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieval, "load_encoder", lambda spec: Axes())
    options = ["--articles", str(table), "--messages", str(lines), "--ask", str(table), "--out", str(tmp_path / "out")]
    retrieval.main(options)
    report = json.loads((tmp_path / "out" / "retrieval.json").read_text(encoding="utf-8"))
    assert {row["method"] for row in report["rows"]} == set(retrieval.METHODS)
    assert "python -m training.benchmarks.retrieval --articles" in report["command"]
    assert "| hybrid |" in (tmp_path / "out" / "retrieval.md").read_text(encoding="utf-8")


def test_fitted_weights_can_be_loaded(
    table: Path, lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_ranking, "load_encoder", lambda spec: Axes())
    out = tmp_path / "ranking.json"
    fit_ranking.main(["--messages", str(lines), "--ask", str(table), "--out", str(out)])
    weights = Weights.load(out)
    assert weights.slope > 0
    text = weights.question + weights.questions + weights.answer + weights.words + weights.letters
    assert text == pytest.approx(1.0, abs=0.01)


def test_nothing_to_measure_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        retrieval.main([])
    assert "nothing to measure on" in capsys.readouterr().err
