"""Any encoder of the sentence-transformers family, from the hub or from a folder. Needs the `train` extra (torch)."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from models.encoder import Vectors, normalise_rows
from models.errors import EncoderError

MAX_CHARS: Final = 4_000


class SentenceTransformersEncoder:
    """A `SentenceTransformer` on the CPU. One call at a time: its tokenizer is not safe to share between threads."""

    def __init__(self, model: str) -> None:
        """`model` is a folder or a name on the hub. Raises EncoderError with the remedy."""
        self.name = f"sentence-transformers:{model}"
        looks_like_path = model.startswith((".", "/", "~")) or model.count("/") > 1
        path = Path(model).expanduser()
        if looks_like_path and not path.is_dir():
            raise EncoderError(f"encoder `{self.name}`: there is no folder {path}; check the path")
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EncoderError(
                f"encoder `{self.name}` needs sentence-transformers; run: pip install 'otklik[train]'"
            ) from error
        try:
            self._model = SentenceTransformer(str(path) if path.is_dir() else model, device="cpu")
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"encoder `{self.name}` can't be loaded: {error}; give a folder with the weights, or allow the download"
            ) from error
        self._lock = threading.Lock()
        # An argument of `encode` in every version; the method that tells it was renamed between versions.
        self.dimension = int(self._encode([""]).shape[1])

    def _encode(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            vectors = self._model.encode(
                list(texts), batch_size=64, show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=True
            )
        return normalise_rows(np.asarray(vectors))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (texts, dimension). A lone surrogate counts as `?`."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return self._encode([text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8") for text in texts])
