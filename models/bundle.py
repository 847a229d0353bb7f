"""A trained model in memory: prepared messages in, classifications out. What the service and the evaluation use."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from models import clauses
from models.artifact import PROBE, RANKING, Manifest, MemberEntry, read_artifact
from models.encoder import Encoder, load_encoders
from models.errors import ArtifactError
from models.intent import Committee, KernelMember, LexicalMember, LinearMember, Member, disagreement, fuse, softmax
from models.lexical import Vocabulary
from models.preparation import Prepared
from models.scope import ScopeGate
from models.spelling import Spelling
from models.taxonomy import Taxonomy
from models.threads import use_one_blas_thread

_BATCH: Final = 256
"""Messages scored at once: bounds memory whatever the caller hands over."""
_PROBE_VALUES: Final = 16
OWN: Final = "onnx:./"
"""Begins the name of an encoder that lies in the artifact itself."""
_RETRAIN: Final = "train it again: otklik train --data DATA --out DIR"


class ScoredIntent(NamedTuple):
    """An intent and its calibrated confidence: of messages with confidence 0.8, about 80 in 100 have this intent."""

    intent: str
    confidence: float


class Ranking(Sequence[ScoredIntent]):
    """Intents, likeliest first. Made as they are asked for: of seventy intents a caller looks at a few."""

    __slots__ = ("_confidences", "_names", "_order")

    def __init__(self, names: Sequence[str], order: NDArray[np.int64], confidences: NDArray[np.float32]) -> None:
        """`names` of the columns; `order`, shape (intents,): columns, likeliest first; `confidences` of the columns."""
        self._names, self._order, self._confidences = names, order, confidences

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, index: int) -> ScoredIntent: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[ScoredIntent, ...]: ...

    def __getitem__(self, index: int | slice) -> ScoredIntent | tuple[ScoredIntent, ...]:
        if isinstance(index, slice):
            return tuple(self._scored(column) for column in self._order[index].tolist())
        return self._scored(int(self._order[index]))

    def _scored(self, column: int) -> ScoredIntent:
        return ScoredIntent(self._names[column], float(self._confidences[column]))


@dataclass(frozen=True, slots=True)
class Classification:
    """What the model says of one message.

    ranking       every trained intent, likeliest first; the confidences sum to 1 and suppose that it is in scope
    scope_score   higher is more in scope; comparable within one artifact only
    in_scope      the scope score clears its threshold and there was a word to read
    automatic     in scope, and the first confidence clears `threshold`
    threshold     the first intent's own threshold (1.01: never automatic)
    vector        the first encoder's vector, shape (dimension,), length 1
    mended        the message as the model read it, when its spelling had to be mended; what searches for words
                  should see it too
    disagreement  share of the committee's members, 0 to 1, that would have put another intent first
    """

    ranking: Sequence[ScoredIntent]
    scope_score: float
    in_scope: bool
    automatic: bool
    threshold: float
    vector: NDArray[np.float32]
    mended: Prepared | None = None
    disagreement: float = 0.0


class Bundle:
    """Immutable after loading; `classify` may be called from several threads."""

    def __init__(
        self,
        manifest: Manifest,
        encoders: tuple[Encoder, ...],
        committee: Committee,
        gate: ScopeGate,
        spelling: Spelling,
        ranking: str | None = None,
    ) -> None:
        """Use `load`. `ranking`: the weights of the search that came with the model, as the JSON they are kept in."""
        self.manifest = manifest
        self.ranking = ranking
        self.encoders = encoders
        self._committee = committee
        self._gate = gate
        self.spelling = spelling
        self._thresholds = [manifest.thresholds[intent] for intent in manifest.intents]

    @property
    def encoder(self) -> Encoder:
        """The first encoder; retrieval uses it too."""
        return self.encoders[0]

    @property
    def version(self) -> str:
        """Equal for equal models."""
        return self.manifest.version

    @classmethod
    def load(
        cls, directory: Path | str, taxonomy: Taxonomy | None = None, *, encoders: Sequence[Encoder] | None = None
    ) -> "Bundle":
        """Read a model that `otklik train` wrote.

        `taxonomy`: refuse a model trained for another one; intents added since then are no reason. `encoders`: ready
        ones, in the model's order, to share them or when their weights lie elsewhere than on the machine that trained.
        Matrix products of the process are limited to one thread (see `models.threads`).
        Raises ArtifactError (what does not match, and what to do) or EncoderError (an encoder can't be made).
        """
        directory = Path(directory)
        manifest, arrays, vocabulary = read_artifact(directory)
        made_for = {*manifest.intents, *manifest.untrained}
        if taxonomy is not None and not taxonomy.covers(made_for, manifest.taxonomy_hash):
            raise ArtifactError(
                f"{directory} was trained for another taxonomy (its intents or its version differ); {_RETRAIN}"
            )
        try:
            committee, gate, spelling = _assemble(manifest, arrays, vocabulary)
        except (KeyError, ValueError, IndexError) as error:
            raise ArtifactError(f"{directory}: the arrays don't fit the manifest ({error}); {_RETRAIN}") from error
        if encoders is None:
            own = f"onnx:{directory}/"
            encoders = load_encoders(",".join(entry.name.replace(OWN, own) for entry in manifest.encoders))
        use_one_blas_thread()
        _check_encoders(directory, manifest, encoders)
        ranking = (directory / RANKING).read_text(encoding="utf-8") if RANKING in manifest.files else None
        return cls(manifest, tuple(encoders), committee, gate, spelling, ranking)

    def classify(self, prepared: Sequence[Prepared]) -> list[Classification]:
        """Classify messages, in order. One encoder call serves intent, scope and (through `vector`) retrieval."""
        return [
            result
            for start in range(0, len(prepared), _BATCH)
            for result in self._classify_batch(prepared[start : start + _BATCH])
        ]

    def _classify_batch(self, prepared: Sequence[Prepared]) -> list[Classification]:
        mended = [self.spelling.mend(message) for message in prepared]
        reading = clauses.read([message.model_text for message in mended])
        vectors = [encoder.encode(reading.texts) for encoder in self.encoders]
        heard = [reading.blend(scores) for scores in self._committee.hear(reading.texts, vectors)]
        logits = fuse(heard, self._committee.fusion)
        intents = len(self.manifest.intents)
        scope = self._gate.score(logits, intents)
        confidences = softmax(logits[:, :intents])
        order = np.argsort(-confidences, axis=1, kind="stable")
        apart = disagreement([scores[:, :intents] for scores in heard], order[:, 0])
        results = []
        for row, message in enumerate(prepared):
            first = order[row, 0]
            in_scope = bool(scope[row] >= self._gate.threshold) and not message.wordless
            threshold = self._thresholds[first]
            results.append(
                Classification(
                    ranking=Ranking(self.manifest.intents, order[row], confidences[row]),
                    scope_score=float(scope[row]),
                    in_scope=in_scope,
                    automatic=in_scope and float(confidences[row, first]) >= threshold,
                    threshold=threshold,
                    vector=vectors[0][row],
                    mended=mended[row] if mended[row] is not message else None,
                    disagreement=float(apart[row]),
                )
            )
        return results


def probe(encoder: Encoder) -> tuple[float, ...]:
    """A fingerprint of an encoder's weights."""
    return tuple(round(float(value), 6) for value in encoder.encode([PROBE])[0, :_PROBE_VALUES])


def _check_encoders(directory: Path, manifest: Manifest, encoders: Sequence[Encoder]) -> None:
    if len(encoders) != len(manifest.encoders):
        raise ArtifactError(f"{directory} needs {len(manifest.encoders)} encoders, {len(encoders)} were given")
    for entry, encoder in zip(manifest.encoders, encoders, strict=True):
        if encoder.dimension != entry.dimension:
            raise ArtifactError(
                f"{directory} was trained with `{entry.name}` of {entry.dimension} dimensions, but `{encoder.name}` "
                f"has {encoder.dimension}; choose the same encoder, or {_RETRAIN}"
            )
        if not np.allclose(probe(encoder), entry.probe, atol=1e-3):
            raise ArtifactError(
                f"{directory} was trained with other weights of `{entry.name}` than `{encoder.name}` has now; "
                f"bring them back, or {_RETRAIN}"
            )


def _assemble(
    manifest: Manifest, arrays: dict[str, NDArray[np.float32]], vocabulary: tuple[str, ...]
) -> tuple[Committee, ScopeGate, Spelling]:
    # The words of the spelling come after the features of the lexical member, one for each count.
    counts = _shaped(arrays, "spelling.counts", (None,))
    features, words = vocabulary[: len(vocabulary) - len(counts)], vocabulary[len(vocabulary) - len(counts) :]
    classes = len(manifest.intents) + manifest.out_of_scope_class
    members = tuple(
        _member(entry, f"{number}.", arrays, features, manifest, classes)
        for number, entry in enumerate(manifest.members)
    )
    if set(manifest.thresholds) != set(manifest.intents) or not members or not manifest.intents:
        raise ValueError("thresholds and intents differ, or there is no member")
    fusion = np.array([entry.fusion for entry in manifest.members], dtype=np.float32)
    gate = ScopeGate(_shaped(arrays, "scope.weights", (2,)), manifest.scope_threshold)
    return Committee(members, fusion), gate, Spelling(words, counts)


def _member(
    entry: MemberEntry,
    prefix: str,
    arrays: dict[str, NDArray[np.float32]],
    vocabulary: tuple[str, ...],
    manifest: Manifest,
    classes: int,
) -> Member:
    if entry.kind == "lexical":
        idf = _shaped(arrays, prefix + "idf", (len(vocabulary),))
        return LexicalMember(
            Vocabulary(vocabulary, idf, int(entry.settings["characters"])),
            _shaped(arrays, prefix + "weights", (len(vocabulary), classes)),
            _shaped(arrays, prefix + "bias", (classes,)),
        )
    dimension = manifest.encoders[entry.encoder].dimension
    if entry.kind == "linear":
        weights = _shaped(arrays, prefix + "weights", (dimension, classes))
        return LinearMember(entry.encoder, weights, _shaped(arrays, prefix + "bias", (classes,)))
    if entry.kind == "kernel":
        projection = _shaped(arrays, prefix + "projection", (dimension, None))
        landmarks = _shaped(arrays, prefix + "landmarks", (None, projection.shape[1]))
        weights = _shaped(arrays, prefix + "weights", (len(landmarks), classes))
        return KernelMember(entry.encoder, entry.settings["gamma"], projection, landmarks, weights)
    raise ValueError(f"unknown kind of member `{entry.kind}`")


def _shaped(arrays: dict[str, NDArray[np.float32]], name: str, shape: tuple[int | None, ...]) -> NDArray[np.float32]:
    """The array of this name. Raises KeyError when it is missing and ValueError when its shape is another."""
    array = arrays[name]
    if len(array.shape) != len(shape) or any(b is not None and a != b for a, b in zip(array.shape, shape, strict=True)):
        raise ValueError(f"array {name} has shape {array.shape}, not {shape}")
    return array
