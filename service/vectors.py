"""Vectors of short texts by the office's encoder: remembered for a while, kept as bytes, never a reason to fail."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.encoder import Encoder
from models.preparation import prepare

log = logging.getLogger(__name__)

KEPT = 4096
_BATCH = 4
"""Texts encoded at once: a reader process is busy with them for some milliseconds, and messages wait as long."""
_LITTLE = np.dtype("<f4")

Vector = NDArray[np.float32]
Elsewhere: TypeAlias = Callable[[Sequence[str], str], Vector | None]
"""Texts and the encoder's name to vectors; None when they can't be had there."""


def encode(encoder: Encoder, texts: Sequence[str]) -> Vector:
    """(texts, dimension), each of length 1: the meaning of texts as written. Raises what the encoder raises."""
    return encoder.encode([prepare(text).model_text for text in texts])


class Vectors:
    """What texts mean. Without an encoder, or with one that fails, there are no vectors and no errors either.

    `elsewhere`, when set, is asked first: an encoder grows with the words it has seen, and one process of a service is
    enough to have seen them.
    """

    def __init__(self, encoder: Encoder | None) -> None:
        self._encoder = encoder
        self.elsewhere: Elsewhere | None = None
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Vector] = OrderedDict()

    def use(self, encoder: Encoder) -> None:
        """Encode with this one from now on; what was remembered of another is forgotten."""
        with self._lock:
            if encoder is not self._encoder:
                self._encoder = encoder
                self._kept.clear()

    @property
    def encoder(self) -> str | None:
        """The encoder's name, kept beside stored vectors."""
        return self._encoder.name if self._encoder else None

    @property
    def dimension(self) -> int:
        """The length of a vector; 0 without an encoder."""
        return self._encoder.dimension if self._encoder else 0

    def of(self, texts: Sequence[str], *, remember: bool = True) -> NDArray[np.float32] | None:
        """(texts, dimension), each of length 1; None when nothing can be encoded now (that is logged).

        `remember=False` for what will not be asked again and would only drive out what will.
        """
        encoder = self._encoder
        if encoder is None or not texts:
            return None
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        fresh = list(dict.fromkeys(text for text in texts if text not in found))
        try:
            for start in range(0, len(fresh), _BATCH):
                batch = fresh[start : start + _BATCH]
                found.update(zip(batch, self._encode(batch, encoder), strict=True))
        except Exception as error:
            log.error("texts can't be encoded", extra={"problem": str(error)[:300]})
            return None
        if remember:
            self._keep({text: found[text] for text in fresh}, encoder)
        return np.stack([found[text] for text in texts]).astype(np.float32, copy=False)

    def _encode(self, texts: Sequence[str], encoder: Encoder) -> Vector:
        vectors = self.elsewhere(texts, encoder.name) if self.elsewhere else None
        return encode(encoder, texts) if vectors is None else vectors

    def one(self, text: str) -> Vector | None:
        """The vector of one text, or None."""
        found = self.of([text])
        return None if found is None else found[0]

    def pack(self, vector: Vector) -> bytes:
        """The vector as the database keeps it."""
        return vector.astype(_LITTLE).tobytes()

    def unpack(self, data: bytes | None, encoder: str | None) -> Vector | None:
        """The vector behind the bytes; None when they are broken or another encoder's: the text is encoded anew."""
        if data is None or encoder != self.encoder or len(data) != self.dimension * _LITTLE.itemsize:
            return None
        vector = np.frombuffer(data, dtype=_LITTLE).astype(np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            length = float(np.linalg.norm(vector))
        return vector if np.isfinite(length) and abs(length - 1.0) < 0.01 else None

    def _keep(self, fresh: dict[str, Vector], encoder: Encoder) -> None:
        with self._lock:
            if encoder is not self._encoder:  # exchanged meanwhile
                return
            self._kept.update(fresh)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
