import numpy as np
import pytest

from models.encoder import normalise_rows
from models.intent import (
    KERNEL_FLOOR,
    Committee,
    KernelMember,
    LexicalMember,
    LinearMember,
    fuse,
    gaussian_kernel,
    log_sum_exp,
    softmax,
)
from models.lexical import Vocabulary
from models.scope import ScopeGate, signals

RNG = np.random.default_rng(0)
VECTORS = normalise_rows(RNG.normal(size=(6, 8)))


def test_the_kernel_is_the_gaussian_of_the_distance() -> None:
    expected = np.exp(-0.7 * ((VECTORS[:, None] - VECTORS[None]) ** 2).sum(axis=2))
    assert np.allclose(gaussian_kernel(VECTORS, VECTORS, 0.7), expected, atol=1e-6)


def test_a_linear_member_is_an_affine_map_of_its_own_encoder() -> None:
    weights, bias = RNG.normal(size=(8, 3)).astype(np.float32), np.array([1, 2, 3], dtype=np.float32)
    other = np.zeros((6, 2), dtype=np.float32)
    assert np.allclose(LinearMember(1, weights, bias).score([], [other, VECTORS]), VECTORS @ weights + bias)


def test_a_kernel_member_never_takes_the_logarithm_of_nothing() -> None:
    member = KernelMember(0, 1.0, np.eye(8, dtype=np.float32), VECTORS, -np.ones((6, 2), dtype=np.float32))
    assert np.allclose(member.score([], [VECTORS]), np.log(KERNEL_FLOOR))


def test_a_lexical_member_scores_one_text_as_it_scores_many() -> None:
    texts = ["где карта", "курс доллара", "", "карта и курс"]
    vocabulary = Vocabulary.learn(texts)
    weights = RNG.normal(size=(len(vocabulary.features), 3)).astype(np.float32)
    member = LexicalMember(vocabulary, weights, np.array([0.5, 0, -0.5], dtype=np.float32))
    together = member.score(texts, [])
    alone = np.vstack([member.score([text], []) for text in texts])
    assert np.allclose(together, alone, atol=1e-5)
    assert together[2].tolist() == [0.5, 0.0, -0.5]


def test_the_committee_adds_weighted_scores() -> None:
    members = tuple(LinearMember(0, np.eye(8, 3, dtype=np.float32) * k, np.zeros(3, dtype=np.float32)) for k in (1, 2))
    committee = Committee(members, np.array([3.0, 0.5], dtype=np.float32))
    assert np.allclose(committee.score([], [VECTORS]), 4 * VECTORS[:, :3], atol=1e-6)
    assert np.allclose(fuse([VECTORS, VECTORS], np.array([1, 1], dtype=np.float32)), 2 * VECTORS)


@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_softmax_sums_to_one_without_overflow(shift: float) -> None:
    scores = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], dtype=np.float32) + np.float32(shift)
    assert softmax(scores).sum(axis=1) == pytest.approx(1.0, abs=1e-3)
    assert np.isfinite(log_sum_exp(scores)).all()


def test_the_scope_signals_are_the_energy_and_its_lead() -> None:
    logits = np.log(np.array([[1.0, 3.0, 2.0]], dtype=np.float32))
    with_class, without = signals(logits, 2), signals(logits[:, :2], 2)
    assert with_class[0] == pytest.approx([np.log(4), np.log(2)], abs=1e-6)
    assert without[0] == pytest.approx([np.log(4), 0.0], abs=1e-6)
    gate = ScopeGate(np.array([1.0, 10.0], dtype=np.float32), 0.0)
    assert gate.score(logits, 2)[0] == pytest.approx(np.log(4) + 10 * np.log(2), abs=1e-5)
