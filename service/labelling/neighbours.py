"""The training set as the review page shows it: which examples are nearest to a message, and what they are called."""

import hashlib
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.examples import read_folder
from service.office import Office

log = logging.getLogger(__name__)

CACHE: Final = "example_vectors.npz"
_AT_ONCE: Final = 256


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
_shelf: dict[tuple[str, str | None], Known] = {}


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

    Encoding them takes seconds and happens once: the vectors are kept in `OTKLIK_VAR_DIR`.
    """
    if office.vectors.encoder is None:
        return None
    folder = office.settings.taxonomy.parent
    key = (str(folder), office.vectors.encoder)
    with _lock:
        if key not in _shelf:
            try:
                found = _read(folder, office)
            except (ModelError, OSError) as error:
                log.warning("the training set can't be shown", extra={"problem": str(error)[:300]})
                return None
            if found is None:
                return None
            _shelf[key] = found
        return _shelf[key]


def _read(folder: Path, office: Office) -> Known | None:
    lines = [each for each in read_folder(folder) if each.text.strip()]
    texts, labels = tuple(each.text for each in lines), tuple(each.label for each in lines)
    mark = hashlib.sha256("\n".join((str(office.vectors.encoder), *texts)).encode()).hexdigest()
    cache = office.settings.var_dir / CACHE
    vectors = _kept(cache, mark, len(texts))
    if vectors is None:
        parts = []
        for start in range(0, len(texts), _AT_ONCE):
            part = office.vectors.of(texts[start : start + _AT_ONCE], remember=False)
            if part is None:
                return None
            parts.append(part)
        vectors = np.concatenate(parts)
        _keep(cache, mark, vectors)
    return Known(texts, labels, vectors)


def _kept(cache: Path, mark: str, count: int) -> NDArray[np.float32] | None:
    try:
        with np.load(cache, allow_pickle=False) as stored:
            if str(stored["mark"]) != mark or len(stored["vectors"]) != count:
                return None
            return np.asarray(stored["vectors"], dtype=np.float32)
    except (OSError, ValueError, KeyError):
        return None


def _keep(cache: Path, mark: str, vectors: NDArray[np.float32]) -> None:
    try:
        fresh = cache.with_suffix(".fresh.npz")
        np.savez(fresh, mark=np.array(mark), vectors=vectors)
        fresh.replace(cache)
    except OSError as error:
        log.warning("vectors of examples can't be kept", extra={"problem": str(error)})
