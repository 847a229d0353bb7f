"""The vectors of the training set: made in a process of their own, kept, made anew when the texts change."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from service import labelling
from service.events import EXAMPLES_TOPIC
from service.labelling import Near, example_vectors
from service.office import Office
from tests.service.threads import wait_until

neighbours = import_module("service.labelling.neighbours")  # the package has a function of that name


@dataclass
class Gate:
    """Encoding that takes as long as a test wants."""

    open: Event = field(default_factory=Event)
    came: int = 0
    broken: bool = False


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


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Nothing was encoded yet, and encoding waits behind a gate."""
    gate = Gate()

    def read(*asked: Any) -> Any:
        gate.came += 1
        gate.open.wait(20)
        if gate.broken:
            raise OSError("no space left on device")
        return really(*asked)

    really = neighbours._read
    monkeypatch.setattr(neighbours, "_shelf", {})
    monkeypatch.setattr(neighbours, "_read", read)
    yield gate
    gate.open.set()


def test_nobody_waits_while_the_training_set_is_encoded(
    office: Office, reading: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(office.events, "publish", told.append)
    for _ in range(20):  # more than there are threads
        assert labelling.neighbours("забыл пин", office) == Near(ready=False)
    wait_until(lambda: reading.came == 1, "the encoding has begun, once")
    before = len(told)
    reading.open.set()
    wait_until(lambda: EXAMPLES_TOPIC in told[before:], "it is told that the vectors are there")
    assert labelling.neighbours("забыл пин", office).ready
    assert len(labelling.neighbours("забыл пин", office).examples) == 5
    assert reading.came == 1


def test_a_training_set_that_cannot_be_encoded_is_not_tried_again_and_again(office: Office, reading: Gate) -> None:
    reading.broken = True
    reading.open.set()
    wait_until(lambda: labelling.neighbours("забыл пин", office).ready, "it has failed")
    assert labelling.neighbours("забыл пин", office) == Near()
    assert reading.came == 1


def test_the_nearest_examples_come_first(office: Office) -> None:
    assert neighbours.known_examples(office) is not None
    found = labelling.neighbours("забыл пин-код от карты", office, limit=3).examples
    assert len(found) == 3
    assert found[0].label.startswith("card_pin")
    assert found[0].nearness >= found[1].nearness >= found[2].nearness
