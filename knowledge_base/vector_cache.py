"""Vectors kept on disk between starts, so that only new and changed texts are encoded."""

import contextlib
import hashlib
import logging
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.encoder import Encoder
from models.preparation import preparation_mark

_LOG: Final = logging.getLogger(__name__)
_PROBE: Final = "Где моя карта? Where is my card?"
_BATCH: Final = 64


def encode_all(
    texts: Sequence[str], encoder: Encoder, cache: Path | None = None, *, model_text: Callable[[str], str] = str
) -> NDArray[np.float32]:
    """(texts, dimension) vectors of `model_text` of the texts, from the cache file where they are in it.

    The file holds the encoder's name, its vector of a fixed sentence (weights that change under the same name are
    noticed), the mark of the code that prepares texts, and a hash of each text: never the text. A file that is missing,
    damaged or of another encoder is rebuilt; one that can't be written is done without, with a warning in the log.
    Raises what the encoder raises.
    """
    if not texts:
        return np.zeros((0, encoder.dimension), dtype=np.float32)
    hashes = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16] for text in texts]
    probe = encoder.encode([_PROBE]) if cache else np.zeros((0, 0), dtype=np.float32)
    known = _read(cache, encoder, probe) if cache else {}
    unknown = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in known}
    waiting = list(unknown.items())
    for start in range(0, len(waiting), _BATCH):
        batch = waiting[start : start + _BATCH]
        vectors = encoder.encode([model_text(text) for _, text in batch])
        known.update((digest, vector) for (digest, _), vector in zip(batch, vectors, strict=True))
    vectors = np.stack([known[digest] for digest in hashes]).astype(np.float32, copy=False)
    if cache and unknown:
        _write(cache, encoder, probe, hashes, vectors)
    return vectors


def _read(cache: Path, encoder: Encoder, probe: NDArray[np.float32]) -> dict[bytes, NDArray[np.float32]]:
    """The vectors of the file by the hash of their text; empty when it can't be used."""
    try:
        # Opened here, because np.load leaves the file open when it turns out to be no archive.
        with cache.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            name = str(stored["encoder"])
            digests, vectors, stored_probe = stored["hashes"], stored["vectors"], stored["probe"]
            mark = str(stored["mark"])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        _LOG.warning("vector cache %s is damaged (%s); encoding anew", cache, error)
        return {}
    fits = (
        name == encoder.name
        and mark == preparation_mark()
        and digests.dtype == np.uint8
        and vectors.dtype == np.float32
        and digests.shape == (len(vectors), 16)
        and vectors.shape == (len(vectors), encoder.dimension)
        and stored_probe.shape == probe.shape
        and bool(np.allclose(stored_probe, probe, atol=1e-3))
        and bool(np.isfinite(vectors).all())
        and bool(np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-2))
    )
    if not fits:
        _LOG.info("vector cache %s is of another encoder or another version; encoding anew", cache)
        return {}
    return {digest.tobytes(): vector for digest, vector in zip(digests, vectors, strict=True)}


def _write(
    cache: Path, encoder: Encoder, probe: NDArray[np.float32], hashes: list[bytes], vectors: NDArray[np.float32]
) -> None:
    """Write the file beside its place, then move it there: a reader sees the old one or the new one, never a half."""
    numbers = list({digest: number for number, digest in enumerate(hashes)}.values())
    digests = np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, 16)
    temporary: str | None = None
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=cache.parent, prefix=cache.name, suffix=".tmp", delete=False) as file:
            temporary = file.name
            np.savez(
                file, encoder=encoder.name, probe=probe, mark=preparation_mark(), hashes=digests[numbers],
                vectors=vectors[numbers],
            )  # fmt: skip
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, cache)
    except OSError as error:
        _LOG.warning("vector cache %s can't be written (%s); the next start encodes again", cache, error)
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
