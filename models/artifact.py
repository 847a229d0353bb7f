"""A trained model on disk: `manifest.json`, `arrays.npz`, `vocabulary.json`. Never a pickle.

Writing is all or nothing: a directory beside the target is filled, flushed to the disk and exchanged with the target,
so that a killed training leaves the old model or the new one. Reading checks everything it can before a message is
classified: the format, each file's SHA-256, shapes, types, and that every number is finite.
"""

import ctypes
import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from models.errors import ArtifactError

FORMAT: Final = 2
MANIFEST: Final = "manifest.json"
ARRAYS: Final = "arrays.npz"
VOCABULARY: Final = "vocabulary.json"
RANKING: Final = "ranking.json"
"""Weights of the knowledge-base search that were learned with the model; models without it use the fixed ones."""
PROBE: Final = "Где моя карта? Where is my card?"
"""Encoded when training and again when loading; a different vector means different weights under the same name."""

_RETRAIN: Final = "train it again: otklik train --data DATA --out DIR"

Arrays = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class EncoderEntry:
    """Which encoder the members expect. `probe`: its vector of `PROBE`, first 16 values."""

    name: str
    dimension: int
    probe: tuple[float, ...]


@dataclass(frozen=True)
class MemberEntry:
    """`kind` is linear, kernel or lexical; `encoder` an index (-1: none); `settings` numbers like C or gamma.

    The arrays of member number i are called `<i>.<field>`.
    """

    kind: str
    encoder: int
    fusion: float
    settings: dict[str, float]


@dataclass(frozen=True)
class Manifest:
    """All that is known of a trained model.

    intents            class order of the arrays; when `out_of_scope_class` one more column follows
    version            first 12 hex digits of a hash over arrays, vocabulary and data: equal models, equal version
    temperature        1 / (sum of the fusion weights), for the curious; the weights in `members` already contain it
    thresholds         confidence from which each intent may be answered without a person (1.01: never)
    error_rate         the share of wrong automatic answers the thresholds were fitted for
    scope_threshold    scope score from which a message is in scope; fitted to accept `scope_recall` of what is
    examples           how many were trained on; those without a word are left out
    metrics            on out-of-fold predictions of the training data
    untrained          intents of the taxonomy that had no example: this model never predicts them
    counts             examples of each label; empty in models made before this was written down
    """

    format: int
    version: str
    created_at: str
    seed: int
    encoders: tuple[EncoderEntry, ...]
    members: tuple[MemberEntry, ...]
    intents: tuple[str, ...]
    out_of_scope_class: bool
    temperature: float
    error_rate: float
    thresholds: dict[str, float]
    scope_threshold: float
    scope_recall: float
    taxonomy_hash: str | None
    data_hash: str
    examples: int
    untrained: tuple[str, ...]
    metrics: dict[str, float]
    libraries: dict[str, str]
    files: dict[str, str]
    counts: dict[str, int] = field(default_factory=dict)


_MANIFEST: Final = TypeAdapter(Manifest)


