import numpy as np
import pytest

from models.encoder import normalise_rows
from models.intent import gaussian_kernel, log_sum_exp, softmax
from training import heads
from training.fusion import fit_fusion, fit_scope
from training.heads import fit_kernel, fit_lexical, fit_linear

RNG = np.random.default_rng(0)
CENTRES = RNG.normal(size=(4, 16))
TARGETS = np.repeat(np.arange(4), 50)
VECTORS = normalise_rows(CENTRES[TARGETS] + 0.6 * RNG.normal(size=(200, 16)))
TEXTS = [f"{['карта', 'курс', 'вклад', 'кредит'][t]} слово{i % 7}" for i, t in enumerate(TARGETS)]


def _accuracy(scores: np.ndarray, targets: np.ndarray = TARGETS) -> float:
    return float((scores.argmax(axis=1) == targets).mean())


def test_each_member_learns_what_it_can_see() -> None:
    assert _accuracy(fit_linear(VECTORS, TARGETS, 0).score(TEXTS, [VECTORS])) > 0.95
    assert _accuracy(fit_kernel(VECTORS, TARGETS, 0, 0).score(TEXTS, [VECTORS])) > 0.95
    assert _accuracy(fit_lexical(TEXTS, TARGETS, 0).score(TEXTS, [VECTORS])) == 1.0


def test_two_classes_have_two_columns() -> None:
    two, texts = TARGETS[:100], TEXTS[:100]
    for member in (fit_linear(VECTORS[:100], two, 0), fit_lexical(texts, two, 0), fit_kernel(VECTORS[:100], two, 0, 0)):
        scores = member.score(texts, [VECTORS[:100]])
        assert scores.shape == (100, 2)
        assert _accuracy(scores, two) > 0.95


def test_the_linear_member_gives_scikit_learns_probabilities() -> None:
    from sklearn.linear_model import LogisticRegression

    for targets in (TARGETS, np.minimum(TARGETS, 1)):
        theirs = LogisticRegression(C=heads.LINEAR_C, max_iter=500, tol=1e-4).fit(VECTORS, targets)
        ours = softmax(fit_linear(VECTORS, targets, 0).score([], [VECTORS]))
        assert np.allclose(ours, theirs.predict_proba(VECTORS), atol=1e-4)


def test_kernel_regression_is_exact_when_every_text_is_a_landmark() -> None:
    member = fit_kernel(VECTORS, TARGETS, 0, 0, gamma=1.0, ridge=0.1)
    kernel = gaussian_kernel(VECTORS, VECTORS, 1.0).astype(np.float64)
    expected = np.linalg.solve(kernel + 0.1 * np.eye(200), np.eye(4)[TARGETS])
    assert np.allclose(member.weights, expected, atol=1e-4)


def test_landmarks_come_close_to_the_exact_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = fit_kernel(VECTORS, TARGETS, 0, 0).score([], [VECTORS])
    monkeypatch.setattr(heads, "MAX_LANDMARKS", 120)
    monkeypatch.setattr(heads, "_CHUNK", 64)
    sampled = fit_kernel(VECTORS, TARGETS, 0, 0)
    assert sampled.landmarks.shape == (120, 16)
    assert np.abs(np.exp(sampled.score([], [VECTORS])) - np.exp(exact)).max() < 0.25


def test_repeated_texts_do_not_break_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "MAX_LANDMARKS", 150)
    same = np.repeat(VECTORS[::50], 50, axis=0)
    assert _accuracy(fit_kernel(same, TARGETS, 0, 0).score([], [same])) == 1.0


def test_fusion_trusts_the_member_that_knows_and_not_the_one_that_guesses() -> None:
    knows = np.eye(4, dtype=np.float32)[TARGETS] * 2 + RNG.normal(size=(200, 4)).astype(np.float32)
    guesses = RNG.normal(size=(200, 4)).astype(np.float32)
    weights = fit_fusion([knows, guesses], TARGETS)
    assert weights[0] > 5 * weights[1] > 0


def test_fusion_calibrates_members_of_any_scale() -> None:
    honest = np.log(RNG.dirichlet(np.ones(4) * 0.5, size=4_000)).astype(np.float32)
    targets = np.array([RNG.choice(4, p=np.exp(row) / np.exp(row).sum()) for row in honest.astype(np.float64)])
    for scale in (0.01, 100.0):
        assert fit_fusion([honest * np.float32(scale)], targets)[0] * scale == pytest.approx(1.0, abs=0.1)


def test_the_scope_gate_lets_the_stated_share_through() -> None:
    logits = RNG.normal(size=(1_000, 5)).astype(np.float32)
    inside = np.ones(1_000, dtype=bool)
    gate = fit_scope(logits, inside, 5, recall=0.9)
    assert np.allclose(gate.score(logits, 5), log_sum_exp(logits), atol=1e-5)
    assert float((gate.score(logits, 5) >= gate.threshold).mean()) == pytest.approx(0.9, abs=0.01)


def test_the_scope_gate_learns_from_out_of_scope_messages() -> None:
    inside = np.arange(1_000) < 800
    logits = RNG.normal(size=(1_000, 5)).astype(np.float32)
    logits[~inside, 4] += 4.0
    gate = fit_scope(logits, inside, 4, recall=0.95)
    scores = gate.score(logits, 4)
    assert float((scores[~inside] < gate.threshold).mean()) > 0.7


def test_the_kernel_sees_the_principal_axes_and_loses_nothing_when_all_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = fit_kernel(VECTORS, TARGETS, 0, 0)
    assert np.allclose(full.projection.T @ full.projection, np.eye(16), atol=1e-5)
    turned = VECTORS @ full.projection
    assert list((turned**2).sum(axis=0)) == sorted((turned**2).sum(axis=0), reverse=True)
    monkeypatch.setattr(heads, "KERNEL_AXES", 6)
    fewer = fit_kernel(VECTORS, TARGETS, 0, 0)
    assert fewer.projection.shape == (16, 6)
    assert _accuracy(fewer.score([], [VECTORS])) > 0.95
