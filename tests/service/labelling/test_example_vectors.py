"""The vectors of the training set: made in a process of their own, kept, made anew when the texts change."""

from pathlib import Path

import numpy as np

from service import labelling
from service.labelling import example_vectors
from service.office import Office


def write(folder: Path, **texts: str) -> None:
    """A small training set."""
    for label, lines in texts.items():
        file = folder / "ru" / f"{label}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(lines, encoding="utf-8")


def test_vectors_are_kept_until_the_texts_change(tmp_path: Path) -> None:
    write(tmp_path / "data", card_pin="забыл пин\nсменить пин", rate="какой курс")
    cache = tmp_path / "vectors.npz"
    example_vectors.encode(tmp_path / "data", cache, "use")
    texts = [each.text for each in example_vectors.examples_in(tmp_path / "data")]
    kept = example_vectors.read_kept(cache, example_vectors.mark_of(texts, "use"))
    assert kept is not None
    assert kept.shape[0] == 3
    assert np.allclose(np.linalg.norm(kept, axis=1), 1.0, atol=1e-3)
    assert example_vectors.read_kept(cache, example_vectors.mark_of([*texts, "ещё"], "use")) is None
    assert example_vectors.read_kept(cache, example_vectors.mark_of(texts, "another")) is None
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".npz"] == ["vectors.npz"]


def test_a_broken_file_is_made_anew(tmp_path: Path) -> None:
    cache = tmp_path / "vectors.npz"
    cache.write_bytes(b"PK\x03\x04 not really")
    assert example_vectors.read_kept(cache, "any") is None


def test_the_nearest_examples_come_first(office: Office) -> None:
    found = labelling.neighbours("забыл пин-код от карты", office, limit=3)
    assert len(found) == 3
    assert found[0].label.startswith("card_pin")
    assert found[0].nearness >= found[1].nearness >= found[2].nearness