def write_artifact(
    out: Path, manifest: Manifest, arrays: Arrays, vocabulary: tuple[str, ...],
    further: Mapping[str, Path | bytes] = MappingProxyType({}),
) -> Manifest:  # fmt: skip
    """Write a model to the directory `out` (made, or replaced when it holds a model). Returns the final manifest.

    `further`: files that belong to it (an encoder of its own, a ranking), or their content, by their place in it.
    `files` and `version` of the manifest are filled in here. Raises ArtifactError when `out` holds anything else or
    can't be written.
    """
    out = out.absolute()
    check_target(out)
    contents = {ARRAYS: _npz(arrays), VOCABULARY: json.dumps(vocabulary, ensure_ascii=False).encode()}
    copies = {name: each if isinstance(each, bytes) else each.read_bytes() for name, each in further.items()}
    contents |= copies
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    identity = json.dumps([hashes, manifest.data_hash, manifest.taxonomy_hash, manifest.thresholds])
    version = hashlib.sha256(identity.encode()).hexdigest()[:12]
    final = Manifest(**{**_shallow(manifest), "files": hashes, "version": version})
    contents[MANIFEST] = json.dumps(asdict(final), ensure_ascii=False, indent=1).encode()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".tmp", dir=out.parent))
        try:
            temporary.chmod(0o755)  # mkdtemp makes it private; the service may run as another user
            for name, content in contents.items():
                (temporary / name).parent.mkdir(exist_ok=True)
                _write_flushed(temporary / name, content)
            _flush_directory(temporary)
            _put_in_place(temporary, out)
            _flush_directory(out.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise ArtifactError(f"{out}: the model can't be written ({error.strerror}); choose another --out") from error
    return final


def check_target(out: Path) -> None:
    """Raise ArtifactError unless `out` is absent, an empty directory or a model: nothing else is ever replaced."""
    if out.exists() and not (out / MANIFEST).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise ArtifactError(f"{out} exists and is not a trained model; choose another --out, or move it away")


def read_manifest(directory: Path) -> Manifest:
    """Read and check the manifest alone. Raises ArtifactError."""
    path = directory / MANIFEST
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ArtifactError(f"{directory} holds no trained model ({MANIFEST} is missing); {_RETRAIN}") from error
    except OSError as error:
        raise ArtifactError(f"{path} can't be read ({error.strerror}); check the path and its permissions") from error
    try:
        found = json.loads(content)
        version = found.get("format") if isinstance(found, dict) else None
        if version != FORMAT:
            raise ArtifactError(
                f"{path}: format {version!r} is not known to this version of otklik (it reads {FORMAT}); {_RETRAIN}"
            )
        return _MANIFEST.validate_python(found)
    except (ValueError, ValidationError) as error:
        first = str(error).splitlines()
        raise ArtifactError(f"{path} is damaged ({' '.join(first[:3])}); {_RETRAIN}") from error


def read_artifact(directory: Path) -> tuple[Manifest, dict[str, NDArray[np.float32]], tuple[str, ...]]:
    """Read a model and check every file against the manifest. Raises ArtifactError."""
    manifest = read_manifest(directory)
    contents = {}
    for name in (ARRAYS, VOCABULARY, *sorted(manifest.files.keys() - {ARRAYS, VOCABULARY})):
        path = directory / name
        try:
            contents[name] = path.read_bytes()
        except OSError as error:
            raise ArtifactError(f"{path} can't be read ({error.strerror}); {_RETRAIN}") from error
        if hashlib.sha256(contents[name]).hexdigest() != manifest.files.get(name):
            raise ArtifactError(f"{path} is damaged or belongs to another model (its SHA-256 differs); {_RETRAIN}")
    try:
        with np.load(io.BytesIO(contents[ARRAYS]), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        vocabulary = tuple(json.loads(contents[VOCABULARY]))
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"{directory / ARRAYS} can't be decoded ({error}); {_RETRAIN}") from error
    for name, array in arrays.items():
        if array.dtype != np.float32 or not np.isfinite(array).all():
            raise ArtifactError(f"{directory / ARRAYS}: array {name} holds values that are not finite; {_RETRAIN}")
    return manifest, arrays, vocabulary


def _shallow(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in Manifest.__dataclass_fields__}


def _npz(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    # Uncompressed: float weights hardly shrink, and zip entries of numpy carry a constant date, so bytes repeat.
    np.savez(buffer, allow_pickle=False, **dict(sorted(arrays.items())))
    return buffer.getvalue()


def _write_flushed(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put_in_place(new: Path, out: Path) -> None:
    """Make `out` be `new`. Afterwards `new` is absent or holds what `out` was."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        new.rename(out)  # replaces an empty directory
    elif not _exchange(new, out):
        # Not Linux, or a file system without exchange: two steps, with an instant in which `out` is absent.
        old = new.with_suffix(".old")
        out.rename(old)
        new.rename(out)
        shutil.rmtree(old, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    """Swap two directories in one step with renameat2(RENAME_EXCHANGE); False where there is no such call."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    at_fdcwd, exchange = -100, 2
    return int(renameat2(at_fdcwd, os.fsencode(a), at_fdcwd, os.fsencode(b), exchange)) == 0
