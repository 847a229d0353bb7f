"""The training set as the review page shows it: which examples are nearest to a message, and what they are called."""

import logging
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from service.labelling import example_vectors
from service.office import Office

log = logging.getLogger(__name__)

CACHE: Final = "example_vectors.npz"
LONGEST_SECONDS: Final = 900


@dataclass(frozen=True)
class Neighbour:
    """An example of the training set and how near it is (cosine, 1: the same)."""

    text: str
    label: str
    nearness: float


@dataclass(frozen=True)
class Known:
    """The examples with their vectors, shape (examples, dimension)."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    vectors: NDArray[np.float32]


_lock = threading.Lock()
_shelf: dict[tuple[str, str], Known] = {}


def neighbours(text: str, office: Office, *, limit: int = 5) -> list[Neighbour]:
    """The nearest examples, nearest first; none where nothing can be compared."""
    known, vector = known_examples(office), office.vectors.one(text)
    if known is None or vector is None:
        return []
    near = known.vectors @ vector
    best = np.argsort(-near, kind="stable")[:limit].tolist()
    return [Neighbour(known.texts[row], known.labels[row], round(float(near[row]), 3)) for row in best]


def known_examples(office: Office) -> Known | None:
    """The shipped examples with vectors; None without an encoder or examples.

    They are encoded once, in a process of its own; the vectors are kept in `OTKLIK_VAR_DIR`.
    """
    if office.vectors.encoder is None:
        return None
    folder = office.settings.taxonomy.parent
    key = (str(folder), office.vectors.encoder)
    with _lock:
        if key not in _shelf:
            try:
                _shelf[key] = _read(folder, office.settings.var_dir / CACHE, office.vectors.encoder)
            except (ModelError, OSError, subprocess.SubprocessError) as error:
                log.warning("the training set can't be shown", extra={"problem": str(error)[:300]})
                return None
        return _shelf[key]


def _read(folder: Path, cache: Path, encoder: str) -> Known:
    lines = example_vectors.examples_in(folder)
    texts = tuple(each.text for each in lines)
    mark = example_vectors.mark_of(texts, encoder)
    vectors = example_vectors.read_kept(cache, mark)
    if vectors is None:
        command = [sys.executable, "-m", example_vectors.__name__, str(folder), str(cache), encoder]
        subprocess.run(command, check=True, capture_output=True, timeout=LONGEST_SECONDS)  # noqa: S603
        vectors = example_vectors.read_kept(cache, mark)
    if vectors is None or len(vectors) != len(texts):
        raise OSError(f"{cache} can't be read")
    return Known(texts, tuple(each.label for each in lines), vectors)
