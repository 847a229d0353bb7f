"""The gate: who is better may go live, who is worse anywhere it matters may not, and the reason is said."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.accept import ALLOWED_FALL, Verdict, accept
from training.evaluate import Report
from training.judging import Judged
from training.metrics import LabelFigures
from training.ranking import RankingCompared
from training.report_page import reason

REPORT = Report(
    n=200, n_in_scope=160, n_unknown=0, accuracy=0.9, macro_f1=0.9, gated_accuracy=0.9, scope_auroc=0.97,
    scope_recall=0.95, scope_refusal=0.9, coverage=0.7, error_rate=0.03, promised_error_rate=0.05,
    calibration_error=0.02, answers=120, model="live", data_hash="same", confusions=(), by_style={}, by_language={},
    by_language_and_style={},
)  # fmt: skip
RIGHT = np.array([True] * 180 + [False] * 20)


def judged(right: np.ndarray = RIGHT, labels: dict[str, LabelFigures] | None = None, **figures: object) -> Judged:
    """A judgement with these figures in place of the ordinary ones."""
    known = labels or {"balance": figures_of(40, 0.9), "rare": figures_of(5, 0.9)}
    return Judged(replace(REPORT, **figures), right, known, {}, (), (), 1.0, 2.0, 30.0, 20.0)  # type: ignore[arg-type]


def figures_of(n: int, f1: float) -> LabelFigures:
    """An intent with this F1."""
    return LabelFigures(n, f1, f1, f1)


def better() -> np.ndarray:
    """Ten more messages right, none lost."""
    right = RIGHT.copy()
    right[-10:] = True
    return right


def failed(verdict: Verdict) -> list[str]:
    """The conditions that are not met."""
    assert verdict.passed == all(check.passed for check in verdict.checks)
    return [check.name for check in verdict.checks if not check.passed]


def test_a_better_one_may_go_live() -> None:
    verdict = accept(judged(), judged(better()))
    assert verdict.passed
    assert "10 messages gained, 0 lost" in reason(verdict.checks[-1])


def test_an_equal_one_may_not() -> None:
    assert failed(accept(judged(), judged())) == ["better"]


def test_a_gain_that_may_be_luck_is_none() -> None:
    right = RIGHT.copy()
    right[-4:] = True
    assert failed(accept(judged(), judged(right))) == ["better"]
    right[-5:] = True
    assert failed(accept(judged(), judged(right))) == []


def test_an_intent_that_falls_is_named() -> None:
    fallen = judged(better(), {"balance": figures_of(40, 0.7), "rare": figures_of(5, 0.9)})
    verdict = accept(judged(), fallen)
    assert failed(verdict) == ["intents"]
    assert "balance 0.90 → 0.70" in reason(verdict.checks[0])


def test_a_fall_of_an_intent_with_few_messages_counts_in_the_whole_only() -> None:
    fallen = judged(better(), {"balance": figures_of(40, 0.9), "rare": figures_of(19, 0.1)})
    assert failed(accept(judged(), fallen)) == []


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_allowed_fall_is_a_line(before: float, after: float) -> None:
    verdict = accept(
        judged(labels={"balance": figures_of(20, before)}), judged(better(), {"balance": figures_of(20, after)})
    )
    assert ("intents" in failed(verdict)) == (before - after > ALLOWED_FALL + 1e-9)


def test_worse_scope_calibration_and_a_broken_promise_are_refused() -> None:
    assert failed(accept(judged(), judged(better(), scope_auroc=0.96))) == ["scope"]
    assert failed(accept(judged(), judged(better(), calibration_error=0.04))) == ["calibration"]
    assert failed(accept(judged(), judged(better(), error_rate=0.15))) == ["promise"]


def test_a_promise_missed_within_the_bound_of_chance_is_kept() -> None:
    assert failed(accept(judged(), judged(better(), error_rate=0.06))) == []


def test_without_messages_out_of_scope_the_scope_is_not_judged() -> None:
    verdict = accept(judged(scope_auroc=None), judged(better(), scope_auroc=None))
    assert verdict.passed
    assert "not measured" in reason(verdict.checks[1])


def test_judgements_of_different_messages_are_not_compared() -> None:
    import pytest

    with pytest.raises(ValueError, match="different messages"):
        accept(judged(), judged(data_hash="other"))


def with_new_intent(right_of_ten: int, lost: int = 0) -> tuple[Judged, Judged]:
    """The live one, and one that knows one intent more: so many of its ten messages it serves, and loses so many."""
    labels = ("balance",) * 190 + ("theme",) * 10
    live = np.array([True] * 180 + [False] * 20)
    right = live.copy()
    right[190 : 190 + right_of_ten] = True
    right[:lost] = False
    return (
        replace(judged(live), truth=labels, intents=frozenset({"balance"})),
        replace(judged(right), truth=labels, intents=frozenset({"balance", "theme"})),
    )


def test_a_new_intent_is_reason_enough_when_the_rest_is_not_surely_worse() -> None:
    better = accept(*with_new_intent(7, lost=3)).checks[-1]
    assert (better.passed, better.figures["why"]) == (True, "new_intents")
    assert better.figures["new"] == [{"intent": "theme", "n": 10, "right": 7}]
    assert "new intents are served: theme 7 of 10; the rest is not surely worse (3 lost, 0 gained)" in reason(better)


def test_a_new_intent_that_is_not_served_or_costs_too_much_is_none() -> None:
    assert failed(accept(*with_new_intent(5, lost=4))) == ["better"]
    assert failed(accept(*with_new_intent(10, lost=9))) == ["better"]


def test_a_search_that_surely_finds_sooner_is_reason_enough_and_a_worse_one_is_refused() -> None:
    sooner = accept(judged(), judged(), RankingCompared(200, 0.7, 0.75, 0.05, 0.02, 0.08))
    assert sooner.passed
    assert sooner.checks[-1].figures["why"] == "ranking"
    assert "0.700 → 0.750" in reason(sooner.checks[-2])
    assert failed(accept(judged(), judged(better()), RankingCompared(200, 0.7, 0.6, -0.1, -0.15, -0.05))) == ["ranking"]
    chance = accept(judged(), judged(), RankingCompared(200, 0.7, 0.71, 0.01, -0.01, 0.03))
    assert failed(chance) == ["better"]
