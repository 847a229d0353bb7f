"""An encoder exported to ONNX: fine-tuned with torch once, served without it. Needs the `onnx` extra."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from models.encoder import Vectors, normalise_rows
from models.errors import EncoderError

MAX_TOKENS: Final = 256
MAX_CHARS: Final = 4_000
BATCH: Final = 32


class OnnxEncoder:
    """A folder with `model.onnx` and `tokenizer.json`; the token vectors are mean-pooled and scaled to length 1.

    The model must take `input_ids` and `attention_mask` (`token_type_ids` if it wants them) and return, as its first
    output, token vectors of shape (batch, tokens, dimension) or ready sentence vectors of shape (batch, dimension).
    Both libraries may be called from several threads.
    """

    def __init__(self, folder: str) -> None:
        """Raises EncoderError when a file or a package is missing, or when the model is of another shape."""
        self.name = f"onnx:{folder}"
        path = Path(folder).expanduser()
        for needed in ("model.onnx", "tokenizer.json"):
            if not (path / needed).is_file():
                raise EncoderError(f"encoder `{self.name}`: {path / needed} is missing; export the model there")
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise EncoderError(f"encoder `{self.name}` needs onnxruntime; run: pip install 'otklik[onnx]'") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                str(path / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise EncoderError(f"encoder `{self.name}` can't be read: {error}; export it again") from error
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._inputs = {item.name for item in self._session.get_inputs()}
        if unknown := self._inputs - {"input_ids", "attention_mask", "token_type_ids"}:
            raise EncoderError(f"encoder `{self.name}` wants unknown inputs {sorted(unknown)}; export a plain encoder")
        self.dimension = int(self._pool([[0]]).shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (texts, dimension). A lone surrogate counts as `?`."""
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        clean = [text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8") for text in texts]
        ids = [encoding.ids or [0] for encoding in self._tokenizer.encode_batch(clean)]
        # Batches of like lengths waste little time on padding.
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            out[rows] = self._pool([ids[i] for i in rows])
        return out

    def _pool(self, ids: list[list[int]]) -> Vectors:
        width = max(map(len, ids))
        tokens = np.zeros((len(ids), width), dtype=np.int64)
        mask = np.zeros((len(ids), width), dtype=np.int64)
        for row, sequence in enumerate(ids):
            tokens[row, : len(sequence)] = sequence
            mask[row, : len(sequence)] = 1
        feeds = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        output = self._session.run(None, {name: feeds[name] for name in self._inputs})[0]
        if output.ndim == 3:
            output = (output * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        elif output.ndim != 2:
            raise EncoderError(f"encoder `{self.name}` returns {output.ndim}-dimensional output; 2 or 3 are expected")
        return normalise_rows(output)
