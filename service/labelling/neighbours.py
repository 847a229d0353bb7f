"""The training set as the review page shows it: which examples are nearest to a message, and what they are called."""

import logging
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from service.events import EXAMPLES_TOPIC
from service.labelling import example_vectors
from service.office import Office
from service.ongoing import Begun

log = logging.getLogger(__name__)

CACHE: Final = "example_vectors.npz"
LONGEST_SECONDS: Final = 900
ENCODING: Final = "encode the training set"
_TROUBLES: Final = (ModelError, OSError, subprocess.SubprocessError)


@dataclass(frozen=True)
class Neighbour:
    """An example of the training set and how near it is (cosine, 1: the same)."""

    text: str
    label: str
    nearness: float


@dataclass(frozen=True)
class Near:
    """The nearest examples, nearest first; none where nothing can be compared. `ready`: not still being encoded."""

    examples: tuple[Neighbour, ...] = ()
    ready: bool = True


@dataclass(frozen=True)
class Known:
    """The examples with their vectors, shape (examples, dimension)."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    vectors: NDArray[np.float32]


_lock = threading.Lock()
_shelf: dict[tuple[str, str], Known] = {}


def neighbours(text: str, office: Office, *, limit: int = 5) -> Near:
    """The examples nearest to a text. Never waits for their vectors: EXAMPLES_TOPIC tells when they are there."""
    vector = office.vectors.one(text)
    if office.vectors.encoder is None or vector is None:
        return Near()
    known = _shelf.get(_key(office, office.vectors.encoder))
    if known is None:
        return Near(ready=_encoding(office, office.vectors.encoder).failed)
    near = known.vectors @ vector
    best = np.argsort(-near, kind="stable")[:limit].tolist()
    return Near(tuple(Neighbour(known.texts[row], known.labels[row], round(float(near[row]), 3)) for row in best))


def known_examples(office: Office) -> Known | None:
    """The shipped examples with vectors; None without an encoder or examples.

    They are encoded once, in a process of its own, and whoever comes first waits for it the better part of a minute;
    the vectors are kept in `OTKLIK_VAR_DIR`.
    """
    if office.vectors.encoder is None:
        return None
    try:
        return _known(office, office.vectors.encoder)
    except _TROUBLES as error:
        log.warning("the training set can't be shown", extra={"problem": str(error)[:300]})
        return None


def _key(office: Office, encoder: str) -> tuple[str, str]:
    return str(office.settings.taxonomy.parent), encoder


def _encoding(office: Office, encoder: str) -> Begun:
    """What makes the vectors on a thread of its own; one that has failed is not tried again."""
    before = office.ongoing.of(ENCODING)
    if before is not None:
        return before
    work, changed = partial(_known, office, encoder), partial(office.events.publish, EXAMPLES_TOPIC)
    return office.ongoing.begin(ENCODING, Begun("", office.clock()), work, changed)


def _known(office: Office, encoder: str) -> Known:
    """Raises one of _TROUBLES."""
    key = _key(office, encoder)
    with _lock:
        if key not in _shelf:
            _shelf[key] = _read(office.settings.taxonomy.parent, office.settings.var_dir / CACHE, encoder)
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
