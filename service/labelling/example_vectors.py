"""python -m service.labelling.example_vectors FOLDER CACHE ENCODER: encode the training set and keep the vectors.

A process of its own, because it takes the better part of a minute of a processor: the console goes on answering.
"""

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from models.encoder import load_encoder
from models.examples import Line, read_folder
from models.preparation import prepare

_AT_ONCE: Final = 256
NICENESS: Final = 10


def examples_in(folder: Path) -> list[Line]:
    """The examples that have a text. Raises DataError with the place of what can't be read."""
    return [each for each in read_folder(folder) if each.text.strip()]


def mark_of(texts: Sequence[str], encoder: str) -> str:
    """Another word whenever the vectors would be others."""
    return hashlib.sha256("\n".join((encoder, *texts)).encode()).hexdigest()


def read_kept(cache: Path, mark: str) -> NDArray[np.float32] | None:
    """The kept vectors; None when there are none or they are of other texts."""
    try:
        with cache.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return np.asarray(stored["vectors"], dtype=np.float32) if str(stored["mark"]) == mark else None
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def encode(folder: Path, cache: Path, encoder: str) -> None:
    """Encode the examples of `folder` and put the vectors into `cache`, in one step."""
    texts = [each.text for each in examples_in(folder)]
    loaded = load_encoder(encoder)
    parts = [
        loaded.encode([prepare(text).model_text for text in texts[start : start + _AT_ONCE]])
        for start in range(0, len(texts), _AT_ONCE)
    ]
    fresh = cache.with_suffix(f".{os.getpid()}.npz")
    try:
        np.savez(fresh, mark=np.array(mark_of(texts, encoder)), vectors=np.concatenate(parts))
        fresh.replace(cache)
    finally:
        fresh.unlink(missing_ok=True)


if __name__ == "__main__":
    os.nice(NICENESS)
    encode(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
