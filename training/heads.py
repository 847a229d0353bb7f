"""Fitting the members of the committee. Each function returns the arrays that `models.intent` scores with.

Classes are columns 0..classes-1 and every class must have an example. Hyper-parameters were chosen by
cross-validation on the training part of BANKING77 (full, and 10 examples an intent) and are the same for every data
set; see training/README.md.
"""

import threading
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from models.encoder import Vectors, normalise_rows
from models.intent import KernelMember, LexicalMember, LinearMember, gaussian_kernel
from models.lexical import Vocabulary

LINEAR_C: Final = 30.0
KERNEL_GAMMA: Final = 1.0
KERNEL_RIDGE: Final = 0.1
KERNEL_AXES: Final = 192
"""Principal axes of the vectors that the kernel sees; 192 of 512 lose nothing in cross-validation, 128 a little."""
MAX_LANDMARKS: Final = 4_000
"""Bounds the artifact and the time of one message; up to here kernel regression is exact."""
LEXICAL_C: Final = 1.0
RARE_FEATURES_FROM: Final = 5_000
"""From so many texts on, spelling features seen in one text only are dropped: half the vocabulary, no accuracy."""
_CHUNK: Final = 2_000
_LIBLINEAR: Final = threading.Lock()
"""Its random numbers belong to the process: two fits at once would draw from each other's and never repeat."""


Weights = NDArray[np.float32] | None
"""How far each example's label can be trusted, shape (texts,); None: all of them fully."""


def fit_linear(
    vectors: Vectors, targets: NDArray[np.int64], encoder: int, c: float = LINEAR_C, weights: Weights = None
) -> LinearMember:
    """Multinomial logistic regression with an L2 penalty (scikit-learn, lbfgs)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, max_iter=500, tol=1e-4).fit(vectors, targets, sample_weight=weights)
    share = 0.5 if len(model.coef_) == 1 else 1.0  # of two classes, each gets half of the difference
    return LinearMember(encoder, *_columns(model.coef_ * share, model.intercept_ * share))


def fit_lexical(
    texts: Sequence[str], targets: NDArray[np.int64], seed: int, c: float = LEXICAL_C, weights: Weights = None
) -> LexicalMember:
    """One-against-rest linear support vector machines (liblinear) over spelling features."""
    from sklearn.svm import LinearSVC

    vocabulary = Vocabulary.learn(texts, min_texts=2 if len(texts) >= RARE_FEATURES_FROM else 1)
    features = vocabulary.transform(texts)
    model = LinearSVC(C=c, random_state=seed, max_iter=2_000)
    with _LIBLINEAR:
        model.fit(features, targets, sample_weight=weights)
    return LexicalMember(vocabulary, *_columns(model.coef_, model.intercept_))


def fit_kernel(
    vectors: Vectors,
    targets: NDArray[np.int64],
    encoder: int,
    seed: int,
    gamma: float = KERNEL_GAMMA,
    ridge: float = KERNEL_RIDGE,
    trust: Weights = None,
) -> KernelMember:
    """Kernel ridge regression to 0/1 targets, through the Nystroem map when there are more than `MAX_LANDMARKS`.

    With K the kernel of the landmarks, C its Cholesky factor and P = C^-1 k(landmarks, texts), the solution is
    weights = C^-T (P W P' + ridge I)^-1 P W Y with W the trust in each example on the diagonal; for landmarks = all
    texts it equals (K + ridge W^-1)^-1 Y.
    """
    trusted = np.ones(len(vectors), dtype=np.float32) if trust is None else trust
    projection = _principal_axes(vectors)
    vectors = normalise_rows(vectors @ projection)
    chosen = np.arange(len(vectors))
    if len(vectors) > MAX_LANDMARKS:
        chosen = np.sort(np.random.default_rng(seed).choice(len(vectors), MAX_LANDMARKS, replace=False))
    landmarks = np.ascontiguousarray(vectors[chosen])
    count, classes = len(landmarks), int(targets.max()) + 1
    one_hot = np.eye(classes, dtype=np.float32)
    kernel = gaussian_kernel(landmarks, landmarks, gamma).astype(np.float64)
    if count == len(vectors):
        kernel.flat[:: count + 1] += ridge / trusted
        factor = linalg.cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        weights = linalg.cho_solve(factor, one_hot[targets], check_finite=False)
        return KernelMember(encoder, gamma, projection, landmarks, weights.astype(np.float32))
    kernel.flat[:: count + 1] += 1e-3  # repeated texts make the kernel singular
    root = linalg.cholesky(kernel, lower=True, overwrite_a=True, check_finite=False).astype(np.float32)
    gram = np.zeros((count, count), dtype=np.float32)
    right = np.zeros((count, classes), dtype=np.float32)
    for start in range(0, len(vectors), _CHUNK):  # in pieces, so that memory does not grow with the data
        piece = gaussian_kernel(landmarks, vectors[start : start + _CHUNK], gamma)
        mapped = linalg.solve_triangular(root, piece, lower=True, check_finite=False, overwrite_b=True)
        weighed = mapped if trust is None else mapped * trusted[start : start + _CHUNK]
        gram += weighed @ mapped.T
        right += weighed @ one_hot[targets[start : start + _CHUNK]]
    gram.flat[:: count + 1] += ridge
    solved = linalg.cho_solve(linalg.cho_factor(gram, overwrite_a=True, check_finite=False), right, check_finite=False)
    weights = linalg.solve_triangular(root, solved, lower=True, trans="T", check_finite=False)
    return KernelMember(encoder, gamma, projection, landmarks, weights.astype(np.float32))


def _principal_axes(vectors: Vectors) -> NDArray[np.float32]:
    """The directions of most energy (not centred), strongest first; shape (dimension, at most `KERNEL_AXES`)."""
    _, axes = linalg.eigh((vectors.T @ vectors).astype(np.float64), check_finite=False)
    return np.ascontiguousarray(axes[:, ::-1][:, :KERNEL_AXES], dtype=np.float32)


def _columns(
    coefficients: NDArray[np.float64], intercepts: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """scikit-learn's (classes, features) as (features, classes); its single row for two classes becomes two."""
    if len(coefficients) == 1:
        coefficients = np.vstack([-coefficients, coefficients])
        intercepts = np.concatenate([-intercepts, intercepts])
    return np.ascontiguousarray(coefficients.T, dtype=np.float32), intercepts.astype(np.float32)
