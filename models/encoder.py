"""What turns text into vectors. The protocol, and `load_encoder`: the one place that knows every encoder by name."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.errors import EncoderError

Vectors: TypeAlias = NDArray[np.float32]
"""Shape (texts, dimension); every row has Euclidean length 1."""


class Encoder(Protocol):
    """A frozen sentence encoder.

    `name` is the spec `load_encoder` was given. `encode` is deterministic, may be called from several threads at
    once, returns shape (0, dimension) for no texts, and gives every text, the empty one too, a unit vector that does
    not depend on its neighbours in the batch (up to float rounding).
    """

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors: ...


def _use(argument: str, spec: str) -> Encoder:
    from models.encoders.use import UseEncoder

    if argument:
        raise EncoderError(f"encoder `{spec}`: `use` takes no argument; write just `use`")
    return UseEncoder()


def _sentence_transformers(argument: str, spec: str) -> Encoder:
    from models.encoders.sentence import SentenceTransformersEncoder

    if not argument:
        raise EncoderError(f"encoder `{spec}`: name a model or a folder, as in sentence-transformers:/models/e5")
    return SentenceTransformersEncoder(argument)


def _onnx(argument: str, spec: str) -> Encoder:
    from models.encoders.exported import OnnxEncoder

    if not argument:
        raise EncoderError(f"encoder `{spec}`: name a folder with model.onnx and tokenizer.json, as in onnx:/models/e5")
    return OnnxEncoder(argument)


ENCODERS: Final[dict[str, Callable[[str, str], Encoder]]] = {
    "use": _use,
    "sentence-transformers": _sentence_transformers,
    "onnx": _onnx,
}
"""Kind of encoder -> how to make one from (what follows the colon, the whole spec). A new encoder is a row here."""


def load_encoder(spec: str) -> Encoder:
    """Make one encoder from its spec: `use`, `sentence-transformers:<name or path>` or `onnx:<path>`.

    Raises EncoderError that says what to do when the kind is unknown, its package is not installed or its weights
    are missing. Nothing is downloaded when HF_HUB_OFFLINE=1.
    """
    kind, _, argument = spec.strip().partition(":")
    make = ENCODERS.get(kind)
    if make is None:
        raise EncoderError(f"unknown encoder `{spec}`; known: use, sentence-transformers:<name or path>, onnx:<path>")
    return make(argument.strip(), spec)


def load_encoders(specs: str) -> tuple[Encoder, ...]:
    """Make every encoder of a comma list, in order; the first one's vectors also serve retrieval."""
    parts = [part.strip() for part in specs.split(",") if part.strip()]
    if not parts:
        raise EncoderError("no encoder is named; the default is `use`")
    if len(set(parts)) != len(parts):
        raise EncoderError(f"encoder list `{specs}` names the same encoder twice; name each once")
    return tuple(load_encoder(part) for part in parts)


def words_known(encoders: Sequence[Encoder]) -> frozenset[str]:
    """Words that encoders know as wholes, where they say so (an attribute `words`): no slip of the keyboard."""
    return frozenset().union(*(getattr(encoder, "words", ()) for encoder in encoders))


def normalise_rows(vectors: NDArray[np.floating]) -> Vectors:
    """Scale rows to length 1 as float32; a zero row becomes the first axis, so that every text has a direction.

    Raises EncoderError when a value is not a finite number.
    """
    if not np.isfinite(vectors).all():
        raise EncoderError("the encoder returned values that are not finite; its weights are damaged, reinstall them")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    out: Vectors = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    out[lengths[:, 0] < 1e-12] = np.eye(1, vectors.shape[1], dtype=np.float32)
    return out
