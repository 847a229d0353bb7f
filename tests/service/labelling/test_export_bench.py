"""`otklik bench export` measures both exports on processes of their own."""

from pathlib import Path

from service.bench.export import measure
from service.settings import Settings
from training.labels import load_labels


def test_both_exports_are_measured_and_hold_every_message(tmp_path: Path) -> None:
    found = measure(Settings(log_level="WARNING"), tmp_path, 300)
    assert found["folder"]["peak_mb"] > 20
    assert found["lines"]["written_mb"] > 0
    assert len((tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()) == 300
    labels = load_labels(tmp_path / "labels").dataset.examples
    assert len(labels) == 300
    assert sum(e.weight == 1.0 for e in labels) == 30
